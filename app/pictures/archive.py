"""Pictures as a ZIP, made while it flows: a file a picture, and at the end a text that accounts for all.

Names are ours and count: nothing that a header says can reach a path.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from zipstream import ZipStream

from app.dicom.picture import PNG
from app.pictures.choice import Choice, Picture, Selection, Strip
from app.pictures.painter import Painter, order_of
from app.storage import ObjectStore

CHUNK = 1 << 16


class Made(NamedTuple):
    """How it went: pictures that are there, and the names of those that could not be made."""

    number: int
    failed: list[str]


def archive(
    store: ObjectStore,
    selection: Selection,
    choice: Choice,
    band: Callable[[Strip, Picture], tuple[str, ...]],
    readme: Callable[[Made], str],
) -> Iterator[bytes]:
    """Yield the ZIP. ``band`` gives the words below a picture, ``readme`` the text of README.TXT.

    A picture that cannot be made does not stop the others; the text names it.
    """
    made = 0
    failed: list[str] = []
    zipped = ZipStream()
    with Painter(store) as painter:
        for strip in selection.strips:
            for picture in strip.pictures:
                name = name_of(strip, picture, choice.form)
                order = order_of(strip, picture, choice, words=band(strip, picture))
                painted = painter.paint(picture, order)
                if painted is None:
                    failed.append(name)
                    continue
                made += 1
                zipped.add(_chunks(painted.data), name, size=len(painted.data))
                yield from zipped.all_files()
    zipped.add(readme(Made(made, failed)), "README.TXT")
    yield from zipped.finalize()


def folder_of(strip: Strip) -> str:
    """Return the folder of a series."""
    return f"examination-{strip.study_number}/series-{strip.series_number:02d}"


def name_of(strip: Strip, picture: Picture, form: str) -> str:
    """Return the name of a picture's file: its number is its place in the series."""
    extension = "png" if form == PNG else "jpg"
    return f"{folder_of(strip)}/picture-{picture.number:04d}.{extension}"


def _chunks(data: bytes) -> Iterator[bytes]:
    """Yield what a slow line takes within the time that a send may last."""
    for at in range(0, len(data), CHUNK):
        yield data[at : at + CHUNK]
