"""Whether a JPEG may stand in a DICOM object as it is: baseline, 8 bits, grey or three colours (ITU-T T.81).

Segments of other programs go: places, comments, thumbnails, and whatever follows the end. The coded picture
itself stays byte for byte.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

BASELINE, SCAN, ADOBE, EXIF = 0xC0, 0xDA, 0xEE, 0xE1
ORIENTATION = 0x0112
_OTHER_FRAMES = frozenset({0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_DROPPED = frozenset({*range(0xE0, 0xF0), 0xFE}) - {ADOBE}
"""Application segments and comments; Adobe's tells how colours are coded."""


class Baseline(NamedTuple):
    """A JPEG of the baseline process (Process 1), bare of what other programs put into it."""

    rows: int
    columns: int
    samples: int
    photometric: str
    stream: bytes


def baseline(data: bytes) -> Baseline | None:
    """Return a JPEG as it may stand in DICOM, or None: it must be decoded then.

    Not baseline, not 8 bits, four colours, turned by its Exif, or not sound are reasons.
    """
    try:
        return _baseline(data)
    except (IndexError, ValueError):
        return None


def _baseline(data: bytes) -> Baseline | None:
    kept, frame, adobe = [b"\xff\xd8"], b"", b""
    for marker, segment, after in _segments(data):
        body = segment[4:]
        if marker in _OTHER_FRAMES or (marker == EXIF and _is_turned(body)):
            return None
        if marker == BASELINE:
            frame = body
        if marker == ADOBE:
            adobe = body
        if marker not in _DROPPED:
            kept.append(segment)
        if marker == SCAN:
            kept.append(data[after : data.index(b"\xff\xd9", after) + 2])
            return _found(frame, adobe, b"".join(kept))
    return None


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield marker, whole segment and where it ends, up to the scan. Raises IndexError, ValueError."""
    if data[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker")
        while data[at + 1] == 0xFF:
            at += 1
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(data):
            raise ValueError("no segment")
        end = at + 2 + length
        yield data[at + 1], data[at:end], end
        at = end


def _found(frame: bytes, adobe: bytes, stream: bytes) -> Baseline | None:
    precision, rows, columns, samples = frame[0], _short(frame, 1), _short(frame, 3), frame[5]
    if precision != 8 or not rows or not columns or samples not in (1, 3):
        return None
    if samples == 1:
        return Baseline(rows, columns, 1, "MONOCHROME2", stream)
    if adobe.startswith(b"Adobe") and adobe[11] == 0:
        return Baseline(rows, columns, 3, "RGB", stream)
    sampled = frame[7], frame[10], frame[13]
    alike = sampled[0] == sampled[1] == sampled[2]
    return Baseline(rows, columns, 3, "YBR_FULL" if alike else "YBR_FULL_422", stream)


def _is_turned(exif: bytes) -> bool:
    """Tell whether Exif says to show the picture turned: its Orientation is there and not 1."""
    if not exif.startswith(b"Exif\0\0"):
        return False
    order: Literal["little", "big"] = "little" if exif[6:8] == b"II" else "big"
    tiff = exif[6:]
    first = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[first : first + 2], order)
    for number in range(count):
        entry = tiff[first + 2 + 12 * number :][:12]
        if int.from_bytes(entry[:2], order) == ORIENTATION:
            return int.from_bytes(entry[8:10], order) != 1
    return False


def _short(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
