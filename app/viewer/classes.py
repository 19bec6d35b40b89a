"""What an instance is, in a person's words, by its SOP Class UID (PS3.4 B.5)."""

from app.dicom.references import KEY_OBJECTS

STORAGE = "1.2.840.10008.5.1.4.1.1."

PDF = STORAGE + "104.1"
CDA = STORAGE + "104.2"
CAPTURES = frozenset(STORAGE + end for end in ("7", "7.1", "7.2", "7.3", "7.4", "11.1", "11.2", "77.1.5.3"))

REPORT, PHOTO = "Report", "Photo"

NAMES = {
    PDF: "Report (PDF)",
    CDA: "Report (CDA)",
    KEY_OBJECTS: "List of key pictures",
    STORAGE + "88.11": REPORT,
    STORAGE + "88.22": REPORT,
    STORAGE + "88.33": "Report with measurements",
    STORAGE + "88.34": "Report with measurements",
    STORAGE + "88.35": "Report with measurements",
    STORAGE + "88.40": "Procedure log",
    STORAGE + "88.67": "Radiation dose report",
    STORAGE + "11.1": "Display settings",
    STORAGE + "11.2": "Display settings",
    STORAGE + "66": "Raw measurement data",
    STORAGE + "66.1": "Spatial registration",
    STORAGE + "66.4": "Segmentation",
    STORAGE + "67": "Real-world value mapping",
    STORAGE + "481.2": "Radiotherapy dose",
    STORAGE + "481.3": "Radiotherapy structures",
    STORAGE + "481.5": "Radiotherapy plan",
}


def name(sop_class_uid: str, *, has_pixels: bool) -> str:
    """Return what an instance is, in English; ``Picture`` or ``Other data`` where the class is not known."""
    known = NAMES.get(sop_class_uid)
    if known:
        return known
    if has_pixels:
        return "Picture"
    return "Waveform" if sop_class_uid.startswith(STORAGE + "9.") else "Other data"
