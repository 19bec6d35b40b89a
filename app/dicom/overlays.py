"""Overlays: drawings of one bit over a picture (PS3.3 C.9.2), in data of their own or in bits of its pixels.

They become pictures of their own, 0 and 255, which the viewer lays over the frames that they belong to.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.dicom.decoding import whole_cells
from app.dicom.dicomjson import Facts
from app.dicom.pixelsource import PixelSource
from app.dicom.tables import OVERLAY_DATA, OVERLAY_GROUPS
from app.dicom.unshown import Unshown

MAX_BITS = 1 << 29
"""Bits of all overlays of an instance together."""
DRAWN = 255


class Overlay(NamedTuple):
    """One drawing: uint8 (rows, columns), 0 or 255; its first pixel lies on column ``x``, row ``y``.

    Both count from the picture's first, 0, and may lie outside. ``frame`` is the index of the frame that it
    belongs to; None: all of them.
    """

    pixels: NDArray[np.uint8]
    x: int
    y: int
    frame: int | None
    label: str


class Unreadable(NamedTuple):
    """An overlay that is announced and cannot be drawn."""

    group: int


def overlays(source: PixelSource) -> Iterator[Overlay | Unreadable]:
    """Yield every overlay of an instance, group by group, frame by frame."""
    left = MAX_BITS
    for group in OVERLAY_GROUPS:
        told = _Group(source.luts, group)
        if not told.is_there:
            continue
        left -= told.bits
        try:
            yield from told.read(source) if left >= 0 else [Unreadable(group)]
        except (Unshown, ValueError):
            yield Unreadable(group)


def has_embedded(source: PixelSource) -> bool:
    """Tell whether a drawing lies in the pixel cells themselves, beside the bits of the picture."""
    told = [_Group(source.luts, group) for group in OVERLAY_GROUPS]
    return any(one.is_there and f"{OVERLAY_DATA}{one.group:04X}" not in source.tables for one in told)


class _Group:
    """What the header says of one group, 60xx."""

    def __init__(self, facts: Facts, group: int) -> None:
        self._facts, self.group = facts, group
        self.rows, self.columns = self._number(0x0010), self._number(0x0011)
        self.frames = max(1, self._number(0x0015))
        self.first = self._number(0x0051)
        self.label = next((str(text) for text in (*self._values(0x1500), *self._values(0x0022)) if text), "")

    def _values(self, element: int) -> list[Any]:
        found = self._facts.get(f"{self.group:04X}{element:04X}", {}).get("Value", [])
        return found if isinstance(found, list) else []

    def _number(self, element: int, place: int = 0, otherwise: int = 0) -> int:
        try:
            return int(self._values(element)[place])
        except (IndexError, TypeError, ValueError):
            return otherwise

    @property
    def is_there(self) -> bool:
        """Tell whether the group describes a drawing: others, such as curves of old, use the numbers too."""
        return self.rows > 0 and self.columns > 0

    @property
    def bits(self) -> int:
        return self.rows * self.columns * self.frames

    def read(self, source: PixelSource) -> Iterator[Overlay]:
        data = source.tables.get(f"{OVERLAY_DATA}{self.group:04X}")
        found = self._embedded(source) if data is None else self._packed(data)
        for index, pixels in enumerate(found):
            y, x = (self._number(0x0050, place, 1) - 1 for place in (0, 1))
            yield Overlay(pixels, x, y, self._frame(index), self.label)

    def _frame(self, index: int) -> int | None:
        """Return the index of the frame for an overlay's frame (PS3.3 C.9.2, Image Frame Origin)."""
        if self.frames == 1 and not self.first:
            return None
        return max(1, self.first) - 1 + index

    def _packed(self, data: bytes) -> Iterator[NDArray[np.uint8]]:
        """Overlay Data: bits in a row, the lowest of each byte first (PS3.5 8.1.2)."""
        size = self.rows * self.columns
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        for index in range(self.frames):
            yield _drawn(bits[index * size : (index + 1) * size].reshape(self.rows, self.columns))

    def _embedded(self, source: PixelSource) -> Iterator[NDArray[np.uint8]]:
        """A bit of each pixel cell beside those of the picture (retired, PS3.3-2004 C.9.2)."""
        bit, layout = self._number(0x0102), source.layout
        beside = bit < layout.lowest_bit or layout.lowest_bit + layout.bits_stored <= bit
        spare = beside and 0 <= bit < layout.bits_allocated
        if not spare or (self.rows, self.columns) != (layout.rows, layout.columns):
            raise ValueError("no overlay in these pixels")
        self.frames, self.first = layout.frames, 1 if layout.frames > 1 else 0
        for cells in whole_cells(source):
            yield _drawn(cells >> bit & 1)


def _drawn(bits: NDArray[Any]) -> NDArray[np.uint8]:
    return bits.astype(np.uint8) * np.uint8(DRAWN)
