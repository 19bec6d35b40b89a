"""An instance as Explicit VR Little Endian with plain pixels, which every importer must take (STD-GEN-CD).

The object stays what it is, SOP Instance UID included: only its transfer syntax changes, its pixel values are
those that its own frames decode to (PS3.5 10, PS3.11 D.3). What was compressed with loss says so still.
Runs inside the sandbox.
"""

from collections.abc import Callable, Iterator
from io import SEEK_END, BytesIO
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from app.dicom import codecs, uids
from app.dicom.decoding import Pixels, decoded
from app.dicom.dicomjson import Facts, integer, tag_of, text
from app.dicom.encoding import Malformed
from app.dicom.explicit import element, tag_and_vr, values
from app.dicom.filemeta import file_meta
from app.dicom.frames import quiet
from app.dicom.overlays import has_embedded
from app.dicom.pixelsource import HEAD, PixelSource, open_pixels
from app.dicom.reencoding import Enclosed, Reencoder, Write, head, skip_fragments
from app.dicom.source import CutShort, FileSource, TooMuch, Window
from app.dicom.syntax import open_dataset
from app.dicom.unshown import CANNOT_READ, CONTRADICTS, CUT_SHORT, Unshown
from app.errors import TooLarge

NOT_DECODED = "Its picture is damaged, or compressed in a way that cannot be undone here."
ENCLOSED = "It holds a further picture, compressed, inside its header."
TOO_LARGE = "Without compression it would be larger than a file of this kind can be."
UNREADABLE = "It could not be written anew: its data is damaged or too much."
PIXEL_DATA = 0x7FE00010
LARGEST = 0xFFFFFFFE
"""Bytes of a value of defined length."""
OFFSETS = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "EncapsulatedPixelDataValueTotalLength")
"""What describes fragments, and stays behind with them (PS3.3 C.7.6.3.1.8)."""
BLOB = 4 << 20
"""Bytes at least in a piece of the file but the last."""

Emit = Callable[[int | None, bytes], None]


class Uncompressed(NamedTuple):
    """Frames as they will be written, and what the header says of them."""

    frames: Iterator[Pixels]
    first: Pixels
    photometric: str
    lossy: bool


def make_uncompressed(file: BinaryIO, facts: Facts, emit: Emit) -> dict[str, Any]:
    """Write an instance anew, piece by piece, numbered from 0; ``facts`` as ``part10.read_header`` gave them.

    Returns ``{}``, or ``{"reason": sentence}`` when it must travel as it is: then the pieces mean nothing.
    """
    pieces = _Pieces(emit)
    try:
        with quiet():
            _make(file, facts, pieces.write)
    except Unshown:
        return {"reason": NOT_DECODED}
    except TooLarge as why:
        return {"reason": str(why)}
    except Enclosed:
        return {"reason": ENCLOSED}
    except (Malformed, CutShort, TooMuch, MemoryError):
        return {"reason": UNREADABLE}
    pieces.flush()
    return {}


class _Pieces:
    """Gathers what is written into pieces."""

    def __init__(self, emit: Emit) -> None:
        self._emit, self._number = emit, 0
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= BLOB:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._emit(self._number, b"".join(self._waiting))
            self._number += 1
        self._waiting, self._size = [], 0


def _make(file: BinaryIO, facts: Facts, write: Write) -> None:
    write(_meta(facts))
    size = file.seek(0, SEEK_END)
    syntax = text(facts, "TransferSyntaxUID")
    if not syntax or syntax in codecs.NATIVE or not integer(facts, "Rows"):
        if _writer(file, size, facts, write, {}).run():
            raise Malformed("fragments in a transfer syntax that has none")
        return
    if not uids.is_transfer_syntax(syntax):
        raise Unshown(CANNOT_READ)  # a maker's own: how its pixels lie is not for us to guess
    source = open_pixels(file, facts)
    file.seek(0)
    front = BytesIO(file.read(source.position))  # the file itself is read by the codec meanwhile
    pixels = _uncompressed(source)
    writer = _writer(front, source.position, facts, write, _instead(pixels, facts))
    if not writer.run():
        raise Malformed("pixel data of a defined length in a compressed transfer syntax")
    _write_pixels(pixels, source, write)
    writer.window = Window(FileSource(file, size, source.position), source.position)
    skip_fragments(writer.window)
    if writer.run():
        raise Malformed("pixel data twice")


def _writer(file: BinaryIO, size: int, facts: Facts, write: Write, instead: dict[int, bytes]) -> Reencoder:
    file.seek(0)
    opened = open_dataset(file, size, file.read(HEAD))
    if opened is None:
        raise Malformed("no DICOM")
    window = Window(opened.source, opened.position)
    return Reencoder(window, opened.encoding, write, instead, integer(facts, "BitsAllocated") or 0)


def _meta(facts: Facts) -> bytes:
    """Return what comes before the data set: ours, for it is we who write the file (PS3.10 7.1)."""
    return file_meta(
        sop_class_uid=text(facts, "SOPClassUID"),
        instance_uid=text(facts, "SOPInstanceUID"),
        transfer_syntax_uid=uids.EXPLICIT_LITTLE,
    )


def _uncompressed(source: PixelSource) -> Uncompressed:
    """Decode the first frame, which tells what they all are. Raises Unshown."""
    if source.layout.bits_allocated == 1:
        raise Unshown(CANNOT_READ)  # bits that straddle bytes from frame to frame
    findings = codecs.Findings(source.layout.photometric)
    whole = source._replace(layout=source.layout._replace(bits_stored=source.layout.bits_allocated))
    beside = has_embedded(source) or source.layout.lowest_bit > 0
    found = decoded(whole if beside else source, findings)
    first, photometric = next(found, (None, ""))
    if first is None:
        raise Unshown(CUT_SHORT)
    if first.nbytes * source.layout.frames > LARGEST:
        raise TooLarge(TOO_LARGE)
    frames = _alike(chain([(first, photometric)], found), source.layout.frames)
    return Uncompressed(frames, first, photometric, findings.lossy)


def _alike(found: Iterator[tuple[Pixels, str]], announced: int) -> Iterator[Pixels]:
    """Yield every frame in the first one's type. Raises Unshown for one that differs, or is missing."""
    count, kind = 0, ("", "")
    for pixels, photometric in found:
        own = (pixels.dtype.str, photometric)
        kind = kind if count else own
        if own != kind:
            raise Unshown(CONTRADICTS)
        count += 1
        yield pixels
    if count != announced:
        raise Unshown(CUT_SHORT)


def _instead(pixels: Uncompressed, facts: Facts) -> dict[int, bytes]:
    """Return the elements that describe the pixels as they are written (PS3.3 C.7.6.3, C.7.6.1.1.5)."""
    said: dict[str, Any] = {"PhotometricInterpretation": pixels.photometric}
    allocated = 8 * pixels.first.dtype.itemsize
    if allocated != integer(facts, "BitsAllocated"):
        said["BitsAllocated"] = allocated
    if pixels.first.ndim == 3:
        said["PlanarConfiguration"] = 0
    if pixels.lossy and text(facts, "LossyImageCompression") != "01":
        said["LossyImageCompression"] = "01"
    written = {}
    for keyword, value in said.items():
        tag, vr = tag_and_vr(keyword)
        written[tag] = element(tag, vr, values(vr, [value]))
    return written | {int(tag_of(keyword), 16): b"" for keyword in OFFSETS}


def _write_pixels(pixels: Uncompressed, source: PixelSource, write: Write) -> None:
    length = pixels.first.nbytes * source.layout.frames
    vr = b"OB" if pixels.first.dtype.itemsize == 1 else b"OW"
    write(head(PIXEL_DATA, vr, length + length % 2))
    for frame in pixels.frames:
        write(np.ascontiguousarray(frame.astype(frame.dtype.newbyteorder("<"), copy=False)).tobytes())
    write(b"\0" * (length % 2))
