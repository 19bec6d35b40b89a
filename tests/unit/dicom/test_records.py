"""Directory records: types by SOP class, keys mended or supplied, text in any script, hostile values."""

from io import BytesIO
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset

from app.dicom.dicomdir import FileReference, Record, dicomdir
from app.dicom.dicomjson import tag_of
from app.dicom.facts import FACTS
from app.dicom.record_keys import DIRECTORY_KEYWORDS, RECORD_KEYS
from app.dicom.record_types import STORAGE_ROOT, record_type
from app.dicom.records import make_record


def facts(**values: Any) -> dict[str, Any]:
    """Return facts by keyword; a single value stands for a list of one."""
    return {
        tag_of(keyword): {"Value": value if isinstance(value, list) else [value]}
        for keyword, value in values.items()
    }


def written(record: Record) -> Dataset:
    """Return a record as pydicom reads it back."""
    directory = dicomdir([record], file_set_id="TEST", uid="2.25.1")
    found: Dataset = pydicom.dcmread(BytesIO(directory)).DirectoryRecordSequence[0]
    return found


@pytest.mark.parametrize(
    ("sop_class", "expected"),
    [
        ("2", "IMAGE"),
        ("4.1", "IMAGE"),
        ("4.2", "SPECTROSCOPY"),
        ("9.1.1", "WAVEFORM"),
        ("11.1", "PRESENTATION"),
        ("66", "RAW DATA"),
        ("66.1", "REGISTRATION"),
        ("66.4", "IMAGE"),
        ("66.5", "SURFACE"),
        ("77.1.5.3", "STEREOMETRIC"),
        ("77.1.6", "IMAGE"),
        ("78.1", "MEASUREMENT"),
        ("88.33", "SR DOCUMENT"),
        ("88.59", "KEY OBJECT DOC"),
        ("104.1", "ENCAP DOC"),
        ("481.1", "IMAGE"),
        ("481.2", "RT DOSE"),
        ("481.3", "RT STRUCTURE SET"),
        ("481.5", "RT PLAN"),
        ("481.9", "RT TREAT RECORD"),
        ("481.10", "RADIOTHERAPY"),
        ("999.1", "IMAGE"),
    ],
)
def test_every_kind_of_object_has_its_record(sop_class: str, expected: str) -> None:
    has_pixels = expected == "IMAGE"
    assert record_type(STORAGE_ROOT + sop_class, has_pixels) == expected


@pytest.mark.parametrize("uid", ["1.2.840.113619.4.26", STORAGE_ROOT + "9", STORAGE_ROOT + "999.1", "", "x"])
def test_what_has_no_record_of_its_own_is_private(uid: str) -> None:
    assert record_type(uid, has_pixels=False) == "PRIVATE"


def test_a_private_object_is_never_an_image() -> None:
    assert record_type("1.2.840.113619.4.26", has_pixels=True) == "PRIVATE"


def test_facts_keep_all_that_a_directory_needs() -> None:
    assert {keyword for keyword in DIRECTORY_KEYWORDS if int(tag_of(keyword), 16) not in FACTS} == set()


@pytest.mark.parametrize("kind", RECORD_KEYS)
def test_an_empty_header_still_makes_a_whole_record(kind: str) -> None:
    record = written(make_record(kind, {}))
    assert record.DirectoryRecordType == kind
    assert all(record.get(key) not in (None, "", []) for key in RECORD_KEYS[kind].needed)
    assert all(key in record for key in RECORD_KEYS[kind].blank)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("20260312", "20260312"),
        ("2026.03.12", "20260312"),
        ("20261312", "19000101"),
        ("12 March", "19000101"),
        ("", "19000101"),
    ],
)
def test_a_study_date_is_one_or_plainly_unknown(given: str, kept: str) -> None:
    assert written(make_record("STUDY", facts(StudyDate=given))).StudyDate == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("101500.123", "101500.123"),
        ("10:15:00", "101500"),
        ("10", "10"),
        ("25", "000000"),
        ("noon", "000000"),
    ],
)
def test_a_study_time_is_one_or_plainly_unknown(given: str, kept: str) -> None:
    assert written(make_record("STUDY", facts(StudyTime=given))).StudyTime == kept


def test_an_absent_date_comes_from_the_next_best_one() -> None:
    known = facts(AcquisitionDate="20260311", ContentTime="0915")
    study = written(make_record("STUDY", known))
    assert (study.StudyDate, study.StudyTime) == ("20260311", "0915")


@pytest.mark.parametrize("given", ["1.5", "twelve", "99999999999", "１２", None])
def test_an_instance_number_that_is_none_is_supplied(given: str | None) -> None:
    record = make_record("IMAGE", facts(InstanceNumber=given), {"InstanceNumber": "7"})
    assert written(record).InstanceNumber == 7


def test_a_verified_report_names_its_last_verification() -> None:
    observers = [facts(VerificationDateTime=moment) for moment in ("20260312101500", "20260313091500")]
    known = facts(VerificationFlag="VERIFIED", CompletionFlag="COMPLETE", VerifyingObserverSequence=observers)
    assert written(make_record("SR DOCUMENT", known)).VerificationDateTime == "20260313091500"
    assert "VerificationDateTime" not in written(
        make_record("SR DOCUMENT", facts(VerificationFlag="UNVERIFIED"))
    )


def test_nested_text_that_is_not_ascii_names_its_character_set() -> None:
    title = facts(CodeValue="1", CodingSchemeDesignator="99TEST", CodeMeaning="Größe")
    record = written(make_record("KEY OBJECT DOC", facts(ConceptNameCodeSequence=[title])))
    assert record.SpecificCharacterSet == "ISO_IR 192"
    assert record.ConceptNameCodeSequence[0].CodeMeaning == "Größe"


def test_hostile_values_cannot_break_the_directory() -> None:
    nested: dict[str, Any] = facts(RelationshipType="HAS CONCEPT MOD")
    for _ in range(100):
        nested = facts(RelationshipType="HAS CONCEPT MOD", ContentSequence=[nested])
    hostile = facts(
        PatientName="A\x00B\x1b[31m\n",
        PatientID="x" * 70_000,
        PatientSex={"Alphabetic": "odd"},
        ContentSequence=[nested, "not an item", 7, None],
        Rows="many",
        PixelSpacing=[0.1 + 0.2, "1e400"],
        ReferencedImageSequence=["no item"],
    )
    for kind in RECORD_KEYS:
        assert written(make_record(kind, hostile)).DirectoryRecordType == kind


def test_a_directory_refers_to_a_file_by_its_parts() -> None:
    file = FileReference(("PT000000", "IM000001"), STORAGE_ROOT + "2", "1.2.3", "1.2.840.10008.1.2.1")
    record = written(make_record("IMAGE", {}, file=file))
    assert list(record.ReferencedFileID) == ["PT000000", "IM000001"]
    assert record.ReferencedSOPInstanceUIDInFile == "1.2.3"
