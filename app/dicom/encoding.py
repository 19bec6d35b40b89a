"""How a data element is written (PS3.5 7.1): tag, value representation, length; and what malformed means."""

import struct
from typing import NamedTuple

from app.dicom.source import UnreadableError, Window

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_ITEM_LITTLE = b"\xfe\xff\0\xe0"
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
"""VRs with a length of two bytes."""
FRAGMENTED_VRS = frozenset(b"OB OD OF OL OV OW".split())
"""VRs whose undefined length means fragments (PS3.5 A.4)."""
LONG_VRS = FRAGMENTED_VRS | frozenset(b"SQ SV UC UN UR UT UV".split())
"""VRs with a length of four bytes after two reserved ones, as all that are to come."""
PADDED_BY_SPACE = frozenset(b"AE AS CS DA DS DT IS LO LT PN SH ST TM UC UR UT".split())
KNOWN_VRS = SHORT_VRS | LONG_VRS
NO_VRS = (b"??", b"--")
"""What some devices write where they know no VR, with a length of two bytes behind it."""


class Malformed(UnreadableError):
    """The bytes make no sense as a data set."""


class Encoding(NamedTuple):
    """How a data set is written: explicit or implicit VR, little or big endian."""

    explicit: bool
    little: bool


EXPLICIT_LITTLE = Encoding(explicit=True, little=True)
IMPLICIT_LITTLE = Encoding(explicit=False, little=True)


class Element(NamedTuple):
    """An element up to its value; ``vr`` is None where none is written. ``length`` may be ``UNDEFINED``."""

    tag: int
    vr: bytes | None
    length: int


def next_element(window: Window, encoding: Encoding) -> Element:
    """Read an element up to its value. Raises CutShort.

    Where explicit VR is due and no letters stand, the element is taken for an implicit one: devices do that.
    """
    head = window.take(8)
    order = "<" if encoding.little else ">"
    group, number, length = struct.unpack(f"{order}HHI", head)
    tag = group << 16 | number
    if group == 0xFFFE or not encoding.explicit:
        return Element(tag, None, length)
    vr = head[4:6]
    if vr in SHORT_VRS or vr in NO_VRS:
        return Element(tag, b"UN" if vr in NO_VRS else vr, struct.unpack(f"{order}H", head[6:])[0])
    if vr in LONG_VRS or (vr.isalpha() and vr.isupper()):
        return Element(tag, vr, struct.unpack(f"{order}I", window.take(4))[0])
    return Element(tag, None, length)


def padding(vr: bytes) -> bytes:
    """Return the byte that makes a value of odd length even (PS3.5 6.2)."""
    return b" " if vr in PADDED_BY_SPACE else b"\0"


def cut(element: Element, end: int | None, position: int) -> Element:
    """Return an element whose value, from ``position`` on, ends by ``end``, where what holds it ends.

    Where two lengths contradict each other, the outer one counts: so no value swallows what follows.
    """
    if end is None or element.length == UNDEFINED:
        return element
    return element._replace(length=min(element.length, max(0, end - position)))


def within_unknown(window: Window) -> Encoding:
    """Return how the items that follow are written, where their sequence has the VR UN.

    They are implicit little endian (PS3.5 6.2.2); devices older than that rule wrote VRs all the same.
    """
    begin = window.peek(14)
    return Encoding(explicit=begin[:4] == _ITEM_LITTLE and begin[12:] in KNOWN_VRS, little=True)
