"""A folder as an import finds it: plain files are on offer, everything else is named and refused."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from app.ingest.entries import Entry, Unreadable, refused
from app.ingest.limits import FILE_TOO_LARGE, MAX_FILE_BYTES, MAX_PATH_DEPTH, TOO_DEEP

LINK = "This is a link to something else; links are not followed."
NO_FILE = "This is a device or a pipe, not a file."
NO_READING = "This could not be read ({})."


def entries(root: Path) -> Iterator[Entry]:
    """Yield what lies below ``root``, in order of names. Nothing is opened, no link is followed."""
    return _walk(root, "", MAX_PATH_DEPTH)


def _walk(folder: Path, above: str, deeper: int) -> Iterator[Entry]:
    try:
        with os.scandir(folder) as listing:
            found = sorted(listing, key=lambda item: item.name)
    except OSError as why:
        yield refused(above or ".", 0, NO_READING.format(why.strerror))
        return
    for item in found:
        path = f"{above}{item.name}"
        if not item.is_dir(follow_symlinks=False):
            yield _entry(item, path)
        elif deeper:
            yield from _walk(Path(item.path), f"{path}/", deeper - 1)
        else:
            yield refused(path, 0, TOO_DEEP)


def _entry(item: "os.DirEntry[str]", path: str) -> Entry:
    try:
        found = item.stat(follow_symlinks=False)
    except OSError as why:
        return refused(path, 0, NO_READING.format(why.strerror))
    if stat.S_ISLNK(found.st_mode):
        return refused(path, 0, LINK)
    if not stat.S_ISREG(found.st_mode):
        return refused(path, 0, NO_FILE)
    if found.st_size > MAX_FILE_BYTES:
        return refused(path, found.st_size, FILE_TOO_LARGE)
    return Entry(path, found.st_size, partial(_open, item.path))


@contextmanager
def _open(path: str) -> Iterator[BinaryIO]:
    """Open what was a plain file a moment ago; if it is none any more, it is not touched."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as why:
        raise Unreadable(NO_READING.format(why.strerror)) from None
    with open(descriptor, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable(NO_FILE)
        yield cast(BinaryIO, _Reading(cast(BinaryIO, file)))


class _Reading:
    """A file whose failures are told as Unreadable, apart from those of the store it is copied to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)
        except OSError as why:
            raise Unreadable(NO_READING.format(why.strerror)) from None
