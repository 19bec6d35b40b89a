"""What a compressed frame says of itself, read before anything is decoded.

A header of 8 × 8 pixels may hide a codestream of 65 500 × 65 500, so limits are judged on both. The colour
that was really encoded is told here too: the data set's Photometric Interpretation is often wrong.
"""

import struct
from collections.abc import Iterator
from struct import unpack_from
from typing import NamedTuple

from app.dicom.unshown import CANNOT_READ, DAMAGED, Unshown

Buffer = bytes | bytearray
JPEG_START = b"\xff\xd8"
JPEG2000_START = b"\xff\x4f\xff\x51"
JPEG_XL_START = b"\xff\x0a"
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
LOSSLESS_FRAME = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
ADOBE_LENGTH = b"\0\x0e"
STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


class Codestream(NamedTuple):
    """The size that a compressed frame declares in pixels, its samples a pixel (0: untold), bits a sample.

    ``kind`` is ``jpeg``, ``jpeg-ls``, ``jpeg2000`` or ``jpeg-xl``. ``lossless`` and ``rgb`` are None where
    the codestream does not tell.
    """

    kind: str
    rows: int
    columns: int
    samples: int
    precision: int = 0
    lossless: bool | None = None
    rgb: bool | None = None


def inspect(data: Buffer) -> Codestream:
    """Return what the codestream at the start of ``data`` declares. Raises Unshown when we know it not."""
    try:
        if data.startswith(JPEG_START):
            return _jpeg(data)
        if data.startswith(JPEG2000_START) or data[4:8] == b"jP  ":
            return _jpeg2000(data, data.index(JPEG2000_START))
        if data.startswith(JPEG_XL_START) or data[4:8] == b"JXL ":
            return _jpeg_xl(data, data.index(JPEG_XL_START) + 2)
    except (struct.error, IndexError, ValueError):
        raise Unshown(DAMAGED) from None
    raise Unshown(CANNOT_READ)


def _segments(data: Buffer, position: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield (marker, offset of the segment's length field), up to that of the marker ``last``."""
    while True:
        position = data.index(b"\xff", position)
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker not in STANDALONE:
            yield marker, position
            if marker == last:
                return
            position += unpack_from(">H", data, position)[0]


def _jpeg(data: Buffer) -> Codestream:
    """ISO/IEC 10918-1 B.2.2 (frame header), 14495-1 C.2.2 and C.2.3, and the markers of JFIF and Adobe."""
    frame, jfif, adobe, near = None, False, None, 0
    for marker, at in _segments(data, 2, last=0xDA):
        if marker in START_OF_FRAME:
            precision, rows, columns, samples = unpack_from(">BHHB", data, at + 2)
            identifiers = bytes(data[at + 8 + 3 * i] for i in range(samples))
            kind = "jpeg-ls" if marker == 0xF7 else "jpeg"
            frame = Codestream(kind, rows, columns, samples, precision, marker in LOSSLESS_FRAME)
        elif marker == 0xDA:
            near = data[at + 3 + 2 * data[at + 2]]
        elif marker == 0xE0 and data[at + 2 : at + 6] == b"JFIF":
            jfif = True
        elif marker == 0xEE and data[at : at + 2] >= ADOBE_LENGTH and data[at + 2 : at + 7] == b"Adobe":
            adobe = data[at + 13]
    if frame is None:
        raise ValueError("no frame header")
    lossless = near == 0 if frame.kind == "jpeg-ls" else frame.lossless
    return frame._replace(lossless=lossless, rgb=_is_rgb(adobe, jfif, identifiers))


def _is_rgb(adobe: int | None, jfif: bool, identifiers: bytes) -> bool | None:
    if adobe is not None:
        return adobe == 0
    if identifiers in (b"RGB", b"rgb"):
        return True
    return False if jfif else None


def _jpeg2000(data: Buffer, start: int) -> Codestream:
    """ISO/IEC 15444-1 A.5.1 (SIZ) and A.6.1 (COD: whether a colour transform was used)."""
    transformed = lossless = None
    for marker, at in _segments(data, start + 2, last=0x90):
        if marker == 0x51:
            columns, rows, left, top = unpack_from(">4I", data, at + 4)
            samples, depth = unpack_from(">HB", data, at + 36)
        elif marker == 0x52:
            transformed = True if data[at + 6] & 1 else None
            lossless = data[at + 11] == 1
    return Codestream(
        "jpeg2000", rows - top, columns - left, samples, (depth & 0x7F) + 1, lossless, transformed
    )


def _jpeg_xl(data: Buffer, start: int) -> Codestream:
    """ISO/IEC 18181-1 SizeHeader: bits from the least significant; the width may be a ratio of the height."""
    bits = _Bits(int.from_bytes(data[start : start + 16], "little"))
    small = bits.take(1)
    rows = bits.side(small)
    ratio = bits.take(3)
    above, below = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio]
    columns = rows * above // below if ratio else bits.side(small)
    return Codestream("jpeg-xl", rows, columns, 0, rgb=True)


class _Bits:
    def __init__(self, value: int) -> None:
        self.value = value

    def take(self, count: int) -> int:
        """Return the next ``count`` bits as a number."""
        taken = self.value & ((1 << count) - 1)
        self.value >>= count
        return taken

    def side(self, small: int) -> int:
        """Return the length of a side in pixels."""
        if small:
            return 8 * (self.take(5) + 1)
        return self.take((9, 13, 18, 30)[self.take(2)]) + 1
