"""Days as a language writes them. The month is always in words, so that nobody takes one for another."""

import re
from datetime import date

from babel import Locale
from babel.dates import format_date

_DA = re.compile(r"([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})")


def written(when: date, locale: Locale | str) -> str:
    """Return a day as "14 January 2027", "14 de enero de 2027", "14. Januar 2027", "14 janvier 2027"."""
    locale = Locale.parse(locale)
    return str(format_date(when, _pattern(when, locale.language), locale=locale))


def _pattern(when: date, language: str) -> str:
    """English has two orders: the day first is read alike on either side of the sea. French has its "1er"."""
    if language == "fr" and when.day == 1:
        return "d'er' MMMM y"
    return "d MMMM y" if language == "en" else "long"


def read_da(text: str | None) -> date | None:
    """Return a DA (PS3.5 6.2: YYYYMMDD, or YYYY.MM.DD of old), or the day of a DT, as a date, or None."""
    found = _DA.match((text or "").strip())
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
