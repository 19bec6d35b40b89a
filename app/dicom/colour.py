"""Colour to RGB of 8 bits: palettes expanded, more bits scaled down (PS3.3 C.7.6.3.1)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.dicomjson import Facts, numbers
from app.dicom.unshown import CONTRADICTS, Unshown

Rgb = NDArray[np.uint8]
COLOURS = ("Red", "Green", "Blue")
MAX_ENTRIES = 1 << 16


def to_8_bits(pixels: NDArray[Any], bits_stored: int) -> Rgb:
    """Return RGB values of ``bits_stored`` bits as 0–255, by their upper bits."""
    plain = pixels.view(np.dtype(f"u{pixels.dtype.itemsize}"))
    return (plain >> max(0, bits_stored - 8)).astype(np.uint8)


class Palette:
    """The three tables of PALETTE COLOR (PS3.3 C.7.6.3.1.5, C.7.9.2). Raises Unshown when unusable."""

    def __init__(self, facts: Facts, tables: dict[str, bytes], *, signed: bool, little: bool) -> None:
        descriptor = numbers(facts, "RedPaletteColorLookupTableDescriptor")
        if len(descriptor) != 3:
            raise Unshown(CONTRADICTS)
        entries, first, bits = (int(value) for value in descriptor)
        self.entries = entries or MAX_ENTRIES
        self.first = first - (1 << 16) if signed and first >= 1 << 15 else first
        order = "<" if little else ">"
        curves = [_curve(tables, colour, self.entries, bits, order) for colour in COLOURS]
        table = np.stack(curves, axis=-1)
        self.table: Rgb = (table if table.max() < 256 else table >> 8).astype(np.uint8)

    def __call__(self, stored: NDArray[Any]) -> Rgb:
        """Return the colours of stored values; values outside the table take its nearest end."""
        index = np.clip(stored.astype(np.int64) - self.first, 0, self.entries - 1)
        return self.table[index]


def _curve(tables: dict[str, bytes], colour: str, entries: int, bits: int, order: str) -> NDArray[np.uint16]:
    name = f"{colour}PaletteColorLookupTableData"
    if name in tables:
        curve = _words(tables[name], entries, order)
    else:
        words = _segments(tables.get(f"Segmented{name}", b""), bits, order)
        curve = _expanded(words, entries, narrow=bits <= 8)
    if len(curve) < entries:
        raise Unshown(CONTRADICTS)
    return curve[:entries]


def _words(data: bytes, entries: int, order: str) -> NDArray[np.uint16]:
    """Entries of 8 bits may lie packed or one in each word; the length tells."""
    if len(data) >= 2 * entries:
        return np.frombuffer(data[: 2 * entries], f"{order}u2").astype(np.uint16)
    packed = np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2").astype("<u2").view(np.uint8)
    return packed.astype(np.uint16)


def _segments(data: bytes, bits: int, order: str) -> list[int]:
    if bits <= 8:
        return list(data)
    return [int(word) for word in np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2")]


def _expanded(words: list[int], entries: int, *, narrow: bool) -> NDArray[np.uint16]:
    """Expand discrete (0), linear (1) and indirect (2) segments (PS3.3 C.7.9.2)."""
    out: list[int] = []
    at = 0
    while at + 1 < len(words) and len(out) < entries:
        at = _indirect(words, at, out, narrow=narrow) if words[at] == 2 else _segment(words, at, out)
    return np.array(out, np.uint16)


def _segment(words: list[int], at: int, out: list[int]) -> int:
    """Add one discrete or linear segment to ``out``; return where the next begins."""
    opcode, length = words[at], words[at + 1]
    if len(out) + length > MAX_ENTRIES:
        raise Unshown(CONTRADICTS)
    if opcode == 0:
        out.extend(words[at + 2 : at + 2 + length])
        return at + 2 + length
    if opcode == 1 and out and at + 2 < len(words):
        ramp = np.linspace(out[-1], words[at + 2], length + 1)[1:]
        out.extend(int(value) for value in np.rint(ramp))
        return at + 3
    raise Unshown(CONTRADICTS)


def _indirect(words: list[int], at: int, out: list[int], *, narrow: bool) -> int:
    """Add the segments that an offset names once more; one level only, as the standard has it."""
    places = words[at + 2 : at + (6 if narrow else 4)]
    again = sum(word << ((8 if narrow else 16) * i) for i, word in enumerate(places))
    for _ in range(words[at + 1]):
        if again + 1 >= at:
            raise Unshown(CONTRADICTS)
        again = _segment(words, again, out)
    return at + 2 + len(places)
