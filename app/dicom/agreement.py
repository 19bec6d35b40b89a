"""Whether two birth dates, two patient IDs or two sexes agree, and which differences typists make."""

import re
from enum import StrEnum

from app.dicom.word_likeness import edits
from app.translations.dates import read_da

_PLACEHOLDERS = frozenset({"19000101", "18000101", "18500101", "11111111", "00000000", "99999999"})
"""What devices send where nobody knows the date."""
_SHORTEST_ID = 4
"""Digits that an ID must keep without its prefix, and from which on a slip in it is a slip."""
_ID_PARTS = re.compile(r"[^\W_]+")


class Agreement(StrEnum):
    """What two values say about each other."""

    YES = "yes"
    CLOSE = "close"
    """One typing slip apart."""
    UNKNOWN = "unknown"
    NO = "no"


def dates_agree(one: str, other: str) -> Agreement:
    """Compare two DA (PS3.5 6.2); also as ACR-NEMA wrote them, with dots: 1970.01.02.

    CLOSE are swapped day and month, one other digit, and two neighbours swapped.
    """
    a, b = _date(one), _date(other)
    if not a or not b:
        return Agreement.UNKNOWN
    if a == b:
        return Agreement.YES
    swapped = a[:4] + a[6:] + a[4:6]
    slip = len(a) == len(b) and edits(a, b) == 1
    return Agreement.CLOSE if b == swapped or slip else Agreement.NO


def ids_agree(one: str, other: str) -> Agreement:
    """Compare two patient IDs of one issuer: case, separators, leading zeros and letters before aside."""
    a, b = _plain_id(one), _plain_id(other)
    if not a or not b:
        return Agreement.UNKNOWN
    if a == b or _differ_by_prefix(a, b):
        return Agreement.YES
    longer, shorter = sorted((a, b), key=len, reverse=True)
    long_enough = len(shorter) >= _SHORTEST_ID
    return Agreement.CLOSE if long_enough and (edits(a, b) == 1 or longer.endswith(shorter)) else Agreement.NO


def sexes_agree(one: str, other: str) -> Agreement:
    """Compare sexes; O and blank conflict with nothing (PS3.3 C.7.1.1)."""
    if not one or not other:
        return Agreement.UNKNOWN
    if one == other:
        return Agreement.YES
    return Agreement.NO if {one, other} == {"M", "F"} else Agreement.UNKNOWN


def _date(text: str) -> str:
    """Return eight digits, or nothing where no birth date can be meant."""
    digits = "".join(filter(str.isdigit, text))
    is_one = len(digits) == 8 and read_da(digits) is not None
    return digits if is_one and digits not in _PLACEHOLDERS else ""


def _plain_id(text: str) -> str:
    return "".join(_ID_PARTS.findall(text.casefold())).lstrip("0")


def _differ_by_prefix(a: str, b: str) -> bool:
    """Tell whether one is the other with letters, or letters and zeros, before its digits."""
    shorter, longer = sorted((a, b), key=len)
    prefix = longer.removesuffix(shorter).rstrip("0")
    enough = shorter.isdigit() and len(shorter) >= _SHORTEST_ID
    return enough and longer.endswith(shorter) and prefix.isalpha()
