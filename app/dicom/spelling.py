"""The ways in which one name is spelt: without case and accents, with umlauts spelt out, in Latin letters."""

import unicodedata

from app.dicom.name_tables import TABLES

_LETTERS = str.maketrans(TABLES["letters"])
"""Letters that Unicode does not take apart into a base and a mark."""
_SPELT_OUT = str.maketrans(TABLES["spelt_out"])
"""How letters are spelt out where a keyboard or an old device has none."""
_KATAKANA = {ord("ァ") + step: ord("ぁ") + step for step in range(ord("ヶ") - ord("ァ") + 1)}
_CYRILLIC = str.maketrans(TABLES["cyrillic"])
"""As passports write them (ICAO 9303-3, section 6)."""
_GREEK = str.maketrans(TABLES["greek"])
_MARKS = ("\u0300", "\u036f")


def spellings(name: str) -> set[str]:
    """Return the name in small letters without accents, and with umlauts spelt out."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return {_latin(plain), _latin(plain.translate(_SPELT_OUT))}


def _latin(name: str) -> str:
    return _without_marks(name.translate(_CYRILLIC)).translate(_GREEK)


def _without_marks(name: str) -> str:
    """Drop the accents of Latin, Greek and Cyrillic; marks of other scripts are letters of their own."""
    apart = unicodedata.normalize("NFD", name.translate(_LETTERS))
    bare = "".join(letter for letter in apart if not _MARKS[0] <= letter <= _MARKS[1])
    return unicodedata.normalize("NFC", bare).translate(_KATAKANA)
