"""From an original to what the viewer loads: display frames proven equal to their source, and a preview.

Runs in the sandbox's pixel child. Frames are decoded, written and forgotten one by one, so memory follows the
size of a frame, not of the file. ``Instance.display`` is what is made here:

``rows, columns, bits, signed, samples, photometric``  one type for all frames; ``float`` where it is a float
``frames``  for each ``encoding`` (htj2k or raw), stored ``size`` in bytes, ``gzip``; and ``rescale`` and
    ``windows`` of its own where they differ from the instance's
``rescale, windows``  of the middle frame; the first window is the one to open with (none for colour)
``voi_lut``  greys for the values from ``first`` on; ``window`` is the index of the window that it refines
``padding``  stored ``value``, or range to ``limit``, that is no picture
``modality_lut``  where values come from a table that is no straight line: it takes the place of ``rescale``
``unit``  of modality values, where the object says it
``overlays``  drawings over the picture; each lies in a blob after the frames', as ``overlays.Overlay`` says
``lossy, preview, cover, note, version``  ``cover``: there is a JPEG, too; ``note`` tells people of frames and
    overlays that are missing, and of a size that the header does not tell
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from app.dicom import codecs, htj2k
from app.dicom.decoding import Frame, Pixels, frames
from app.dicom.dicomjson import Facts, tag_of, text
from app.dicom.documents import is_document, make_document
from app.dicom.overlays import Unreadable, overlays
from app.dicom.pixelsource import PixelSource, open_pixels
from app.dicom.rendering import Rendering
from app.dicom.unshown import (
    CONTRADICTS,
    CUT_SHORT,
    FEWER,
    MEASURED,
    NO_OVERLAY,
    TOO_MUCH_MEMORY,
    Unshown,
    no_picture,
)
from app.dicom.window import rescale_of, windows_of

VERSION = 3
"""Counted up when display frames come out differently: what was made before is not taken over then."""

COVER = -2
"""Stands for a frame index; the wire keeps -1 for the preview."""

Emit = Callable[[int | None, bytes], None]


def make_display(file: BinaryIO, facts: Facts, emit: Emit, *, cover: bool = False) -> dict[str, Any]:
    """Write the display frames of an instance and its preview; return ``Instance.display``.

    ``emit(frame_index, bytes)`` takes each frame in order, ``emit(None, webp)`` the preview, and
    ``emit(COVER, jpeg)`` the same for pages that any browser reads, if ``cover`` is asked for. When the
    instance cannot be shown, the result is ``{"reason": sentence}``; throw away what was emitted then, unless
    there is a ``document`` beside the reason: then blob 0 is what can be read of it, see ``documents``.
    """
    try:
        with quiet():
            if is_document(facts) and (document := make_document(file, facts, emit)):
                return {"reason": no_picture(text(facts, "SOPClassUID")), "document": document}
            return _display(open_pixels(file, facts), facts, emit, cover)
    except Unshown as reason:
        return {"reason": str(reason)}
    except MemoryError:
        return {"reason": TOO_MUCH_MEMORY}


def _display(source: PixelSource, facts: Facts, emit: Emit, cover: bool) -> dict[str, Any]:
    announced = source.layout.frames
    findings = codecs.Findings(source.layout.photometric)
    written = _write(_readable(frames(source, facts, findings)), emit, announced // 2)
    kept, chosen = written.chosen, written.chosen_index
    rendering = Rendering.of(facts, source.luts, kept.pixels, kept.photometric, chosen)
    preview = rendering.preview()
    emit(None, preview.data)
    if cover:
        emit(COVER, rendering.cover())
    present = len(written.entries)
    over, unread = _write_overlays(source, emit, present)
    notes = _notes(source, present) + [NO_OVERLAY] * unread
    return {
        "version": VERSION,
        **_shape(written.first),
        "frames": [entry | _own(facts, index, chosen) for index, entry in enumerate(written.entries)],
        **rendering.to_json(),
        "lossy": findings.lossy or text(facts, "LossyImageCompression") == "01",
        "preview": {"width": preview.width, "height": preview.height},
        **({"cover": True} if cover else {}),
        **({"overlays": over} if over else {}),
        **({"note": " ".join(notes)} if notes else {}),
    }


def _notes(source: PixelSource, present: int) -> list[str]:
    announced = source.layout.frames
    fewer = [FEWER.format(shown=present, pictures=announced)] if present < announced else []
    return fewer + [MEASURED] * source.measured


def _write_overlays(source: PixelSource, emit: Emit, blob: int) -> tuple[list[dict[str, Any]], bool]:
    """Write overlays into blobs from number ``blob`` on; tell also whether one could not be read."""
    entries: list[dict[str, Any]] = []
    unread = False
    for one in overlays(source):
        if isinstance(one, Unreadable):
            unread = True
            continue
        if not one.pixels.any():
            continue
        encoded = htj2k.encode(one.pixels)
        emit(blob + len(entries), encoded.data)
        rows, columns = one.pixels.shape
        place = {
            "rows": rows,
            "columns": columns,
            "x": one.x,
            "y": one.y,
            "frame": one.frame,
            "label": one.label,
        }
        entries.append({**_stored(encoded), **place})
    return entries, unread


def _stored(encoded: htj2k.Encoded) -> dict[str, Any]:
    return {"encoding": encoded.encoding, "size": len(encoded.data), "gzip": encoded.gzip}


class _Written(NamedTuple):
    """What was written, and the frame that stands for the instance: its middle one, or the last there is."""

    first: Frame
    chosen: Frame
    chosen_index: int
    entries: list[dict[str, Any]]


def _write(found: Iterator[Frame], emit: Emit, middle: int) -> _Written:
    first = chosen = next(found)
    entries: list[dict[str, Any]] = []
    for index, frame in enumerate(chain([first], found)):
        encoded = htj2k.encode(_alike(frame, first))
        emit(index, encoded.data)
        entries.append(_stored(encoded))
        chosen = frame if index <= middle else chosen
    return _Written(first, chosen, min(middle, len(entries) - 1), entries)


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


def _own(facts: Facts, frame_index: int, chosen_index: int) -> dict[str, Any]:
    """Return a frame's rescale and windows where they differ from those of the frame that was chosen."""
    own: dict[str, Any] = {}
    if tag_of("PerFrameFunctionalGroupsSequence") not in facts:
        return own
    rescale, windows = rescale_of(facts, frame_index), windows_of(facts, frame_index)
    if rescale != rescale_of(facts, chosen_index):
        own["rescale"] = rescale._asdict()
    if windows and windows != windows_of(facts, chosen_index):
        own["windows"] = [window._asdict() for window in windows]
    return own


@contextmanager
def quiet() -> Iterator[None]:
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
