"""Specific Character Set (PS3.3 C.12.1.1.2, PS3.5 6.1.2): any hospital's text to Unicode, never an error."""

from functools import lru_cache

from pydicom.charset import convert_encodings, decode_bytes, python_encoding
from pydicom.valuerep import TEXT_VR_DELIMS

Charset = tuple[str, ...]
DEFAULT: Charset = ()
_ESCAPE = 0x1B


def is_known(charset: Charset) -> bool:
    """Tell whether every term is one of the standard's, spelling slips aside."""
    return _encodings(charset) is not None


def decoded(data: bytes, charset: Charset) -> str:
    """Return ``data`` as Unicode; what cannot be decoded becomes U+FFFD.

    Undeclared text beyond ASCII is read as UTF-8 where it is valid UTF-8, else as Latin-1.
    """
    if _ESCAPE not in data and data.isascii():
        return data.decode("ascii")
    encodings = _encodings(charset)
    if encodings is None or not any(charset):
        return _guessed(data)
    try:
        return decode_bytes(data, encodings, TEXT_VR_DELIMS)
    except (UnicodeError, LookupError, ValueError):
        return _guessed(data)


def _guessed(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


@lru_cache(maxsize=256)
def _encodings(charset: Charset) -> tuple[str, ...] | None:
    """Return Python's codecs for the terms; None when one is not the standard's (never, say, UTF-7)."""
    terms = [_respelled(term) for term in charset]
    if any(term not in python_encoding for term in terms):
        return None
    return tuple(convert_encodings(terms))


def _respelled(term: str) -> str:
    """Mend the slips that devices make: ``ISO-IR 100``, ``ISO_IR_100``, ``ISO_2022_IR_87``."""
    words = term.upper().replace("-", " ").replace("_", " ").split()
    if words[:2] == ["ISO", "IR"]:
        return " ".join(["ISO_IR", *words[2:]])
    return " ".join(words)
