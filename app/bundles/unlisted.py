"""Why an instance cannot stand in one conformant file-set (PS3.10 8, PS3.11 D.3.3): it travels beside it."""

from app.dicom import dicomjson
from app.dicom.dicomjson import Facts
from app.dicom.explicit import values
from app.dicom.uids import is_valid
from app.viewer.marked import _

_SAME = (("MediaStorageSOPInstanceUID", "SOPInstanceUID"), ("MediaStorageSOPClassUID", "SOPClassUID"))
_NEEDED = {
    "SOPInstanceUID": _("It has no valid SOP Instance UID."),
    "SOPClassUID": _("It has no valid SOP Class UID."),
    "TransferSyntaxUID": _("It does not say its transfer syntax."),
    "StudyInstanceUID": _("It has no valid Study Instance UID."),
    "SeriesInstanceUID": _("It has no valid Series Instance UID."),
}


def reason(facts: Facts) -> str | None:
    """Return why an instance with this header cannot be listed, whatever else is in the bundle, or None."""
    for keyword, sentence in _NEEDED.items():
        if not is_valid(dicomjson.text(facts, keyword)):
            return sentence
    for meta, own in _SAME:
        if dicomjson.text(facts, meta) != dicomjson.text(facts, own):
            return _("Its file meta information contradicts its data set.")
    return None


def name_of(facts: Facts) -> str:
    """Return the patient's name exactly as a PATIENT record would hold it."""
    return values("PN", dicomjson.values(facts, "PatientName")).decode()


def id_of(facts: Facts) -> str:
    """Return the Patient ID exactly as a PATIENT record would hold it."""
    return values("LO", dicomjson.values(facts, "PatientID")).decode()
