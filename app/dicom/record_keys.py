"""The keys of every directory record (PS3.3 F.5, PS3.11 Table D.3-2), and what stands in for an absent one.

Three sorts: ``needed`` (type 1: supplied in the directory when the instance lacks it, PS3.11 D.3.3),
``blank`` (type 2: there, though empty), ``copied`` (types 1C and 3: there when the instance has it).
"""

from typing import NamedTuple


class Keys(NamedTuple):
    """The keywords of one record type."""

    needed: tuple[str, ...]
    blank: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """Return every keyword."""
        return self.needed + self.blank + self.copied


def _keys(needed: str = "", blank: str = "", copied: str = "") -> Keys:
    return Keys(tuple(needed.split()), tuple(blank.split()), tuple(copied.split()))


_CONTENT = "InstanceNumber ContentDate ContentTime"
_NAMED = "InstanceNumber ContentDate ContentTime ContentLabel"
_NAMED_BLANK = "ContentDescription ContentCreatorName"

RECORD_KEYS = {
    "PATIENT": _keys("PatientID", "PatientName", "IssuerOfPatientID PatientBirthDate PatientSex"),
    "STUDY": _keys("StudyDate StudyTime StudyID StudyInstanceUID", "StudyDescription AccessionNumber"),
    "SERIES": _keys(
        "Modality SeriesInstanceUID SeriesNumber",
        "InstitutionName InstitutionAddress PerformingPhysicianName",
        "SeriesDescription Laterality BodyPartExamined",
    ),
    "IMAGE": _keys(
        "InstanceNumber",
        "",
        "ImageType ReferencedImageSequence NumberOfFrames Rows Columns FrameOfReferenceUID "
        "SynchronizationFrameOfReferenceUID ImagePositionPatient ImageOrientationPatient PixelSpacing",
    ),
    "RT DOSE": _keys("InstanceNumber DoseSummationType", "", "DoseComment"),
    "RT STRUCTURE SET": _keys("InstanceNumber StructureSetLabel", "StructureSetDate StructureSetTime"),
    "RT PLAN": _keys("InstanceNumber RTPlanLabel", "RTPlanDate RTPlanTime"),
    "RT TREAT RECORD": _keys("InstanceNumber", "TreatmentDate TreatmentTime"),
    "PRESENTATION": _keys(
        "PresentationCreationDate PresentationCreationTime InstanceNumber ContentLabel",
        _NAMED_BLANK,
        "ReferencedSeriesSequence BlendingSequence",
    ),
    "WAVEFORM": _keys(_CONTENT),
    "SR DOCUMENT": _keys(
        f"{_CONTENT} CompletionFlag VerificationFlag ConceptNameCodeSequence",
        "",
        "VerificationDateTime ContentSequence",
    ),
    "KEY OBJECT DOC": _keys(f"{_CONTENT} ConceptNameCodeSequence", "", "ContentSequence"),
    "SPECTROSCOPY": _keys(
        f"{_CONTENT} ImageType NumberOfFrames Rows Columns DataPointRows DataPointColumns",
        "",
        "ReferencedImageEvidenceSequence",
    ),
    "RAW DATA": _keys(_CONTENT),
    "REGISTRATION": _keys(_NAMED, _NAMED_BLANK),
    "FIDUCIAL": _keys(_NAMED, _NAMED_BLANK),
    "ENCAP DOC": _keys(
        "InstanceNumber MIMETypeOfEncapsulatedDocument",
        "ContentDate ContentTime DocumentTitle ConceptNameCodeSequence",
        "HL7InstanceIdentifier",
    ),
    "VALUE MAP": _keys(_NAMED, _NAMED_BLANK),
    "STEREOMETRIC": _keys(),
    "PLAN": _keys(),
    "MEASUREMENT": _keys(_NAMED, _NAMED_BLANK),
    "SURFACE": _keys(_NAMED, _NAMED_BLANK),
    "SURFACE SCAN": _keys("ContentDate ContentTime"),
    "TRACT": _keys(_NAMED, _NAMED_BLANK),
    "ASSESSMENT": _keys("InstanceNumber InstanceCreationDate", "InstanceCreationTime"),
    "RADIOTHERAPY": _keys("InstanceNumber", _NAMED_BLANK, "UserContentLabel UserContentLongLabel"),
    "ANNOTATION": _keys(_NAMED, _NAMED_BLANK),
    "PRIVATE": _keys(),
}

_CODE = (
    "CodeValue",
    "LongCodeValue",
    "URNCodeValue",
    "CodingSchemeDesignator",
    "CodingSchemeVersion",
    "CodeMeaning",
)

ITEM_KEYS: dict[str, tuple[str, ...]] = {
    "ReferencedImageSequence": ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"),
    "ReferencedSOPSequence": ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"),
    "ReferencedSeriesSequence": ("SeriesInstanceUID", "ReferencedImageSequence", "ReferencedSOPSequence"),
    "BlendingSequence": ("StudyInstanceUID", "BlendingPosition", "ReferencedSeriesSequence"),
    "ReferencedImageEvidenceSequence": ("StudyInstanceUID", "ReferencedSeriesSequence"),
    "ConceptNameCodeSequence": _CODE,
    "ConceptCodeSequence": _CODE,
    "ContentSequence": (
        "RelationshipType",
        "ValueType",
        "ConceptNameCodeSequence",
        "ConceptCodeSequence",
        "TextValue",
        "ContentSequence",
    ),
}
"""What an item of each copied sequence keeps."""

HAS_CONCEPT_MOD = "HAS CONCEPT MOD"
"""How a content item is related that refines a document's title (PS3.3 C.17.3.2.4)."""
DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate")
TIMES = ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime", "InstanceCreationTime")
UNKNOWN_DATE, UNKNOWN_TIME = "19000101", "000000"
"""Stand for a date or time that the instance does not tell: plainly not real."""

STAND_INS = {
    "Modality": "OT",
    "ContentLabel": "UNNAMED",
    "StructureSetLabel": "UNNAMED",
    "RTPlanLabel": "UNNAMED",
    "DoseSummationType": "PLAN",
    "CompletionFlag": "PARTIAL",
    "VerificationFlag": "UNVERIFIED",
    "ImageType": "ORIGINAL",
    "NumberOfFrames": "1",
    "Rows": 1,
    "Columns": 1,
    "DataPointRows": 1,
    "DataPointColumns": 1,
}
"""For a needed key that the instance lacks; the cautious value where the standard leaves a choice."""

MIME_TYPES = {
    "1.2.840.10008.5.1.4.1.1.104.1": "application/pdf",
    "1.2.840.10008.5.1.4.1.1.104.2": "text/XML",
    "1.2.840.10008.5.1.4.1.1.104.3": "model/stl",
    "1.2.840.10008.5.1.4.1.1.104.4": "model/obj",
    "1.2.840.10008.5.1.4.1.1.104.5": "model/mtl",
}

DIRECTORY_KEYWORDS = frozenset(
    {keyword for keys in RECORD_KEYS.values() for keyword in keys.all()}
    | {*DATES, *TIMES, "SOPClassUID", "SOPInstanceUID", "VerifyingObserverSequence"}
    | set(ITEM_KEYS)
    | {keyword for keys in ITEM_KEYS.values() for keyword in keys}
)
"""Everything that an instance's facts should hold for its records. Of Content Sequence only the root's
items related by HAS CONCEPT MOD: report text has no business in a directory."""
