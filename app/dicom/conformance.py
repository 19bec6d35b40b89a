"""What is wrong with an instance that can be read all the same: pixel data cut short, a header at odds with
itself, identifiers that a directory cannot hold.
"""

import struct
from collections.abc import Sequence
from typing import BinaryIO

from app.dicom import uids
from app.dicom.dicomjson import Facts, integer, text, values
from app.dicom.elements import AGAINST_THE_RULES, ElementReader, Pixels
from app.dicom.encoding import UNDEFINED
from app.dicom.source import FileSource
from app.dicom.syntax import Opened

MAX_FRAGMENTS = 100_000
"""Fragments that are followed to see whether encapsulated pixel data is whole."""
SUBSAMPLED = {"YBR_FULL_422": 2, "YBR_PARTIAL_422": 2, "YBR_PARTIAL_420": 1.5}
"""Samples that are stored of each pixel, where they are fewer than Samples per Pixel (PS3.3 C.7.6.3.1.2)."""
_CUT = "Its pixel data is cut short; the picture may be missing or incomplete."
_MISCOUNTED = "It does not say properly how many pictures it holds; one is assumed."
_TOO_LITTLE = "It holds fewer pixels than its header promises; the picture may be missing or incomplete."


def unlisted_reason(opened: Opened, reader: ElementReader, pixel_faults: Sequence[str]) -> str | None:
    """Return why the instance cannot stand in a conformant file-set, or None (PS3.10 7.1, 8; PS3.11 D.3).

    A file-set's directory names SOP class, SOP instance and transfer syntax as data set and file meta
    information both hold them, so all of them must be there, valid and agree. ``pixel_faults`` are those of
    ``pixel_warnings``: a file that ends within its pixel data is no data set, and importers stop at it.
    """
    if fault := _file_fault(opened):
        return fault
    if reader.cut_short:
        return "It is cut short: the end of its data is missing."
    if AGAINST_THE_RULES in reader.warnings:
        return AGAINST_THE_RULES
    if _CUT in pixel_faults:
        return _CUT
    facts = reader.facts
    return _uid_fault(facts, "SOPInstanceUID", "its own identifier (SOP Instance UID)") or (
        _uid_fault(facts, "SOPClassUID", "its kind (SOP Class UID)") or _disagreement(opened.meta, facts)
    )


def _file_fault(opened: Opened) -> str | None:
    if not opened.meta:
        return "It has no DICOM file header, only bare data."
    if not opened.has_preamble:
        return "It lacks the 128 bytes with which every DICOM file begins."
    if not opened.claims or not opened.keeps_its_word:
        return "Its file header does not say truly how the data is written."
    return None


def _uid_fault(facts: Facts, keyword: str, what: str) -> str | None:
    uid = text(facts, keyword)
    if not uid:
        return f"It does not state {what}."
    return None if uids.is_valid(uid) else f"It states {what}, but not as a valid UID."


def _disagreement(meta: Facts, facts: Facts) -> str | None:
    for keyword in ("SOPInstanceUID", "SOPClassUID"):
        named = text(meta, f"MediaStorage{keyword}")
        if named != text(facts, keyword):
            other = "names another object than its data does" if named else "does not name the object"
            return f"Its file header {other}."
    return None


def pixel_warnings(opened: Opened, reader: ElementReader, file: BinaryIO, size: int) -> list[str]:
    """Return what is wrong with the pixel data, from lengths alone (PS3.5 8, A.4)."""
    pixels = reader.pixels
    counted = [_MISCOUNTED] if _miscounts(reader.facts) else []
    return counted + _missing_pixels(opened, reader, pixels, file, size)


def _miscounts(facts: Facts) -> bool:
    """Tell whether the number of frames is there and is no number of frames (PS3.3 C.7.6.6)."""
    frames = integer(facts, "NumberOfFrames")
    return bool(values(facts, "NumberOfFrames")) and (frames is None or frames < 1)


def _missing_pixels(
    opened: Opened, reader: ElementReader, pixels: Pixels | None, file: BinaryIO, size: int
) -> list[str]:
    if pixels is None:
        has_rows = (integer(reader.facts, "Rows") or 0) > 0
        return ["It describes a picture but holds none."] if has_rows and not reader.cut_short else []
    if not isinstance(opened.source, FileSource):
        return []
    if pixels.length is None:
        return [] if _ends(file, size, pixels.position, opened.encoding.little) else [_CUT]
    if pixels.position + pixels.length > size:
        return [_CUT]
    return [_TOO_LITTLE] if pixels.length < _promised(reader.facts) else []


def _promised(facts: Facts) -> int:
    """Return the bytes that native pixel data needs (PS3.5 8.1.1); 0 when the header does not tell."""
    numbers = [
        integer(facts, keyword) or 0 for keyword in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
    ]
    frames = integer(facts, "NumberOfFrames") or 1
    rows, columns, samples, bits = (max(number, 0) for number in numbers)
    cells = int(rows * columns * SUBSAMPLED.get(text(facts, "PhotometricInterpretation"), samples))
    return cells * bits * max(frames, 1) // 8


def _ends(file: BinaryIO, size: int, position: int, little: bool) -> bool:
    """Follow the fragments of encapsulated pixel data to their delimiter (PS3.5 A.4)."""
    order = "<" if little else ">"
    for _ in range(MAX_FRAGMENTS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8 or position > size:
            return False
        group, element, length = struct.unpack(f"{order}HHI", head)
        if (group, element) == (0xFFFE, 0xE0DD):
            return True
        if (group, element) != (0xFFFE, 0xE000) or length == UNDEFINED:
            return False
        position += 8 + length
    return True
