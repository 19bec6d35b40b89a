"""A report or photo as a DICOM object, for the way to an archive: whose it is, it takes from its study.

A PDF becomes an Encapsulated PDF (PS3.3 A.45.1), a picture a Secondary Capture (PS3.3 A.8.1). The same bytes
for the same study give the same object, UIDs included: an archive takes it for the same one when it comes
twice. Burned In Annotation says YES: nobody looked whether the page or picture names the patient.
"""

import struct
from typing import NamedTuple

from app.dicom import dicomjson, explicit, jpeg
from app.dicom.dicomjson import Facts
from app.dicom.encoding import UNDEFINED
from app.dicom.explicit import element
from app.dicom.filemeta import file_meta
from app.dicom.uids import ENCAPSULATED_PDF, EXPLICIT_LITTLE, stand_in

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0\0\0\0\0"
_TAKEN = (
    "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyDescription", "PatientName",
    "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "StudyID",
)  # fmt: skip
"""Patient and General Study modules, as the images have them (PS3.3 C.7.1.1, C.7.2.1)."""
_OPTIONAL = frozenset({"StudyDescription", "IssuerOfPatientID"})

Attributes = dict[str, str | int]


class Belonging(NamedTuple):
    """Where an object belongs: its study and the ``facts`` of an instance of it, its number from 1."""

    study_uid: str
    facts: Facts
    number: int
    title: str
    sha256: str
    """Of the file as it was received."""


class Native(NamedTuple):
    """Decoded pixels: 8 bits a sample, by row; three samples are RGB, by pixel."""

    rows: int
    columns: int
    samples: int
    pixels: bytes


def encapsulated_pdf(pdf: bytes, belonging: Belonging) -> bytes:
    """Return the file of an Encapsulated PDF Storage object around ``pdf``."""
    own: Attributes = {
        "Modality": "DOC",
        "ConversionType": "WSD",
        "ContentDate": "",
        "ContentTime": "",
        "AcquisitionDateTime": "",
        "BurnedInAnnotation": "YES",
        "DocumentTitle": belonging.title,
        "MIMETypeOfEncapsulatedDocument": "application/pdf",
        "EncapsulatedDocumentLength": len(pdf),
    }
    parts = _parts(ENCAPSULATED_PDF, belonging, own)
    parts[0x0040A043] = element(0x0040A043, "SQ", b"")
    parts[0x00420011] = element(0x00420011, "OB", pdf)
    return _file(ENCAPSULATED_PDF, EXPLICIT_LITTLE, belonging, parts)


def secondary_capture(picture: Native | jpeg.Baseline, belonging: Belonging) -> bytes:
    """Return the file of a Secondary Capture Image Storage object; a JPEG's stream goes in as it is."""
    kept = isinstance(picture, jpeg.Baseline)
    own: Attributes = {
        "ImageType": "DERIVED\\SECONDARY",
        "Modality": "OT",
        "ConversionType": "WSD",
        "SeriesDescription": "Reports and photos",
        "ContentDate": "",
        "ContentTime": "",
        "Laterality": "",
        "PatientOrientation": "",
        "ImageComments": belonging.title,
        "BurnedInAnnotation": "YES",
        "SamplesPerPixel": picture.samples,
        "Rows": picture.rows,
        "Columns": picture.columns,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
    }
    if picture.samples == 3:
        own["PlanarConfiguration"] = 0
    if isinstance(picture, jpeg.Baseline):
        raw = picture.rows * picture.columns * picture.samples
        own |= {
            "PhotometricInterpretation": picture.photometric,
            "LossyImageCompression": "01",
            "LossyImageCompressionRatio": f"{max(raw / len(picture.stream), 1):.2f}",
            "LossyImageCompressionMethod": "ISO_10918_1",
        }
        pixels = _encapsulated(picture.stream)
    else:
        own["PhotometricInterpretation"] = "RGB" if picture.samples == 3 else "MONOCHROME2"
        pixels = element(0x7FE00010, "OB", picture.pixels)
    parts = _parts(SECONDARY_CAPTURE, belonging, own)
    parts[0x7FE00010] = pixels
    return _file(SECONDARY_CAPTURE, JPEG_BASELINE if kept else EXPLICIT_LITTLE, belonging, parts)


def _parts(sop_class_uid: str, belonging: Belonging, own: Attributes) -> dict[int, bytes]:
    """Return the elements that every object has, and its ``own``, by tag."""
    parts = {}
    for keyword in _TAKEN:
        tag, vr = explicit.tag_and_vr(keyword)
        found = dicomjson.values(belonging.facts, keyword)
        if found or keyword not in _OPTIONAL:
            parts[tag] = element(tag, vr, explicit.values(vr, found[:1]))
    common: Attributes = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": sop_class_uid,
        "SOPInstanceUID": instance_uid(belonging),
        "StudyInstanceUID": belonging.study_uid,
        "SeriesInstanceUID": stand_in(f"Virtual CD: series {sop_class_uid} beside {belonging.study_uid}"),
        "SeriesNumber": 9000 if sop_class_uid == ENCAPSULATED_PDF else 9001,
        "InstanceNumber": belonging.number,
        "Manufacturer": "Virtual CD",
    }
    for keyword, value in (common | own).items():
        tag, vr = explicit.tag_and_vr(keyword)
        parts[tag] = element(tag, vr, explicit.values(vr, [value]))
    return parts


def _file(sop_class_uid: str, syntax: str, belonging: Belonging, parts: dict[int, bytes]) -> bytes:
    meta = file_meta(
        sop_class_uid=sop_class_uid, instance_uid=instance_uid(belonging), transfer_syntax_uid=syntax
    )
    return meta + b"".join(parts[tag] for tag in sorted(parts))


def _encapsulated(stream: bytes) -> bytes:
    """Return pixel data of one fragment after an empty offset table (PS3.5 A.4)."""
    stream += b"\0" * (len(stream) % 2)
    head = struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, UNDEFINED)
    return head + _ITEM + struct.pack("<L", 0) + _ITEM + struct.pack("<L", len(stream)) + stream + _END


def instance_uid(belonging: Belonging) -> str:
    """Return the SOP Instance UID of the object."""
    return stand_in(f"Virtual CD: attachment {belonging.sha256} of {belonging.study_uid}")
