"""Names and dates of DICOM as people write them."""

from app.translations.dates import read_da


def spoken(person_name: str) -> str:
    """Return a PN (PS3.5 6.2.1) as it is said: prefix, given, middle, family, suffix."""
    group = next((part for part in person_name.split("=") if part.strip("^ ")), "")
    family, given, middle, prefix, suffix = (part.strip() for part in [*group.split("^"), *[""] * 5][:5])
    return " ".join(part for part in (prefix, given, middle, family, suffix) if part)


def iso_date(dicom_date: str) -> str | None:
    """Return a DA (PS3.5 6.2) as YYYY-MM-DD; None when it is not a date."""
    found = read_da(dicom_date)
    return found.isoformat() if found else None
