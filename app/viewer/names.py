"""Names and dates of DICOM as people write them."""

from datetime import datetime


def spoken(person_name: str) -> str:
    """Return a PN (PS3.5 6.2.1) as it is said: prefix, given, middle, family, suffix."""
    group = next((part for part in person_name.split("=") if part.strip("^ ")), "")
    family, given, middle, prefix, suffix = (part.strip() for part in [*group.split("^"), *[""] * 5][:5])
    return " ".join(part for part in (prefix, given, middle, family, suffix) if part)


def iso_date(dicom_date: str) -> str | None:
    """Return a DA (PS3.5 6.2) as YYYY-MM-DD; None when it is not a date. Takes ACR-NEMA's YYYY.MM.DD too."""
    digits = dicom_date.strip().replace(".", "")
    if len(digits) != 8:
        return None
    try:
        return datetime.strptime(digits, "%Y%m%d").date().isoformat()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None
