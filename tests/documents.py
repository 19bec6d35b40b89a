"""Documents for tests: a structured report with measurements, a PDF in DICOM, a list of key pictures."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.factories import ct_dataset, part10

STORAGE = "1.2.840.10008.5.1.4.1.1."
ROOT = "1.2.826.0.1.3680043.8.498.77."
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj"
    b" 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n"
)


def code(meaning: str, value: str = "X1") -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "99TEST", meaning
    return Sequence([item])


def item(kind: str, name: str, *inner: Dataset, **attributes: Any) -> Dataset:
    """Return a content item (PS3.3 C.17.3)."""
    made = Dataset()
    made.RelationshipType, made.ValueType, made.ConceptNameCodeSequence = "CONTAINS", kind, code(name)
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    if inner:
        made.ContentSequence = Sequence(list(inner))
    return made


def number(name: str, value: str, unit: str) -> Dataset:
    measured = Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = value, code(unit, unit)
    return item("NUM", name, MeasuredValueSequence=Sequence([measured]))


def _without_picture(sop_class: str, number: int, **attributes: Any) -> bytes:
    dataset = ct_dataset(number)
    for keyword in ("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"):
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.SOPClassUID = STORAGE + sop_class
    dataset.SOPInstanceUID = f"{ROOT}{number}"
    dataset.SeriesInstanceUID = f"{ROOT}{number}.1"
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return part10(dataset)


def report(text: str = "No acute findings.", items: list[Dataset] | None = None) -> bytes:
    """Return an Enhanced SR with a section, a text and two measurements; or with other ``items``."""
    findings = item(
        "CONTAINER",
        "Findings",
        item("TEXT", "Finding", TextValue=text),
        number("Diameter", "12.5", "mm"),
        number("Volume", "1.02", "cm3"),
    )
    return _without_picture(
        "88.22",
        901,
        Modality="SR",
        ConceptNameCodeSequence=code("Test Report"),
        ContentSequence=Sequence(items or [findings]),
        CompletionFlag="COMPLETE",
        VerificationFlag="UNVERIFIED",
    )


def pdf(data: bytes = PDF) -> bytes:
    """Return an Encapsulated PDF."""
    return _without_picture(
        "104.1",
        902,
        Modality="DOC",
        MIMETypeOfEncapsulatedDocument="application/pdf",
        EncapsulatedDocument=data + bytes(len(data) % 2),
        DocumentTitle="Test document",
    )


def key_pictures(study_uid: str, series_uid: str, instance_uid: str) -> bytes:
    """Return a Key Object Selection that names one picture (PS3.3 C.17.6)."""
    picture, series, study = Dataset(), Dataset(), Dataset()
    picture.ReferencedSOPClassUID, picture.ReferencedSOPInstanceUID = STORAGE + "2", instance_uid
    series.SeriesInstanceUID, series.ReferencedSOPSequence = series_uid, Sequence([picture])
    study.StudyInstanceUID, study.ReferencedSeriesSequence = study_uid, Sequence([series])
    return _without_picture(
        "88.59",
        903,
        Modality="KO",
        ConceptNameCodeSequence=code("Of Interest"),
        ContentSequence=Sequence([item("TEXT", "Key Object Description", TextValue="Look at this one.")]),
        CurrentRequestedProcedureEvidenceSequence=Sequence([study]),
    )


def photo(width: int = 640, height: int = 480, kind: str = "JPEG", seed: int = 1, **options: Any) -> bytes:
    """Return a photo: colours that differ from place to place, and from seed to seed."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    pixels = np.stack([across % 256, down % 256, (across + down + 40 * seed) % 256], axis=-1).astype("uint8")
    Image.fromarray(pixels).save(out := BytesIO(), kind, **options)
    return out.getvalue()
