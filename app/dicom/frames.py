"""From an original to what the viewer loads: display frames proven equal to their source, and a preview.

Runs in the sandbox's pixel child. Frames are decoded, written and forgotten one by one, so memory follows the
size of a frame, not of the file.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.dicom import codecs, htj2k
from app.dicom.bitmaps import bitmaps
from app.dicom.colour import Palette, to_8_bits
from app.dicom.dicomjson import Facts, text
from app.dicom.pixelsource import PixelSource, open_pixels
from app.dicom.rendering import Rendering
from app.dicom.unshown import CANNOT_READ, CONTRADICTS, CUT_SHORT, TOO_LARGE, Unshown
from app.dicom.window import rescale_of, windows_of

VERSION = 1
GREYS = ("MONOCHROME1", "MONOCHROME2")
WIDE_COLOUR = ("YBR_FULL", "YBR_FULL_422")
FEWER = "Only {} of its {} pictures could be read; the original can be downloaded."

Pixels = NDArray[Any]
Emit = Callable[[int | None, bytes], None]


class Frame(NamedTuple):
    """Display pixels of one frame, little endian, and what they are: MONOCHROME1, MONOCHROME2 or RGB."""

    pixels: Pixels
    photometric: str


def make_display(file: BinaryIO, facts: Facts, emit: Emit) -> dict[str, Any]:
    """Write the display frames of an instance and its preview; return ``Instance.display``.

    ``emit(frame_index, bytes)`` takes each frame in order, ``emit(None, webp)`` the preview. When the
    instance cannot be shown, the result is ``{"reason": sentence}``; throw away what was emitted then.
    """
    try:
        with _quiet():
            return _display(open_pixels(file, facts), facts, emit)
    except Unshown as reason:
        return {"reason": str(reason)}
    except MemoryError:
        return {"reason": TOO_LARGE.format("it needs more memory than is allowed")}


def _display(source: PixelSource, facts: Facts, emit: Emit) -> dict[str, Any]:
    layout = source.layout
    middle, kept, entries = layout.frames // 2, None, []
    findings = codecs.Findings(layout.photometric)
    first: Frame | None = None
    for index, frame in enumerate(_readable(frames(source, facts, findings))):
        first = first or frame
        encoded = htj2k.encode(_alike(frame, first))
        emit(index, encoded.data)
        entries.append(
            {"encoding": encoded.encoding, "size": len(encoded.data), "gzip": encoded.gzip}
            | _values_of_its_own(facts, index)
        )
        if index <= middle:
            kept = frame
    assert first is not None
    assert kept is not None
    rendering = Rendering.of(facts, source.luts, kept.pixels, kept.photometric, min(middle, len(entries) - 1))
    preview = rendering.preview()
    emit(None, preview.data)
    return {
        "version": VERSION,
        **_shape(first),
        "frames": entries,
        **rendering.to_json(),
        "lossy": findings.lossy or text(facts, "LossyImageCompression") == "01",
        "preview": {"width": preview.width, "height": preview.height},
        **({"note": FEWER.format(len(entries), layout.frames)} if len(entries) < layout.frames else {}),
    }


def frames(source: PixelSource, facts: Facts, findings: codecs.Findings) -> Iterator[Frame]:
    """Yield the display pixels of every frame in order; fewer than announced when the data ends early.

    Raises Unshown when not even the first can be decoded, or one of them later on.
    """
    colours = _palette(source, facts)
    try:
        for pixels, properties in islice(_decoded(source, findings), source.layout.frames):
            yield _frame(pixels, str(properties["photometric_interpretation"]), source, colours)
    except (Unshown, MemoryError):
        raise
    except Exception as why:  # pydicom and its codecs raise whatever a stranger's bytes make them
        raise Unshown(findings.reason) from why


def _readable(found: Iterator[Frame]) -> Iterator[Frame]:
    """Yield frames up to the first unreadable one. Raises Unshown when that is the very first."""
    count = 0
    try:
        for frame in found:
            yield frame
            count += 1
    except Unshown:
        if not count:
            raise
    if not count:
        raise Unshown(CUT_SHORT)


def _decoded(source: PixelSource, findings: codecs.Findings) -> Iterator[tuple[Pixels, dict[str, Any]]]:
    layout = source.layout
    if layout.samples == 3 and layout.bits_allocated > 8 and layout.photometric in WIDE_COLOUR:
        raise Unshown(CANNOT_READ)
    decoder = codecs.decoder_of(source.transfer_syntax_uid)
    options = _options(source, findings)
    source.stream.seek(source.position)
    if layout.bits_allocated == 1 and source.length is not None:
        return bitmaps(source, options["number_of_frames"])
    return decoder.iter_array(source.stream, **options)


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
    offsets = tuple(source.tables.get(f"ExtendedOffsetTable{part}", b"") for part in ("", "Lengths"))
    return options | ({"extended_offsets": offsets} if all(offsets) else {})


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
    little = source.transfer_syntax_uid != codecs.BIG_ENDIAN
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


def _alike(frame: Frame, first: Frame) -> Pixels:
    """Return the frame's values in the first frame's type. Raises Unshown when that cannot hold them."""
    wanted = first.pixels.dtype
    if frame.photometric != first.photometric:
        raise Unshown(CONTRADICTS)
    same = frame.pixels.astype(wanted, copy=False)
    if frame.pixels.dtype != wanted and not np.array_equal(same, frame.pixels):
        raise Unshown(CONTRADICTS)
    return same


def _shape(frame: Frame) -> dict[str, Any]:
    kind = frame.pixels.dtype
    return {
        "rows": frame.pixels.shape[0],
        "columns": frame.pixels.shape[1],
        "bits": 8 * kind.itemsize,
        "signed": kind.kind != "u",
        "samples": 1 if frame.pixels.ndim == 2 else 3,
        "photometric": frame.photometric,
        **({"float": True} if kind.kind == "f" else {}),
    }


def _values_of_its_own(facts: Facts, frame_index: int) -> dict[str, Any]:
    """Return a frame's rescale and windows where they differ from the first frame's."""
    own: dict[str, Any] = {}
    if not frame_index or "52009230" not in facts:
        return own
    rescale, windows = rescale_of(facts, frame_index), windows_of(facts, frame_index)
    if rescale != rescale_of(facts):
        own["rescale"] = rescale._asdict()
    if windows != windows_of(facts):
        own["windows"] = [window._asdict() for window in windows]
    return own


@contextmanager
def _quiet() -> Iterator[None]:
    """pydicom logs and warns of what a stranger's file lacks; the verdict says it better."""
    logger = logging.getLogger("pydicom")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
