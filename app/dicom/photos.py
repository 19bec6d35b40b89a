"""From a JPEG or PNG that a stranger gave to a picture that may be shown: decoded whole, and written anew.

Runs in the sandbox's pixel child. What is shown holds the picture's colours and nothing else of the file:
no place where it was taken, no text, nothing behind its end. The original stays as it was received.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps

from app.dicom import preview
from app.dicom.unshown import Unshown

FORMATS = ("JPEG", "PNG")
MAX_PIXELS = 100_000_000
LONGEST_SIDE = 2560
"""Of the display copy, in pixels: a page of A4 stays readable."""
QUALITY = 88
TOO_LARGE = f"it has more than {MAX_PIXELS // 1_000_000} million pixels"
UNREADABLE = "it is damaged, or not what it begins like"

Emit = Callable[[int | None, bytes], None]


def load_all() -> None:
    """Load what Pillow would load with its first JPEG and PNG."""
    Image.init()
    for name in FORMATS:
        Image.new("RGB", (8, 8)).save(out := BytesIO(), name)
        make_photo(out, lambda index, data: None)


def make_photo(file: BinaryIO, emit: Emit) -> dict[str, Any]:
    """Write the display copy as blob 0 (JPEG) and ``emit(None, webp)`` the preview.

    Returns the original's ``{"width", "height"}`` in pixels as it is looked at, or ``{"reason": …}``, words
    that follow *This is a picture, but*.
    """
    try:
        shown = _opened(file)
    except Unshown as why:
        return {"reason": str(why)}
    size = {"width": shown.width, "height": shown.height}
    emit(None, preview.make(np.asarray(shown), 1.0).data)
    shown.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=3.0)
    out = BytesIO()
    shown.save(out, "JPEG", quality=QUALITY, optimize=True)
    emit(0, out.getvalue())
    return size


def make_native(file: BinaryIO, emit: Emit) -> dict[str, Any]:
    """Write a picture's pixels, upright, as blob 0: 8 bits a sample, by row, RGB by pixel.

    Returns ``{"rows", "columns", "samples"}``, or ``{"reason": …}`` as ``make_photo`` does.
    """
    try:
        shown = _opened(file)
    except Unshown as why:
        return {"reason": str(why)}
    emit(0, shown.tobytes())
    return {"rows": shown.height, "columns": shown.width, "samples": len(shown.getbands())}


def _opened(file: BinaryIO) -> Image.Image:
    """Return a picture as it is shown, and nothing else of its file. Raises Unshown."""
    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as image:
            too_large = image.width * image.height > MAX_PIXELS
            shown = image if too_large else _shown(image)
    except Image.DecompressionBombError:
        raise Unshown(TOO_LARGE) from None
    except Exception:  # whatever a stranger's bytes provoke in a decoder: the picture is not shown
        raise Unshown(UNREADABLE) from None
    if too_large:
        raise Unshown(TOO_LARGE)
    shown.info.clear()  # Pillow would write a comment from there
    return shown


def _shown(image: Image.Image) -> Image.Image:
    """Return the picture upright, in grey or RGB, on white where it is transparent."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        return Image.fromarray((np.asarray(upright) >> 8).clip(0, 255).astype("uint8"))
    if "A" in upright.mode or "transparency" in upright.info:
        ground = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(ground, upright.convert("RGBA")).convert("RGB")
    return upright.convert("L" if upright.mode in ("1", "L") else "RGB")
