"""What a bundle holds: originals unchanged, a directory that every importer takes, words for people."""

import json
import random
import re
import subprocess
import zlib
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import Any
from xml.etree import ElementTree

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage, KeyObjectSelectionDocumentStorage
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.bundles import manifest, offline
from app.bundles.entries import made_content
from app.bundles.fileset import lay_out
from app.bundles.plan import plan
from app.errors import Refused
from app.signing import Signature, holds
from tests.factories import OTHER_PATIENT, ROOT, ct_bytes, ct_dataset, part10
from tests.shelf import Shelf
from tests.unit.bundles.bundle_checks import directory_of, faults, records_of
from tests.unit.bundles.conftest import MADE_AT, SIGNER, Bundle

PRIVATE_CLASS = "1.2.826.0.1.3680043.8.498.77.99"


def a_document(sop_class_uid: str, **changes: Any) -> bytes:
    """Return a file without pixels."""
    dataset = ct_dataset(1, Rows=None, Columns=None, PixelData=None, ImageType=None, **changes)
    dataset.SOPClassUID = sop_class_uid
    return part10(dataset)


def test_a_bundle_of_one_series_has_no_fault(shelf: Shelf, bundle: Bundle) -> None:
    made, found = bundle(shelf.take(ct_bytes(n) for n in (3, 1, 2)))
    assert faults(found) == []
    assert (made.listed, made.unlisted) == (3, 0)
    assert found.namelist()[:3] == ["DICOMDIR", "README.TXT", "INDEX.HTM"]
    folder = "PT000000/ST000000/SE000000"
    assert [name for name in found.namelist() if name.startswith("PT")] == [
        f"{folder}/IM{n:06d}" for n in range(3)
    ]
    assert [found.read(f"{folder}/IM{n:06d}") for n in range(3)] == [ct_bytes(n) for n in (1, 2, 3)]


def test_no_name_in_the_archive_tells_who_it_is(shelf: Shelf, bundle: Bundle) -> None:
    _, found = bundle(shelf.take([ct_bytes(1)]))
    assert all("Test" not in name and "Patient" not in name for name in found.namelist())


def test_the_manifest_names_the_hash_of_every_file(shelf: Shelf, bundle: Bundle) -> None:
    _, found = bundle(shelf.take(ct_bytes(n) for n in (1, 2)))
    files = json.loads(found.read("MANIFEST.JSN"))["files"]
    assert {file["name"] for file in files} == set(found.namelist()) - {"MANIFEST.JSN", "MANIFEST.SIG"}
    assert all(sha256(found.read(file["name"])).hexdigest() == file["sha256"] for file in files)


def test_the_manifest_is_signed(shelf: Shelf, bundle: Bundle) -> None:
    _, found = bundle(shelf.take([ct_bytes(1)]))
    text, signature = found.read("MANIFEST.JSN"), found.read("MANIFEST.SIG")
    assert manifest.is_ours(text, signature, SIGNER)
    assert not manifest.is_ours(text.replace(b"IM000000", b"IM000001"), signature, SIGNER)
    assert not manifest.is_ours(text.replace(b"version-1", b"version-2"), signature, SIGNER)
    for nonsense in (b"", b"{}", b"[1]", b'{"public_key": 5}', b"[" * 100_000):
        assert not manifest.is_ours(text, nonsense, SIGNER)
        assert not manifest.is_ours(nonsense, signature, SIGNER)


def test_the_receipt_names_every_file_and_its_list_can_be_checked_without_us(
    shelf: Shelf, bundle: Bundle
) -> None:
    made, found = bundle(shelf.take(ct_bytes(n) for n in (1, 2)))
    said = pdf_lines(found.read("RECEIPT.PDF"))
    own = {"RECEIPT.PDF", "MANIFEST.JSN", "MANIFEST.SIG"}
    listed = [entry for entry in made.entries if entry.name not in own]
    sums = [(sha256(found.read(name)).hexdigest(), name) for name in found.namelist() if name not in own]
    assert all(any(name in line and digest in line for line in said) for digest, name in sums)
    at = said.index("Our signature, Ed25519")
    signed = (said[at + 2] + said[at + 3]).encode()
    listing = "".join(f"{entry.sha256}  {entry.name}\n" for entry in listed)
    assert sha256(listing.encode()).hexdigest().encode() in signed
    signature = said[at + 5] + said[at + 6]
    assert holds(signed, Signature(public_key=said[at + 8], signature=signature))


def pdf_lines(pdf: bytes) -> list[str]:
    """Return what stands in a plain PDF of ours, line by line."""
    return [line.decode("cp1252") for line in re.findall(rb"Td \((.*)\) Tj", pdf)]


def test_readers_are_told_where_a_copy_can_be_checked(shelf: Shelf, sender: Organisation) -> None:
    here = "https://images.example.org"
    instances = shelf.take([ct_bytes(1)])
    made = plan(Session(), instances, sender, MADE_AT, seed="v", signer=SIGNER, base_url=here)
    found = {
        entry.name: made_content(entry).decode() for entry in made.entries[:3] if entry.name != "DICOMDIR"
    }
    assert f'<a href="{here}/verify">' in found["INDEX.HTM"]
    assert f"\r\n{here}/verify\r\n" in found["README.TXT"]


def test_two_workers_make_the_same_bundle(shelf: Shelf, bundle: Bundle) -> None:
    instances = shelf.take(ct_bytes(n) for n in range(1, 6))
    shuffled = random.Random(1).sample(instances, len(instances))
    assert bundle(instances)[0].archive.etag == bundle(shuffled)[0].archive.etag


def test_a_collision_lists_one_and_carries_the_other_beside_it(shelf: Shelf, bundle: Bundle) -> None:
    twin = ct_bytes(1, SeriesDescription="Changed afterwards")
    made, found = bundle(shelf.take([ct_bytes(1), twin, ct_bytes(2)]))
    assert faults(found) == []
    assert (made.listed, made.unlisted) == (2, 1)
    assert "UNLISTED/UN000000  Another file of the same" in found.read("README.TXT").decode()
    both = {found.read("UNLISTED/UN000000"), found.read("PT000000/ST000000/SE000000/IM000000")}
    assert both == {ct_bytes(1), twin}


@pytest.mark.parametrize(
    "changes",
    [{"PatientName": "Test^Patient^Other"}, {"PatientID": "TEST-9"}, {"StudyInstanceUID": None}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_contradicts_the_rest_travels_unlisted(
    shelf: Shelf, bundle: Bundle, changes: dict[str, Any]
) -> None:
    odd = ct_bytes(9, SOPInstanceUID=f"{ROOT}99", **changes)
    instances = shelf.take([*(ct_bytes(n) for n in (1, 2)), odd])
    for instance in instances:
        instance.series.study.disc_patient_id = "one"
    made, found = bundle(instances)
    assert faults(found) == []
    assert (made.listed, made.unlisted) == (2, 1)
    assert found.read("UNLISTED/UN000000") == odd


def test_file_meta_that_contradicts_the_data_set_is_not_listed(shelf: Shelf, bundle: Bundle) -> None:
    lying = ct_bytes(1).replace(f"{ROOT}1.1.1".encode(), f"{ROOT}1.1.7".encode(), 1)
    made, found = bundle(shelf.take([lying, ct_bytes(2)]))
    assert faults(found) == []
    assert made.unlisted == 1


def test_a_bundle_without_anything_to_list_still_has_a_directory(shelf: Shelf, bundle: Bundle) -> None:
    made, found = bundle(shelf.take([ct_bytes(1, StudyInstanceUID=None)]))
    assert faults(found) == []
    assert (made.listed, made.unlisted) == (0, 1)
    assert records_of(found, "PATIENT")[0].PatientName == "Test^Patient"


def test_what_an_image_lacks_is_supplied_in_the_directory_only(shelf: Shelf, bundle: Bundle) -> None:
    absent = dict.fromkeys(
        ("PatientID", "StudyDate", "StudyTime", "StudyID", "SeriesNumber", "InstanceNumber", "Modality")
    )
    originals = [
        ct_bytes(1),
        ct_bytes(2, **absent | {"SeriesInstanceUID": f"{ROOT}1.2"}),
        ct_bytes(3, **absent | {"SeriesInstanceUID": f"{ROOT}1.2"}),
    ]
    instances = shelf.take(originals)
    for instance in instances:
        instance.series.study = instances[0].series.study
    _, found = bundle(instances)
    assert faults(found) == []
    assert [record.SeriesNumber for record in records_of(found, "SERIES")] == [1, 2]
    assert [record.Modality for record in records_of(found, "SERIES")] == ["CT", "OT"]
    assert [record.InstanceNumber for record in records_of(found, "IMAGE")] == [1, 1, 2]
    assert {found.read(f"PT000000/ST000000/SE000001/IM{n:06d}") for n in (0, 1)} == set(originals[1:])


def test_nothing_at_all_to_go_by_is_plainly_marked(shelf: Shelf, bundle: Bundle) -> None:
    _, found = bundle(shelf.take([ct_bytes(1, PatientID=None, StudyDate=None, StudyTime=None, StudyID=None)]))
    assert faults(found) == []
    patient, study = records_of(found, "PATIENT")[0], records_of(found, "STUDY")[0]
    assert patient.PatientID.startswith("NOID_")
    assert (study.StudyDate, study.StudyTime, study.StudyID) == ("19000101", "000000", "1")


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 100", "Tést^Pätient"),
        ("ISO_IR 192", "Test^Patient=テスト^患者=てすと^かんじゃ"),
        (["", "ISO 2022 IR 87"], "Test^Patient=山田^太郎=やまだ^たろう"),
        (["", "ISO 2022 IR 149"], "Test^Patient=洪^吉洞=홍^길동"),
        ("GB18030", "Test^Patient=测试^病人"),
        ("ISO_IR 144", "Тест^Пациент"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else str(value),
)
def test_a_name_in_any_script_is_the_same_in_the_directory(
    shelf: Shelf, bundle: Bundle, charset: str | list[str], name: str
) -> None:
    _, found = bundle(shelf.take([ct_bytes(1, SpecificCharacterSet=charset, PatientName=name)]))
    assert faults(found) == []
    patient = records_of(found, "PATIENT")[0]
    assert str(patient.PatientName) == name
    assert patient.SpecificCharacterSet == "ISO_IR 192"
    assert "SpecificCharacterSet" not in records_of(found, "SERIES")[0]
    assert ElementTree.fromstring(found.read("INDEX.HTM")).tag.endswith("html")


def test_report_text_stays_out_of_the_directory(shelf: Shelf, bundle: Bundle) -> None:
    language, finding, code = Dataset(), Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "113000", "DCM", "Of Interest"
    language.RelationshipType, language.ValueType = "HAS CONCEPT MOD", "CODE"
    finding.RelationshipType, finding.ValueType, finding.TextValue = "CONTAINS", "TEXT", "A secret finding"
    for item in (language, finding):
        item.ConceptNameCodeSequence = [code]
    language.ConceptCodeSequence = [code]
    document = a_document(
        KeyObjectSelectionDocumentStorage,
        Modality="KO",
        ConceptNameCodeSequence=[code],
        ContentSequence=[language, finding],
        ContentDate="20260312",
        ContentTime="101500",
    )
    _, found = bundle(shelf.take([document]))
    assert faults(found) == []
    record = records_of(found, "KEY OBJECT DOC")[0]
    assert [item.RelationshipType for item in record.ContentSequence] == ["HAS CONCEPT MOD"]
    assert record.ConceptNameCodeSequence[0].CodeValue == "113000"
    assert b"secret" not in found.read("DICOMDIR")


def test_a_document_and_a_private_object_get_records_of_their_own(shelf: Shelf, bundle: Bundle) -> None:
    pdf = a_document(EncapsulatedPDFStorage, Modality="DOC", SOPInstanceUID=f"{ROOT}77")
    private = a_document(PRIVATE_CLASS, SOPInstanceUID=f"{ROOT}78")
    _, found = bundle(shelf.take([pdf, private]))
    assert faults(found) == []
    assert records_of(found, "ENCAP DOC")[0].MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert records_of(found, "PRIVATE")[0].ReferencedSOPClassUIDInFile == PRIVATE_CLASS
    assert not records_of(found, "IMAGE")


def test_an_active_preamble_travels_blanked(shelf: Shelf, bundle: Bundle, sender: Organisation) -> None:
    """U-02."""
    active = part10(ct_dataset(1), preamble=b"MZ".ljust(128, b"\0"))
    instance = shelf.take([active])[0]
    blanked = shelf.keep(bytes(128) + active[128:])
    instance.original.scrubbed_sha256 = blanked.sha256

    class OneOriginal(Session):
        def scalars(self, *_: Any, **__: Any) -> Any:
            return [blanked]

    made = plan(OneOriginal(), [instance], sender, MADE_AT, seed="version-1", signer=SIGNER)
    whole = shelf.whole(made.archive)
    assert b"MZ" + bytes(126) + b"DICM" not in whole
    assert blanked.sha256 in {file["sha256"] for file in manifest_of(made.archive.entries)}


def manifest_of(entries: Any) -> list[dict[str, Any]]:
    content = next(entry.content for entry in entries if entry.name == "MANIFEST.JSN")
    files: list[dict[str, Any]] = json.loads(zlib.decompress(content, -15))["files"]
    return files


def test_readme_is_plain_ascii_with_dos_lines(shelf: Shelf, bundle: Bundle) -> None:
    _, found = bundle(shelf.take([ct_bytes(1)]))
    text = found.read("README.TXT")
    assert text.isascii()
    assert text.count(b"\n") == text.count(b"\r\n")
    assert b"From: Hopital Test\r\n" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("language", "words", "index"),
    [
        ("de", b"VERTRAULICH\r\nDas sind Gesundheitsdaten.", "Was importiert werden kann"),
        ("es", b"PRIVADO\r\nSon datos de salud.", "Lo que se puede importar"),
        ("fr", b"CONFIDENTIEL\r\nCe sont des donnees de sante.", "Ce qui peut être importé"),
    ],
)
def test_what_people_read_is_in_their_language_and_one_line_in_english(
    shelf: Shelf, bundle: Bundle, language: str, words: bytes, index: str
) -> None:
    instances = shelf.take([ct_bytes(1), ct_bytes(1, SeriesDescription="Changed afterwards"), ct_bytes(2)])
    _, found = bundle(instances, language=language, pages=True)
    _, english = bundle(instances, pages=True)
    text = found.read("README.TXT")
    assert words in text
    assert b"In English: this folder holds one patient's images" in text
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80
    assert not re.search(rb"\n[:;!?]", text)
    page = ElementTree.fromstring(found.read("INDEX.HTM"))
    assert page.get("lang") == language
    assert index in "".join(page.itertext())
    for name in ("README.TXT", "INDEX.HTM", "IHE_PDI/STUDY001.HTM"):
        assert not re.search(rb"received|Series of|This folder|is listed", found.read(name)[700:]), name
    assert faults(found) == []
    assert found.namelist() == english.namelist()
    assert found.read("DICOMDIR") == english.read("DICOMDIR")


@pytest.mark.parametrize(
    ("language", "born", "made"),
    [
        ("en", "12 March 1970", "24 November 2026"),
        ("es", "12 de marzo de 1970", "24 de noviembre de 2026"),
        ("de", "12. März 1970", "24. November 2026"),
        ("fr", "12 mars 1970", "24 novembre 2026"),
    ],
)
def test_people_read_dates_as_their_language_writes_them(
    shelf: Shelf, bundle: Bundle, tmp_path: Path, language: str, born: str, made: str
) -> None:
    slices = [ct_bytes(1, PatientBirthDate="19700312", StudyDate="19700312")]
    _, found = bundle(shelf.take(slices), language=language, pages=True)
    index = found.read("INDEX.HTM").decode()
    assert index.count(born) == 2  # of birth, and of the study
    assert made in index
    assert born in found.read("IHE_PDI/STUDY001.HTM").decode()
    disc = found.read(offline.DATA).decode()
    assert born in json.loads(disc[disc.index("{") : disc.rindex("}") + 1])["head"]["born"]
    readme = found.read("README.TXT").decode()
    assert made in readme
    (tmp_path / "receipt.pdf").write_bytes(found.read("RECEIPT.PDF"))
    paper = subprocess.run(["pdftotext", tmp_path / "receipt.pdf", "-"], capture_output=True, check=True)
    assert made in paper.stdout.decode()
    for name in ("INDEX.HTM", "README.TXT", "IHE_PDI/STUDY001.HTM"):
        dates = re.findall(r"\d{4}-\d\d-\d\d", found.read(name).decode())
        assert set(dates) <= {"1900-01-01"}, name  # what stands in the DICOMDIR
    assert {record.StudyDate for record in records_of(found, "STUDY")} == {"19700312"}


def test_a_birth_date_that_is_none_stays_as_it_stands(shelf: Shelf, bundle: Bundle) -> None:
    _, found = bundle(
        shelf.take([ct_bytes(1, PatientBirthDate="19701231").replace(b"19701231", b"19701332")])
    )
    assert b"19701332" in found.read("INDEX.HTM")


def test_an_umlaut_is_written_as_germans_do_where_there_is_none(shelf: Shelf, bundle: Bundle) -> None:
    _, found = bundle(shelf.take([ct_bytes(1)]), language="de")
    assert b"unveraendert" in found.read("README.TXT")
    assert "unveränderte" in found.read("INDEX.HTM").decode()


def test_the_index_is_well_formed_and_fetches_nothing(shelf: Shelf, bundle: Bundle) -> None:
    hostile = ct_bytes(1, SeriesDescription="<script>alert(1)</script>\x1b[31m & more")
    _, found = bundle(shelf.take([hostile]))
    page = ElementTree.fromstring(found.read("INDEX.HTM"))
    tags = {element.tag.rpartition("}")[2] for element in page.iter()}
    assert not tags & {"script", "img", "iframe", "object", "link", "form"}
    links = [element.get("href") for element in page.iter() if element.get("href")]
    assert set(links) <= set(found.namelist())
    assert {"README.TXT", "DICOMDIR"} <= set(links)


def test_two_patients_never_share_a_bundle(shelf: Shelf, bundle: Bundle) -> None:
    instances = shelf.take([ct_bytes(1), ct_bytes(1, **OTHER_PATIENT)])
    with pytest.raises(Refused):
        bundle(instances)


def test_three_thousand_instances_are_planned_in_a_second(shelf: Shelf, sender: Organisation) -> None:
    first = shelf.take([ct_bytes(1)])[0]
    many = [shelf.copy_of(first, number) for number in range(3000)]
    before = process_time()
    made = plan(Session(), many, sender, MADE_AT, seed="version-1", signer=SIGNER)
    assert process_time() - before < 1.5
    assert made.listed == 3000
    assert len(records_in(lay_out(many, "version-1").dicomdir)) == 3003


def records_in(dicomdir: bytes) -> list[Dataset]:
    return list(directory_of(dicomdir).DirectoryRecordSequence)
