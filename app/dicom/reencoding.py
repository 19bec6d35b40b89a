"""A data set written anew as Explicit VR Little Endian (PS3.5 A.2), value by value, none of them interpreted.

What changes is how values are written, never what they say: numbers of big endian are turned, implicit VRs
are looked up, sequences get undefined lengths. Group lengths, wrong then, stay behind (PS3.5 7.2).
"""

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from pydicom.datadict import dictionary_VR

from app.dicom.elements import MAX_ELEMENTS, MAX_NESTING, TOO_DEEP, TOO_MANY_ELEMENTS
from app.dicom.encoding import (
    FRAGMENTED_VRS,
    ITEM,
    ITEM_END,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED,
    Element,
    Encoding,
    Malformed,
    cut,
    next_element,
    padding,
    within_unknown,
)
from app.dicom.facts import PIXEL_REPRESENTATION, PIXEL_TAGS
from app.dicom.source import TooMuch, Window

CHUNK = 1 << 20
LONGEST_SHORT = 0xFFFF
"""Bytes of a value whose length has two bytes; what is longer is written as UN (PS3.5 6.2.2)."""
WORDS = {
    b"US": 2, b"SS": 2, b"OW": 2, b"AT": 2,
    b"UL": 4, b"SL": 4, b"FL": 4, b"OF": 4, b"OL": 4,
    b"FD": 8, b"OD": 8, b"SV": 8, b"UV": 8, b"OV": 8,
}  # fmt: skip
"""Bytes that change places together where big endian becomes little (PS3.5 7.3)."""
WIDE = (32, 64)
"""Bits of pixel cells that change places as a whole, though their VR has shorter words."""
WAVEFORM_BITS_ALLOCATED = 0x54001004
REMEMBERED = (PIXEL_REPRESENTATION, WAVEFORM_BITS_ALLOCATED)
"""What decides an unclear VR of implicit VR (PS3.5 A.1)."""
_SHORT, _LONG, _ITEM = struct.Struct("<HH2sH"), struct.Struct("<HH2sHL"), struct.Struct("<HHL")

Write = Callable[[bytes], None]


class Enclosed(Exception):
    """A picture within a sequence is compressed, which Explicit VR Little Endian does not know."""


class _Level(NamedTuple):
    """One open data set or sequence, up to ``end`` or its delimiter; ``known`` is of ``REMEMBERED``."""

    encoding: Encoding
    end: int | None
    delimited: bool
    is_sequence: bool
    known: dict[int, int]


class Reencoder:
    """Writes one data set. ``instead`` has top elements, as bytes, in place of their own or beside them.

    ``bits_allocated`` tells how large the words of big endian pixels are. ``run`` stops before encapsulated
    pixel data and returns True: write it in its place, set ``window`` behind it, and run again.
    Raises Malformed, CutShort, TooMuch, Enclosed.
    """

    def __init__(
        self, window: Window, encoding: Encoding, write: Write, instead: dict[int, bytes], bits_allocated: int
    ) -> None:
        self.window, self._write = window, write
        self._instead = dict(instead)
        self._bits_allocated = bits_allocated
        self._elements = 0
        self._top = _Level(encoding, None, delimited=False, is_sequence=False, known={})
        self._stack = [self._top]

    def run(self) -> bool:
        """Write up to encapsulated pixel data, or to the end."""
        while self._stack:
            level = self._stack[-1]
            if level.end is not None and self.window.position >= level.end:
                self._close()
            elif level is self._top and not self.window.peek(8).strip(b"\0"):
                self._stack.clear()
            elif self._is_encapsulated(element := self._next(level), level):
                self._put_before(element.tag)
                return True
            else:
                self._take(level, element)
        self._put_before(1 << 32)
        return False

    def _next(self, level: _Level) -> Element:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise TooMuch(TOO_MANY_ELEMENTS.format(most=MAX_ELEMENTS))
        return cut(next_element(self.window, level.encoding), level.end, self.window.position)

    def _is_encapsulated(self, element: Element, level: _Level) -> bool:
        return level is self._top and element.tag in PIXEL_TAGS and element.length == UNDEFINED

    def _take(self, level: _Level, element: Element) -> None:
        if level.is_sequence:
            self._item(level, element)
        elif element.tag >> 16 == 0xFFFE:
            self._delimiter(level, element)
        else:
            self._element(level, element)

    def _item(self, level: _Level, element: Element) -> None:
        if element.tag == SEQUENCE_END:
            self._close()
        elif element.tag != ITEM:
            raise Malformed("sequence without items")
        else:
            self._write(_ITEM.pack(0xFFFE, 0xE000, UNDEFINED))
            self._open(level, level.encoding, element.length, is_sequence=False)

    def _delimiter(self, level: _Level, element: Element) -> None:
        if element.tag == ITEM or (level is self._top and element.length):
            raise Malformed("item in a wrong place")
        if level is self._top:
            return  # an end of something that has ended by its length
        if element.tag == ITEM_END:
            if level.delimited:
                self._close()
        else:  # the item's own end was forgotten
            self._close()
            self._close()

    def _element(self, level: _Level, element: Element) -> None:
        if level is self._top:
            self._put_before(element.tag)
            if element.tag in self._instead:
                self._write(self._instead.pop(element.tag))
                self.window.skip(element.length)
                return
        vr = self._vr(level, element)
        if element.tag & 0xFFFF == 0:
            self.window.skip(element.length)
        elif vr == b"SQ" or element.length == UNDEFINED:
            self._sequence(level, element, vr)
        else:
            self._value(level, element, vr)

    def _put_before(self, tag: int) -> None:
        """Write what stands before ``tag`` and the data set does not have."""
        for due in sorted(own for own in self._instead if own < tag):
            self._write(self._instead.pop(due))

    def _vr(self, level: _Level, element: Element) -> bytes:
        if element.vr is not None:
            return element.vr
        tag = element.tag
        if tag >> 16 & 1:
            return b"LO" if 0x10 <= tag & 0xFFFF <= 0xFF else b"UN"
        return _clear(_listed_vr(tag), level.known, tag)

    def _sequence(self, level: _Level, element: Element, vr: bytes) -> None:
        """Open a sequence; OB and its like hold fragments."""
        if vr in FRAGMENTED_VRS:
            raise Enclosed
        self._write(_LONG.pack(element.tag >> 16, element.tag & 0xFFFF, b"SQ", 0, UNDEFINED))
        encoding = within_unknown(self.window) if vr == b"UN" else level.encoding
        self._open(level, encoding, element.length, is_sequence=True)

    def _open(self, parent: _Level, encoding: Encoding, length: int, *, is_sequence: bool) -> None:
        if len(self._stack) > 2 * MAX_NESTING:
            raise TooMuch(TOO_DEEP)
        end = parent.end if length == UNDEFINED else self.window.position + length
        if parent.end is not None and end is not None:
            end = min(end, parent.end)
        self._stack.append(_Level(encoding, end, length == UNDEFINED, is_sequence, dict(parent.known)))

    def _close(self) -> None:
        level = self._stack.pop()
        if level is self._top:
            raise Malformed("an end without a beginning")
        end = SEQUENCE_END if level.is_sequence else ITEM_END
        self._write(_ITEM.pack(end >> 16, end & 0xFFFF, 0))

    def _value(self, level: _Level, element: Element, vr: bytes) -> None:
        swapped = 0 if level.encoding.little else WORDS.get(vr, 0)
        if swapped and level is self._top and element.tag in PIXEL_TAGS and self._bits_allocated in WIDE:
            swapped = self._bits_allocated // 8
        uneven = element.length % 2
        self._write(head(element.tag, vr, element.length + uneven))
        left = element.length
        while left:
            part = self.window.take(min(CHUNK, left))
            left -= len(part)
            part = _turned(part, swapped)
            if element.tag in REMEMBERED and len(part) == 2:
                level.known[element.tag] = int.from_bytes(part, "little")
            self._write(part)
        self._write(padding(vr)[:uneven])


def head(tag: int, vr: bytes, length: int) -> bytes:
    """Return an element up to its value (PS3.5 7.1.2)."""
    group, number = tag >> 16, tag & 0xFFFF
    if vr in SHORT_VRS and length <= LONGEST_SHORT:
        return _SHORT.pack(group, number, vr, length)
    return _LONG.pack(group, number, b"UN" if vr in SHORT_VRS else vr, 0, length)


def skip_fragments(window: Window) -> None:
    """Step over encapsulated pixel data, from its first item to behind its delimiter (PS3.5 A.4)."""
    while True:
        group, number, length = _ITEM.unpack(window.take(8))
        tag = group << 16 | number
        if tag == SEQUENCE_END:
            return
        if tag != ITEM or length == UNDEFINED:
            raise Malformed("fragments without an end")
        window.skip(length)


@lru_cache(maxsize=4096)
def _listed_vr(tag: int) -> str:
    """Return the VR by the dictionary (PS3.6), overlays' and curves' repeating groups included."""
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"


def _clear(vr: str, known: dict[int, int], tag: int) -> bytes:
    """Return the VR that an unclear one means here (PS3.5 A.1, PS3.3 C.10.9)."""
    if vr == "US or SS":
        return b"SS" if known.get(PIXEL_REPRESENTATION) == 1 else b"US"
    if " or " in vr:
        return b"OB" if tag >> 16 == 0x5400 and known.get(WAVEFORM_BITS_ALLOCATED) == 8 else b"OW"
    return vr.encode()


def _turned(part: bytes, word: int) -> bytes:
    """Return words of so many bytes in the other order; a rest that is no word stays."""
    if not word:
        return part
    whole = len(part) // word * word
    return np.frombuffer(part[:whole], f">u{word}").astype(f"<u{word}").tobytes() + part[whole:]
