"""Which instances a document rests on."""

from collections.abc import Iterator

from app.dicom import dicomjson
from app.dicom.dicomjson import Facts

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
"""Key Object Selection Document Storage (PS3.4 B.5)."""


def referenced(facts: Facts) -> Iterator[str]:
    """Yield the UIDs of the instances that a document says it rests on (PS3.3 C.17.2.3)."""
    for study in dicomjson.items(facts, "CurrentRequestedProcedureEvidenceSequence"):
        for series in dicomjson.items(study, "ReferencedSeriesSequence"):
            for item in dicomjson.items(series, "ReferencedSOPSequence"):
                yield dicomjson.text(item, "ReferencedSOPInstanceUID")
