"""Where frames lie in encapsulated pixel data: tables of offsets held against the fragments (PS3.5 A.4).

Discs hold tables of zeros, tables for another number of frames, and tables counted from elsewhere.
"""

import struct
from collections.abc import Sequence
from io import SEEK_END
from typing import BinaryIO

from app.dicom.encoding import ITEM

MOST = 100_000
"""Fragments that are followed."""
_HEAD = struct.Struct("<HHL")

Places = tuple[list[int], list[int]]
"""Offsets from the first fragment's item on, and lengths in bytes without the items' heads."""


def places_of_frames(stream: BinaryIO, position: int, frames: int, extended: bytes) -> Places | None:
    """Return where each of so many frames lies, one fragment each, or None where nothing wants correcting.

    ``position`` is that of the basic offset table's item; ``extended`` the Extended Offset Table (PS3.3
    C.7.6.3.1.8), or nothing. A table that names other places than fragments is passed over; where there is no
    more than one fragment a frame, the fragments themselves tell then. With fewer places than frames the rest
    is lost; a fragment that the file ends in is none.
    """
    basic, first = _basic_offsets(stream, position)
    told = struct.unpack(f"<{len(extended) // 8}Q", extended[: len(extended) // 8 * 8])
    if frames == 1 and not told:
        return None
    offsets, lengths = _fragments(stream, first, stream.seek(0, SEEK_END))
    by_offset = dict(zip(offsets, lengths, strict=True))
    if _holds(told, by_offset, frames):
        return list(told), [by_offset[offset] for offset in told]
    if _holds(basic, by_offset, frames) or len(offsets) > frames:
        return None
    return offsets, lengths


def _holds(table: Sequence[int], by_offset: dict[int, int], frames: int) -> bool:
    """Tell whether a table names a fragment for every frame, one after the other."""
    ascending = sorted(set(table)) == list(table)
    return len(table) == frames and ascending and all(offset in by_offset for offset in table)


def _basic_offsets(stream: BinaryIO, position: int) -> tuple[tuple[int, ...], int]:
    """Return the Basic Offset Table, and where the first fragment's item begins."""
    stream.seek(position + 4)
    length = int.from_bytes(stream.read(4), "little")
    table = stream.read(min(length, 4 * MOST))
    return struct.unpack(f"<{len(table) // 4}L", table[: len(table) // 4 * 4]), position + 8 + length


def _fragments(stream: BinaryIO, first: int, end: int) -> Places:
    offsets: list[int] = []
    lengths: list[int] = []
    at = first
    while len(offsets) < MOST:
        stream.seek(at)
        head = stream.read(_HEAD.size)
        if len(head) < _HEAD.size:
            break
        group, element, length = _HEAD.unpack(head)
        if group << 16 | element != ITEM or at + _HEAD.size + length > end:
            break
        offsets.append(at - first)
        lengths.append(length)
        at += _HEAD.size + length
    return offsets, lengths
