"""Names in every script that pydicom has a file of, code extensions and nested items too (PS3.5 6.1.2)."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pydicom.data
import pytest
from pydicom.dataset import Dataset

from app.dicom.charsets import decoded
from app.dicom.dicomjson import items, text, texts
from app.dicom.part10 import read_header
from tests import dicomfiles as made

FILES = sorted((Path(pydicom.data.__file__).parent / "charset_files").glob("*.dcm"))


def header(data: bytes) -> Any:
    return read_header(BytesIO(data), len(data))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_name_is_read_as_pydicom_reads_it(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pydicom.dcmread(path)
        theirs.decode()
    assert text(header(path.read_bytes()).facts, "PatientName") == str(theirs.get("PatientName", ""))


def test_there_are_files_of_many_scripts() -> None:
    assert len(FILES) >= 15


def test_an_item_may_have_a_character_set_of_its_own_which_ends_with_it() -> None:
    def code(meaning: bytes, charset: str = "") -> bytes:
        own = made.element(0x00080005, "CS", charset) if charset else b""
        return own + made.element(0x00080104, "LO", meaning)

    body = (
        made.element(0x00080005, "CS", "ISO_IR 100")
        + made.element(0x00080018, "UI", "1.2.3.4")
        + made.sequence(0x00081032, code("Кость".encode("iso8859-5"), "ISO_IR 144"), code(b"Sch\xe4del"))
        + made.element(0x00100010, "PN", b"M\xfcller")
    )
    facts = header(made.meta() + body).facts
    assert [text(one, "CodeMeaning") for one in items(facts, "ProcedureCodeSequence")] == ["Кость", "Schädel"]
    assert text(facts, "PatientName") == "Müller"


@pytest.mark.parametrize(
    ("charset", "letter", "codec"),
    [
        ("ISO 2022 IR 6\\ISO 2022 IR 87", "俑", "iso2022_jp"),
        ("GB18030", "乗", "gb18030"),
        ("GBK", "乗", "gbk"),
    ],
)
def test_a_letter_whose_second_byte_is_a_backslash_parts_no_value(
    charset: str, letter: str, codec: str
) -> None:
    assert b"\\" in letter.encode(codec)
    data = made.element(0x00080005, "CS", charset) + made.identity()
    ids = made.element(0x00101000, "LO", f"{letter}1\\B2".encode(codec))
    assert texts(header(made.meta() + data + ids).facts, "OtherPatientIDs") == [f"{letter}1", "B2"]


def test_several_other_ids_stay_several() -> None:
    data = made.identity() + made.element(0x00101000, "LO", "A1\\ \\B2 ")
    assert texts(header(made.meta() + data).facts, "OtherPatientIDs") == ["A1", "", "B2"]


@pytest.mark.filterwarnings("ignore:Failed to decode")
def test_half_a_letter_at_the_end_harms_nothing() -> None:
    assert decoded("山".encode()[:-1], ("ISO_IR 192",)) == "\ufffd"
    assert decoded(b"\x1b$B;", ("", "ISO 2022 IR 87")) != ""


def test_a_name_of_pydicom_s_own_making_comes_back() -> None:
    dataset = Dataset()
    dataset.SpecificCharacterSet = ["ISO 2022 IR 6", "ISO 2022 IR 87"]
    dataset.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    dataset.SOPInstanceUID = "1.2.3.4"
    out = BytesIO()
    pydicom.dcmwrite(out, dataset, implicit_vr=False, little_endian=True)
    assert text(header(made.meta() + out.getvalue()).facts, "PatientName") == str(dataset.PatientName)
