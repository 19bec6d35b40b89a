"""Where an instance's pixels lie, and how they are described.

The description comes from the facts that ingest keeps; the bytes are looked up again in the original,
which is never loaded as a whole.
"""

from io import SEEK_END, BytesIO
from typing import BinaryIO, NamedTuple, cast

from app.dicom import codecs, uids
from app.dicom.codestream import inspect
from app.dicom.dicomjson import Facts, integer, text
from app.dicom.elements import Pixels
from app.dicom.encoding import Encoding, Malformed
from app.dicom.source import CHUNK, CutShort, FileSource, InflatingSource, TooMuch, Window
from app.dicom.syntax import Opened, open_dataset
from app.dicom.tables import TableReader
from app.dicom.unshown import (
    CANNOT_READ,
    CONTRADICTS,
    DAMAGED,
    TOO_MANY_FRAMES,
    TOO_MANY_VALUES,
    UNPACKS_TO_MORE,
    Unshown,
    no_picture,
)

HEAD = 64 * 1024
MAX_SAMPLES = 100_000_000
"""Samples of one frame: rows × columns × samples per pixel."""
MAX_ALL_SAMPLES = 4_000_000_000
MAX_FRAMES = 50_000
CELLS = (1, 8, 16, 32, 64)
"""Bits Allocated that can be read; others were packed across bytes (PS3.5 8.1.1, until 2014)."""

KEYWORDS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}


class Layout(NamedTuple):
    """The Image Pixel module (PS3.3 C.7.6.3), made complete where older objects left out what is implied."""

    rows: int
    columns: int
    samples: int
    frames: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    signed: bool
    planar: int
    lowest_bit: int = 0
    """The first bit of a cell that is the value's: above others in old objects (High Bit, PS3.5 8.1.1)."""


class PixelSource(NamedTuple):
    """``stream`` holds ``length`` bytes of pixel data from ``position`` on (None: encapsulated).

    ``measured``: rows or columns come from the pixel data, since the header does not tell them.
    """

    stream: BinaryIO
    position: int
    length: int | None
    keyword: str
    vr: str
    transfer_syntax_uid: str
    layout: Layout
    tables: dict[str, bytes]
    luts: Facts
    measured: bool = False


class _Clamped:
    """A file that never sets aside more memory than it has bytes, whatever length a fragment claims."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self.seek, self.tell = file.seek, file.tell

    def read(self, count: int) -> bytes:
        """Return up to ``count`` bytes."""
        return self._file.read(max(0, min(count, self._size - self.tell())))


def open_pixels(file: BinaryIO, facts: Facts) -> PixelSource:
    """Find the pixels of an instance. Raises Unshown when there are none, or more than the limits allow."""
    opened, stream = _open(file)
    start = opened.position if stream is file else 0
    size = stream.seek(0, SEEK_END)
    reader = TableReader(Window(FileSource(stream, size, start), start), opened.encoding)
    try:
        reader.read()
    except (Malformed, TooMuch):
        raise Unshown(DAMAGED) from None
    if reader.pixels is None:
        raise Unshown(DAMAGED if reader.cut_short else no_picture(text(facts, "SOPClassUID")))
    pixels = reader.pixels
    said = _layout(facts)
    layout = said if said.rows and said.columns else _measured(said, pixels, stream)
    _judge(layout)
    length = None if pixels.length is None else max(0, min(pixels.length, size - pixels.position))
    return PixelSource(
        cast(BinaryIO, _Clamped(stream, size)),
        pixels.position,
        length,
        KEYWORDS[pixels.tag],
        _vr_at(stream, pixels.position, opened.encoding),
        _transfer_syntax(opened, pixels, stream),
        layout,
        reader.tables,
        reader.facts,
        measured=layout != said,
    )


def _open(file: BinaryIO) -> tuple[Opened, BinaryIO]:
    """Return the opened data set, and the stream that holds it: the file, or the inflated bytes."""
    size = file.seek(0, SEEK_END)
    file.seek(0)
    opened = open_dataset(file, size, file.read(HEAD))
    if opened is None:
        raise Unshown(DAMAGED)
    if not isinstance(opened.source, InflatingSource):
        return opened, file
    inflated, source = BytesIO(), opened.source
    try:
        while data := source.read(CHUNK):
            inflated.write(data)
    except TooMuch:
        raise Unshown(UNPACKS_TO_MORE) from None
    except CutShort:
        raise Unshown(DAMAGED) from None
    return opened, inflated


def _vr_at(stream: BinaryIO, position: int, encoding: Encoding) -> str:
    if not encoding.explicit:
        return "OW"
    stream.seek(position - 8)
    return stream.read(2).decode("latin-1")


def _layout(facts: Facts) -> Layout:
    """Return what the header tells, 0 for rows or columns that it does not.

    Raises Unshown when anything else is missing that every image must say.
    """
    samples = integer(facts, "SamplesPerPixel") or 1
    allocated = integer(facts, "BitsAllocated")
    photometric = text(facts, "PhotometricInterpretation") or ("MONOCHROME2" if samples == 1 else "")
    if not allocated or not photometric:
        raise Unshown(CONTRADICTS)
    stored = integer(facts, "BitsStored") or allocated
    return Layout(
        rows=max(0, integer(facts, "Rows") or 0),
        columns=max(0, integer(facts, "Columns") or 0),
        samples=samples,
        frames=max(1, integer(facts, "NumberOfFrames") or 1),
        photometric=photometric,
        bits_allocated=allocated,
        bits_stored=stored,
        signed=integer(facts, "PixelRepresentation") == 1,
        planar=integer(facts, "PlanarConfiguration") or 0,
        lowest_bit=_lowest_bit(integer(facts, "HighBit"), stored, allocated) if samples == 1 else 0,
    )


def _lowest_bit(high_bit: int | None, stored: int, allocated: int) -> int:
    """Return where values begin in their cells; 0 unless High Bit makes sense and says otherwise."""
    lowest = 0 if high_bit is None else high_bit + 1 - stored
    return lowest if 0 < lowest <= allocated - stored else 0


def _measured(layout: Layout, pixels: Pixels, stream: BinaryIO) -> Layout:
    """Return a layout whose missing sides are told by the pixel data. Raises Unshown where they are not.

    A compressed frame tells its own size; of one uncompressed frame one side follows from the other.
    """
    if pixels.length is None:
        try:
            frame = inspect(_first_fragment(stream, pixels.position))
        except Unshown:
            raise Unshown(CONTRADICTS) from None
        return layout._replace(rows=layout.rows or frame.rows, columns=layout.columns or frame.columns)
    line = (layout.rows or layout.columns) * layout.samples * layout.bits_allocated
    other, rest = divmod(pixels.length * 8, line) if line else (0, 0)
    if not other or rest or layout.frames > 1 or layout.photometric == "YBR_FULL_422":
        raise Unshown(CONTRADICTS)
    return layout._replace(rows=layout.rows or other, columns=layout.columns or other)


def _judge(layout: Layout) -> None:
    if layout.bits_allocated not in CELLS:
        raise Unshown(CANNOT_READ)
    samples = layout.rows * layout.columns * layout.samples
    if samples > MAX_SAMPLES:
        millions = f"{samples / 1e6:,.0f}"
        raise Unshown(TOO_MANY_VALUES.format(millions=millions))
    if samples * layout.frames > MAX_ALL_SAMPLES or layout.frames > MAX_FRAMES:
        raise Unshown(TOO_MANY_FRAMES.format(pictures=f"{layout.frames:,}"))


def _transfer_syntax(opened: Opened, pixels: Pixels, stream: BinaryIO) -> str:
    """Return the syntax to decode by: what the file claims, unless its own bytes say otherwise."""
    claims = opened.claims
    if pixels.length is None:
        return claims if claims and claims not in codecs.NATIVE else _sniffed(stream, pixels.position)
    if opened.encoding.little and claims != uids.GE_BIG_PIXELS:
        return uids.EXPLICIT_LITTLE
    return uids.EXPLICIT_BIG


def _sniffed(stream: BinaryIO, position: int) -> str:
    """Return a syntax for encapsulated frames of an untold one, by the first fragment (PS3.5 A.4)."""
    head = _first_fragment(stream, position)
    if head[4:8] == b"\x40\0\0\0" and 1 <= head[0] <= 15:
        return codecs.RLE
    found = inspect(head)
    if found.kind not in codecs.BY_KIND:
        raise Unshown(CANNOT_READ)
    return codecs.BY_KIND[found.kind]


def _first_fragment(stream: BinaryIO, position: int) -> bytes:
    """Return the beginning of the fragment that follows the table of offsets (PS3.5 A.4)."""
    stream.seek(position + 4)
    stream.seek(position + 16 + int.from_bytes(stream.read(4), "little"))
    return stream.read(HEAD)
