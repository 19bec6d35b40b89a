"""How names, dates, sizes and kinds of examination are written for people. The month is always in words."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_time
from babel.numbers import format_decimal
from babel.units import format_unit
from flask import Flask
from flask_babel import get_locale, gettext

from app.accounts.models import Organisation
from app.dicom.person_name import person_name
from app.translations.dates import read_da, written

UNITS = ((1e9, "digital-gigabyte"), (1e6, "digital-megabyte"), (1e3, "digital-kilobyte"))


def init_app(app: Flask) -> None:
    """Give templates these words as filters."""
    app.jinja_env.filters.update(
        person=person, day=day, birth=birth, size=size, count=count, modality=modality, modalities=modalities
    )
    app.jinja_env.globals.update(moment=moment, exact=exact)


def person(name: str | None) -> str:
    """Return a PN as it is said: prefix, given, middle, family name, then the suffix."""
    who = person_name(name or "")
    said = " ".join(filter(None, (who.prefix, who.given, who.middle, who.family)))
    return ", ".join(filter(None, (said, who.suffix))) or gettext("No name")


def day(when: date | datetime | str | None, organisation: Organisation | None = None) -> str:
    """Return a day as "14 January 2027"; a moment is told in the organisation's time zone."""
    if isinstance(when, str):
        when = read_da(when) or when
    if isinstance(when, datetime):
        when = local(when, organisation).date()
    if not isinstance(when, date):
        return when or ""
    return written(when, _locale())


def _locale() -> Locale:
    return get_locale() or Locale("en")


def birth(text: str | None) -> str:
    """Return a birth date in words, or that there is none."""
    return day(text) or gettext("no birth date")


def moment(when: datetime, organisation: Organisation, now: datetime) -> str:
    """Return "today, 09:14", "yesterday, 17:02" or "12 March 2026, 09:14"."""
    days = (local(now, organisation).date() - local(when, organisation).date()).days
    if days in (0, 1):
        return f"{gettext('today') if days == 0 else gettext('yesterday')}, {_clock(when, organisation)}"
    return exact(when, organisation)


def exact(when: datetime, organisation: Organisation) -> str:
    """Return "12 March 2026, 09:14", for what is printed or kept."""
    return f"{day(local(when, organisation).date())}, {_clock(when, organisation)}"


def _clock(when: datetime, organisation: Organisation) -> str:
    return format_time(local(when, organisation), "HH:mm", locale=_locale())


def local(when: datetime, organisation: Organisation | None) -> datetime:
    """Return ``when`` on the organisation's own clock."""
    return when.astimezone(ZoneInfo(organisation.time_zone) if organisation else UTC)


def size(number: int) -> str:
    """Return a number of bytes as "612 MB", in French "612 Mo" (decimal, as file managers count)."""
    for unit, name in UNITS:
        if number >= unit:
            digits = "#,##0" if number >= 10 * unit else "0.0"
            return str(format_unit(number / unit, name, "short", digits, _locale()))
    return str(gettext("%(number)s bytes", number=number))


def count(number: int) -> str:
    """Return a number with its thousands apart."""
    return str(format_decimal(number, locale=_locale()))


def modality(code: str) -> str:
    """Return how people call a modality (PS3.3 C.7.3.1.1.1)."""
    names: dict[str, str] = {
        "CT": gettext("CT"),
        "MR": gettext("MRI"),
        "US": gettext("Ultrasound"),
        "CR": gettext("X-ray"),
        "DX": gettext("X-ray"),
        "RG": gettext("X-ray"),
        "XA": gettext("Angiography"),
        "RF": gettext("Fluoroscopy"),
        "MG": gettext("Mammogram"),
        "NM": gettext("Nuclear medicine"),
        "PT": gettext("PET"),
        "SC": gettext("Picture"),
        "OT": gettext("Picture"),
        "DOC": gettext("Document"),
        "SR": gettext("Report"),
        "PX": gettext("Dental X-ray"),
        "IO": gettext("Dental X-ray"),
        "ECG": gettext("ECG"),
        "XC": gettext("Photograph"),
        "ES": gettext("Endoscopy"),
        "SM": gettext("Slide"),
    }
    return names.get(code, code)


def modalities(codes: list[str]) -> str:
    """Return several modalities in words, each once."""
    return ", ".join(dict.fromkeys(modality(code) for code in codes)) or gettext("Other")
