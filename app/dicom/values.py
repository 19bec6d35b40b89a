"""One element's bytes to the values of the DICOM JSON Model (PS3.18 F.2); a stranger's bytes never raise.

A value that is not what its VR promises stays as the text it is, so that people see what the file says.
"""

import math
import struct
from typing import Any

from app.dicom.charsets import Charset, decoded

MAX_TEXT = 1_000
"""Characters kept of one value; the longest that a VR of the header allows is 64, free text aside."""
MAX_FREE_TEXT = 10_000

_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q", "OW": "H"}
_FREE_TEXT = frozenset({"ST", "LT", "UT", "UR"})
OF_CHARSET = frozenset({"PN", "SH", "LO", "UC", "ST", "LT", "UT"})
_PLAIN = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"})
_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")

Values = list[Any]


def is_kept(vr: str) -> bool:
    """Tell whether values of ``vr`` can be kept; bulk data cannot."""
    return vr == "AT" or vr in _NUMBERS or vr in OF_CHARSET or vr in _PLAIN


def read_values(vr: str, data: bytes, little: bool, charset: Charset) -> Values:
    """Return the element's values: numbers, strings, and dicts of the component groups for PN.

    Empty values in the middle are None, as the model has it; trailing emptiness is no value.
    """
    if vr in _NUMBERS:
        return _numbers(_NUMBERS[vr], data, little)
    if vr == "AT":
        return [f"{group:04X}{element:04X}" for group, element in _pairs(data, little)]
    text = decoded(data, charset) if vr in OF_CHARSET else data.decode("latin-1")
    text = text.replace("\0", "")
    if vr in _FREE_TEXT:
        return [_cut(text.rstrip(), MAX_FREE_TEXT)] if text.strip() else []
    found = [_value(vr, part.strip(" \t\r\n")) for part in text.split("\\")]
    return found if any(value is not None for value in found) else []


def _value(vr: str, text: str) -> Any:
    if not text:
        return None
    if vr == "IS":
        return _whole(text)
    if vr == "DS":
        return _decimal(text)
    if vr == "PN":
        return _person(text)
    return _cut(text, MAX_TEXT)


def _whole(text: str) -> int | float | str:
    number = _decimal(text)
    return (
        int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 2**53 else number
    )


def _decimal(text: str) -> float | str:
    """Return a decimal string's number (PS3.5 6.2), or the text when it is none."""
    try:
        number = float(text)
    except ValueError:
        return _cut(text, MAX_TEXT)
    return number if math.isfinite(number) and "_" not in text else _cut(text, MAX_TEXT)


def _person(text: str) -> dict[str, str] | None:
    """Part a name into its component groups (PS3.5 6.2.1)."""
    groups = zip(_GROUPS, text.split("=", 2), strict=False)
    return {group: _cut(part.strip(), MAX_TEXT) for group, part in groups if part.strip()} or None


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _numbers(code: str, data: bytes, little: bool) -> Values:
    count = len(data) // struct.calcsize(f"<{code}")
    usable = data[: count * struct.calcsize(f"<{code}")]
    found: Values = list(struct.unpack(f"{'<' if little else '>'}{count}{code}", usable))
    return [value if math.isfinite(value) else None for value in found] if code in "fd" else found


def _pairs(data: bytes, little: bool) -> list[tuple[int, int]]:
    return list(struct.iter_unpack("<HH" if little else ">HH", data[: len(data) // 4 * 4]))
