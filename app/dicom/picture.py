"""A display frame as a file that every program shows: JPEG or PNG, with or without words below it.

Runs in the sandbox's picture child. Words stand in a band below the picture: they hide nothing of it.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.dicom.htj2k import Encoded, decode
from app.dicom.preview import resized
from app.dicom.screen import drawn, kind_of, look_of
from app.dicom.window import Window

JPEG, PNG = "jpeg", "png"
QUALITY, SMALL_QUALITY = 92, 82
FULL_COLOUR = 0
"""Pillow's name for colour at full resolution (4:4:4)."""
BAND, WORDS = (11, 14, 19), (255, 255, 255)
SMALLEST_TEXT, TEXT_SHARE = 12, 34
"""Pixels; and the part of the picture's width that is a letter's height."""


class Order(NamedTuple):
    """What to make of one frame.

    ``display`` is the instance's, ``frame`` the entry of this frame in it; ``aspect`` a pixel's height over
    its width; ``longest`` the most pixels of a side, None for all there are; ``words`` lines for the band.
    """

    display: dict[str, Any]
    frame: dict[str, Any]
    aspect: float
    form: str
    window: Window | None = None
    inverted: bool = False
    longest: int | None = None
    words: tuple[str, ...] = ()

    def dump(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return self._asdict() | {"window": self.window._asdict() if self.window else None}

    @classmethod
    def load(cls, told: dict[str, Any]) -> "Order":
        """Return what ``dump`` wrote."""
        window = Window(**told["window"]) if told["window"] else None
        return cls(**(told | {"window": window, "words": tuple(told["words"])}))


class Painted(NamedTuple):
    """A picture's file, its size in pixels, and whether it has colours."""

    data: bytes
    width: int
    height: int
    colour: bool


def make_picture(file: BinaryIO, order: Order) -> Painted:
    """Return the picture of the display frame in ``file``. Raises ValueError when it is not that frame."""
    encoded = Encoded(file.read(), order.frame["encoding"], bool(order.frame.get("gzip")))
    pixels = decode(encoded, *kind_of(order.display))
    look = look_of(order.display, order.frame, order.window)
    shown = drawn(pixels, look._replace(inverted=look.inverted ^ order.inverted))
    image = resized(Image.fromarray(np.ascontiguousarray(shown)), order.aspect, order.longest)
    whole = _with_band(image, order.words) if order.words else image
    return Painted(_written(whole, order), whole.width, whole.height, whole.mode == "RGB")


def _with_band(image: Image.Image, words: tuple[str, ...]) -> Image.Image:
    """Add a band with ``words`` below."""
    width = max(image.width, 20 * SMALLEST_TEXT)
    size = max(SMALLEST_TEXT, width // TEXT_SHARE)
    font, step, edge = _font(size), round(size * 1.4), size // 2
    lines = [line for text in words for line in _wrapped(text, font, width - 2 * edge)]
    whole = Image.new("RGB", (width, image.height + step * len(lines) + 2 * edge), BAND)
    whole.paste(image, ((width - image.width) // 2, 0))
    draw = ImageDraw.Draw(whole)
    for number, line in enumerate(lines):
        draw.text((edge, image.height + edge + number * step), line, WORDS, font)
    return whole


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [line for line in lines if line]


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(font_file()), size)


@cache
def font_file() -> bytes:
    """Return Noto Sans: Latin, Greek and Cyrillic letters."""
    return files("fontpkg_noto_sans").joinpath("files", "NotoSans[wdth,wght].ttf").read_bytes()


def _written(image: Image.Image, order: Order) -> bytes:
    out = BytesIO()
    if order.form == PNG:
        image.save(out, "PNG", compress_level=4)
    else:
        quality = SMALL_QUALITY if order.longest else QUALITY
        image.save(out, "JPEG", quality=quality, subsampling=FULL_COLOUR)
    return out.getvalue()
