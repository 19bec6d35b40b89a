"""A DICOMDIR as a witness: it names files, it never leads to them."""

import struct
from io import BytesIO

import pytest

from app.dicom.fileset import Listed
from app.dicom.part10 import Header, read_header
from tests import dicomfiles as made


def record(file_id: str, uid: str, *, in_use: int = 0xFFFF, following: int = 0) -> bytes:
    """Return a directory record, with an offset that leads wherever ``following`` says."""
    return (
        made.element(0x00041400, "UL", struct.pack("<I", following))
        + made.element(0x00041410, "US", struct.pack("<H", in_use))
        + made.element(0x00041430, "CS", "IMAGE")
        + made.element(0x00041500, "CS", file_id)
        + made.element(0x00041510, "UI", made.CT)
        + made.element(0x00041511, "UI", uid)
        + made.element(0x00041512, "UI", made.EXPLICIT)
    )


def directory(*records: bytes) -> bytes:
    """Return a DICOMDIR with these records."""
    return made.meta(sop_class=made.DIRECTORY) + made.sequence(0x00041220, *records)


def read(data: bytes) -> Header:
    return read_header(BytesIO(data), len(data))


def test_every_reference_is_listed_in_order() -> None:
    header = read(directory(record("A\\B\\IM1", "1.2.1"), record("", ""), record("A\\B\\IM2", "1.2.2 ")))
    assert header.verdict == "dicomdir"
    assert list(header.listed) == [
        Listed(["A", "B", "IM1"], "1.2.1", made.CT, made.EXPLICIT),
        Listed(["A", "B", "IM2"], "1.2.2", made.CT, made.EXPLICIT),
    ]


def test_records_out_of_use_are_not_listed() -> None:
    assert not read(directory(record("IM1", "1.2.1", in_use=0))).listed


def test_offsets_that_loop_lead_nowhere() -> None:
    assert len(read(directory(record("IM1", "1.2.1", following=400), record("IM2", "1.2.2"))).listed) == 2


@pytest.mark.parametrize("lost", [1, 30, 60, 200])
def test_a_directory_cut_short_tells_what_it_still_can(lost: int) -> None:
    header = read(directory(record("IM1", "1.2.1"), record("IM2", "1.2.2"))[:-lost])
    assert header.verdict == "dicomdir"
    assert header.warnings
    assert len(header.listed) in (1, 2) if lost < 200 else not header.listed


def test_a_directory_without_meta_information_is_one_all_the_same() -> None:
    bare = directory(record("IM1", "1.2.1"))[len(made.meta(sop_class=made.DIRECTORY)) :]
    assert read(bare).verdict == "dicomdir"


def test_a_file_id_is_told_as_it_stands() -> None:
    assert read(directory(record("..\\..\\etc\\passwd", "1.2.1"))).listed[0].file_id == [
        "..",
        "..",
        "etc",
        "passwd",
    ]


def test_a_directory_of_a_very_full_disc_is_listed_to_the_end() -> None:
    one = record("PT000000\\ST000000\\SE000000\\IM000000", "1.2.3." + "4" * 50)
    assert len(read(directory(*[one] * 20_000)).listed) == 20_000
