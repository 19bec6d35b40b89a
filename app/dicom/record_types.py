"""Which directory record a SOP class gets (PS3.3 F.3.2.2 and F.4), as a table to read and to extend."""

from pydicom.uid import UID

STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1."
PRIVATE = "PRIVATE"
IMAGE = "IMAGE"

_BY_CLASS = {
    "4.2": "SPECTROSCOPY",
    "66": "RAW DATA",
    "66.1": "REGISTRATION",
    "66.2": "FIDUCIAL",
    "66.3": "REGISTRATION",
    "66.5": "SURFACE",
    "66.6": "TRACT",
    "67": "VALUE MAP",
    "77.1.5.3": "STEREOMETRIC",
    "78.6": "SR DOCUMENT",
    "79.1": "SR DOCUMENT",
    "80.1": "MEASUREMENT",
    "88.59": "KEY OBJECT DOC",
    "91.1": "ANNOTATION",
    "131": "PRESENTATION",
    "481.1": IMAGE,
    "481.2": "RT DOSE",
    "481.3": "RT STRUCTURE SET",
    "481.4": "RT TREAT RECORD",
    "481.5": "RT PLAN",
    "481.6": "RT TREAT RECORD",
    "481.7": "RT TREAT RECORD",
    "481.8": "RT PLAN",
    "481.9": "RT TREAT RECORD",
    "481.23": IMAGE,
    "481.24": IMAGE,
}
"""By the part of the SOP Class UID after the storage root."""

_BY_FAMILY = {
    "9": "WAVEFORM",
    "11": "PRESENTATION",
    "68": "SURFACE SCAN",
    "78": "MEASUREMENT",
    "88": "SR DOCUMENT",
    "90": "ASSESSMENT",
    "104": "ENCAP DOC",
    "481": "RADIOTHERAPY",
}
"""By the first arc after the storage root, for what is longer than that arc."""

_ELSEWHERE = {
    "1.2.840.10008.5.1.4.34.7": "PLAN",
    "1.2.840.10008.5.1.4.34.10": "PLAN",
}


def record_type(sop_class_uid: str, has_pixels: bool) -> str:
    """Return the Directory Record Type of an instance; PRIVATE for what has no type of its own.

    ``has_pixels`` decides for standard classes newer than this table: images exactly if they have any.
    """
    if sop_class_uid in _ELSEWHERE:
        return _ELSEWHERE[sop_class_uid]
    if not sop_class_uid.startswith(STORAGE_ROOT):
        return PRIVATE
    arcs = sop_class_uid.removeprefix(STORAGE_ROOT)
    family = arcs.split(".", 1)[0]
    found = _BY_CLASS.get(arcs) or (_BY_FAMILY.get(family) if "." in arcs else None)
    if found:
        return found
    return IMAGE if has_pixels or "Image" in UID(sop_class_uid).name else PRIVATE
