"""Names and dates of DICOM as people write them."""

from app.dicom.person_name import person_name
from app.translations.dates import read_da


def spoken(written: str) -> str:
    """Return a PN as it is said: prefix, given, middle, family, suffix."""
    name = person_name(written)
    return " ".join(filter(None, (name.prefix, name.given, name.middle, name.family, name.suffix)))


def iso_date(dicom_date: str) -> str | None:
    """Return a DA (PS3.5 6.2) as YYYY-MM-DD; None when it is not a date."""
    found = read_da(dicom_date)
    return found.isoformat() if found else None
