"""Files that hold a whole disc: which kind they are, and what is in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import BinaryIO, cast

from app.ingest import iso, unpack
from app.ingest.entries import Entry, Unreadable, refused

FOREIGN_NAMES = (".7z", ".rar", ".tar", ".gz", ".tgz", ".nrg", ".mdf", ".mds", ".cue", ".ccd", ".cdi", ".dmg")
FOREIGN = "This kind of archive or image is not opened here. Use a ZIP or an ISO image, or choose the folder."
ZIP_MARKS = (b"PK\3\4", b"PK\5\6")
DICOM_AT = 128


class Archive(StrEnum):
    """A kind of file that may hold a disc; the values are those of ``Disc.source``."""

    ZIP = "zip"
    ISO = "iso"
    FOREIGN = "foreign"


def kind_of(file: BinaryIO, name: str) -> Archive | None:
    """Return what kind of archive a file is, by its bytes and then by its name; None when it is none."""
    file.seek(0)
    head = file.read(DICOM_AT + 4)
    if head[DICOM_AT:] == b"DICM":
        return None
    if head.startswith(ZIP_MARKS):
        return Archive.ZIP
    if iso.is_image(file):
        return Archive.ISO
    ending = name.lower()[-4:]
    if ending in (".zip", ".iso"):
        return Archive(ending[1:])
    return Archive.FOREIGN if name.lower().endswith(FOREIGN_NAMES) else None


@contextmanager
def opened(kind: Archive, file: BinaryIO, size: int) -> Iterator[list[Entry]]:
    """Give what an archive of ``size`` bytes holds, as long as ``file`` is open.

    Raises Unreadable with a sentence for staff when nothing can come of it, TooLarge when it holds too much.
    """
    if kind == Archive.ZIP:
        with unpack.opened(file, size) as entries:
            yield entries
    elif kind == Archive.ISO:
        yield [_entry(file, found) for found in iso.files_of(file, size)]
    else:
        raise Unreadable(FOREIGN)


def _entry(image: BinaryIO, found: iso.Found) -> Entry:
    if found.offset is None:
        return refused(found.path, found.size, found.refusal or "")
    return Entry(found.path, found.size, partial(_open, image, found.offset, found.size), None, found.offset)


@contextmanager
def _open(image: BinaryIO, offset: int, size: int) -> Iterator[BinaryIO]:
    image.seek(offset)
    yield cast(BinaryIO, _Extent(image, size))


class _Extent:
    """The next ``size`` bytes of an image."""

    def __init__(self, image: BinaryIO, size: int) -> None:
        self._image, self._left = image, size

    def read(self, size: int = -1) -> bytes:
        data = self._image.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data
