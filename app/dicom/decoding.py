"""Decoding: every frame of an instance as the values that a browser draws, one by one."""

from collections.abc import Iterator
from io import SEEK_END
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.dicom import codecs, uids
from app.dicom.bitmaps import bitmaps
from app.dicom.colour import Palette, to_8_bits
from app.dicom.dicomjson import Facts
from app.dicom.fragments import places_of_frames
from app.dicom.pixelsource import Layout, PixelSource
from app.dicom.unshown import CANNOT_READ, CONTRADICTS, CUT_SHORT, Unshown

GREYS = ("MONOCHROME1", "MONOCHROME2")
WIDE_COLOUR = ("YBR_FULL", "YBR_FULL_422")
RETIRED_COLOUR = ("YBR_PARTIAL_422", "YBR_PARTIAL_420")
"""Known to compressed pictures only: PS3.3 C.7.6.3.1.2 has dropped them."""

RLE_SLACK = 1 << 20
"""Bytes beside the runs: segment headers, padding, what follows the pixel data."""

Pixels = NDArray[Any]


class Frame(NamedTuple):
    """Display pixels of one frame, little endian, and what they are: MONOCHROME1, MONOCHROME2 or RGB."""

    pixels: Pixels
    photometric: str


def frames(source: PixelSource, facts: Facts, findings: codecs.Findings) -> Iterator[Frame]:
    """Yield the display pixels of every frame in order; fewer than announced when the data ends early.

    Raises Unshown when not even the first can be decoded, or one of them later on.
    """
    colours = _palette(source, facts)
    if source.layout.lowest_bit and source.transfer_syntax_uid in (*codecs.NATIVE, codecs.RLE):
        for cells in whole_cells(source):
            yield _frame(_lowered(cells, source.layout), source.layout.photometric, source, colours)
        return
    try:
        for pixels, properties in islice(_decoded(source, findings), source.layout.frames):
            yield _frame(pixels, str(properties["photometric_interpretation"]), source, colours)
    except (Unshown, MemoryError):
        raise
    except Exception as why:  # pydicom and its codecs raise whatever a stranger's bytes make them
        raise Unshown(findings.reason) from why


def _decoded(
    source: PixelSource, findings: codecs.Findings, *, raw: bool = False
) -> Iterator[tuple[Pixels, dict[str, Any]]]:
    layout = source.layout
    if layout.samples == 3 and layout.bits_allocated > 8 and layout.photometric in WIDE_COLOUR:
        raise Unshown(CANNOT_READ)
    if layout.photometric in RETIRED_COLOUR and source.length is not None:
        raise Unshown(CANNOT_READ)
    decoder = codecs.decoder_of(source.transfer_syntax_uid)
    if source.transfer_syntax_uid == codecs.RLE:
        _check_runs(source)
    options = _options(source, findings)
    source.stream.seek(source.position)
    if layout.bits_allocated == 1 and source.length is not None:
        return bitmaps(source, options["number_of_frames"])
    return decoder.iter_array(source.stream, raw=raw, **options)


def decoded(source: PixelSource, findings: codecs.Findings) -> Iterator[tuple[Pixels, str]]:
    """Yield the stored values of every frame of encapsulated pixel data, with Photometric Interpretation.

    They are by row, colour by pixel, in the header's cells or wider ones; nothing is done to them that the
    codec does not do: colours stay what they were stored as, unless the codec turns them.
    Raises Unshown as ``frames`` does.
    """
    try:
        for pixels, properties in islice(_decoded(source, findings, raw=True), source.layout.frames):
            yield pixels, str(properties["photometric_interpretation"])
    except (Unshown, MemoryError):
        raise
    except Exception as why:  # as above
        raise Unshown(findings.reason) from why


def whole_cells(source: PixelSource) -> Iterator[NDArray[np.unsignedinteger[Any]]]:
    """Yield frames of greys with all bits of their pixel cells, those too that the picture does not use.

    Raises Unshown as ``frames`` does.
    """
    layout = source.layout
    cells = layout._replace(bits_stored=layout.bits_allocated, signed=False, photometric=GREYS[1])
    findings = codecs.Findings(GREYS[1])
    try:
        for pixels, _ in islice(_decoded(source._replace(layout=cells), findings), cells.frames):
            yield pixels
    except (Unshown, MemoryError):
        raise
    except Exception as why:  # as above
        raise Unshown(findings.reason) from why


def _lowered(cells: NDArray[np.unsignedinteger[Any]], layout: Layout) -> Pixels:
    """Return the values that lie above the lowest bits of their cells, with their sign."""
    above = layout.bits_allocated - layout.lowest_bit - layout.bits_stored
    kind = "i" if layout.signed else "u"
    upmost = (cells << above).view(f"{kind}{cells.dtype.itemsize}")
    lowered: Pixels = upmost >> (layout.bits_allocated - layout.bits_stored)
    return lowered


def _check_runs(source: PixelSource) -> None:
    """Raise Unshown for run lengths that hold far more than the picture: they would unpack to anything."""
    layout = source.layout
    pixels = layout.rows * layout.columns * layout.samples * layout.bits_allocated // 8 * layout.frames
    if source.stream.seek(0, SEEK_END) - source.position > 2 * pixels + RLE_SLACK:
        raise Unshown(CONTRADICTS)


def _options(source: PixelSource, findings: codecs.Findings) -> dict[str, Any]:
    layout = source.layout
    options: dict[str, Any] = {
        "rows": layout.rows,
        "columns": layout.columns,
        "samples_per_pixel": layout.samples,
        "number_of_frames": layout.frames,
        "photometric_interpretation": layout.photometric,
        "bits_allocated": layout.bits_allocated,
        "bits_stored": layout.bits_stored,
        "pixel_representation": int(layout.signed),
        "planar_configuration": layout.planar,
        "pixel_keyword": source.keyword,
        "pixel_vr": source.vr,
        "findings": findings,
    }
    if source.length is not None:
        return options | _present(source)
    extended = source.tables.get("ExtendedOffsetTable", b"")
    places = places_of_frames(source.stream, source.position, layout.frames, extended)
    return options | ({"extended_offsets": places} if places else {})


def _present(source: PixelSource) -> dict[str, Any]:
    """Return how many uncompressed frames are really there. Raises Unshown when not even one is.

    YBR_FULL_422 as large as full colour is full colour: a common slip.
    """
    layout, length = source.layout, source.length or 0
    bits = layout.rows * layout.columns * layout.samples * layout.bits_allocated
    if layout.photometric != "YBR_FULL_422":
        halved = {}
    elif length * 8 >= bits * layout.frames:
        halved = {"photometric_interpretation": "YBR_FULL"}
    else:
        halved, bits = {}, bits // 3 * 2
    present = length * 8 // bits
    if not present:
        raise Unshown(CUT_SHORT)
    return {"number_of_frames": min(present, layout.frames), **halved}


def _palette(source: PixelSource, facts: Facts) -> Palette | None:
    if source.layout.photometric != "PALETTE COLOR":
        return None
    little = source.transfer_syntax_uid != uids.EXPLICIT_BIG
    return Palette(facts, source.tables, signed=source.layout.signed, little=little)


def _frame(pixels: Pixels, photometric: str, source: PixelSource, colours: Palette | None) -> Frame:
    if colours is not None:
        return Frame(colours(pixels), "RGB")
    if photometric in GREYS and pixels.ndim == 2:
        return Frame(_grey(pixels), photometric)
    if photometric == "RGB" and pixels.ndim == 3:
        bits = min(source.layout.bits_stored, 8 * pixels.dtype.itemsize)
        return Frame(np.ascontiguousarray(to_8_bits(pixels, bits)), "RGB")
    raise Unshown(CONTRADICTS if photometric in (*GREYS, "RGB") else CANNOT_READ)


def _grey(pixels: Pixels) -> Pixels:
    """Return the very values in a type that browsers have: 64 bits only where 32 hold them."""
    native = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    if native.dtype.itemsize <= 4:
        return native
    narrow = native.astype(np.dtype(f"{native.dtype.kind}4"))
    if native.dtype.kind != "f" and not np.array_equal(narrow, native):
        raise Unshown(CANNOT_READ)
    return narrow
