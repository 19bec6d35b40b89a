"""The WebP preview of an instance: what the visitor sees within the first second, before the viewer runs."""

from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.dicom.dicomjson import Facts, numbers
from app.dicom.window import group

LONGEST_SIDE = 512
ENOUGH = 4 * LONGEST_SIDE
QUALITY = 80
EFFORT = 1
"""WebP's method: 4 takes four times as long to save a quarter."""


class Preview(NamedTuple):
    """A WebP and its size in pixels."""

    data: bytes
    width: int
    height: int


def thinned(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return every n-th row and column of what is far larger than a preview needs."""
    step = max(1, max(pixels.shape[:2]) // ENOUGH)
    return pixels[::step, ::step]


def make(shown: NDArray[np.uint8], aspect: float) -> Preview:
    """Return a preview of greys (rows, columns) or RGB (rows, columns, 3).

    ``aspect`` is a pixel's height divided by its width.
    """
    image = _fitted(shown, aspect)
    out = BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=EFFORT)
    return Preview(out.getvalue(), *image.size)


def cover(shown: NDArray[np.uint8], aspect: float) -> bytes:
    """Return the same as a JPEG, for pages that any browser reads."""
    out = BytesIO()
    _fitted(shown, aspect).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _fitted(shown: NDArray[np.uint8], aspect: float) -> Image.Image:
    """Return it with square pixels, its longer side at most LONGEST_SIDE."""
    return resized(Image.fromarray(np.ascontiguousarray(shown)), aspect, LONGEST_SIDE)


def resized(image: Image.Image, aspect: float, longest: int | None) -> Image.Image:
    """Return it with square pixels; see ``size_within``."""
    size = size_within(image.height, image.width, aspect, longest)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def size_within(rows: int, columns: int, aspect: float, longest: int | None) -> tuple[int, int]:
    """Return width and height with square pixels, the longer at most ``longest``, None for any length."""
    height, width = rows * max(aspect, 1.0), columns / min(aspect, 1.0)
    scale = min(1.0, longest / max(height, width)) if longest else 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))


def aspect_of(facts: Facts, frame_index: int = 0) -> float:
    """Return a pixel's height divided by its width; 1 unless told (PS3.3 C.7.6.3.1.7, 10.7)."""
    measures = group(facts, frame_index, "PixelMeasuresSequence")
    for holder, keyword in (
        (measures, "PixelSpacing"),
        (facts, "ImagerPixelSpacing"),
        (facts, "NominalScannedPixelSpacing"),
        (facts, "PixelAspectRatio"),
    ):
        pair = numbers(holder, keyword)
        if len(pair) == 2 and min(pair) > 0:
            return pair[0] / pair[1] if 0.1 <= pair[0] / pair[1] <= 10 else 1.0
    return 1.0
