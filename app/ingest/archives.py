"""Files that hold a whole disc: which kind they are, and what is in them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from typing import Any, BinaryIO

from app.errors import TooLarge
from app.ingest import unpack
from app.ingest.entries import Entry, Unreadable, refused
from app.ingest.limits import FILE_TOO_LARGE, MAX_FILE_BYTES, MAX_PATH_LENGTH, PATH_TOO_LONG
from app.ingest.names import shown_path
from app.media import iso
from app.media.isorecords import NoImage

FOREIGN_NAMES = (".7z", ".rar", ".tar", ".gz", ".tgz", ".nrg", ".mdf", ".mds", ".cue", ".ccd", ".cdi", ".dmg")
FOREIGN = "This kind of archive or image is not opened here. Use a ZIP or an ISO image, or choose the folder."
ZIP_MARKS = (b"PK\3\4", b"PK\5\6")
DICOM_AT = 128
PIECE = 1 << 20
"""Bytes of an entry that are given at once."""
Listed = dict[str, Any]


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


def listed(stack: ExitStack, kind: Archive, file: BinaryIO, size: int) -> tuple[Listed, list[Entry]]:
    """Open an archive of ``size`` bytes until ``stack`` closes. Runs in the sandbox.

    Returns what the parent is told of it, and its entries.
    """
    try:
        entries = stack.enter_context(_opened(kind, file, size))
    except Unreadable as why:
        return {"unreadable": str(why)}, []
    except TooLarge as why:
        return {"too_large": str(why)}, []
    told = [[shown_path(one.path), one.size, one.offset, one.refusal] for one in entries]
    return {"entries": told}, entries


def unpack_entry(entry: Entry, emit: Callable[[bytes], None]) -> Listed:
    """Give the bytes of an entry piece by piece. Runs in the sandbox."""
    if entry.open is None:
        return {"unreadable": entry.refusal}
    try:
        with entry.open() as source:
            for piece in iter(lambda: source.read(PIECE), b""):
                emit(piece)
    except Unreadable as why:
        return {"unreadable": str(why)}
    return {}


@contextmanager
def _opened(kind: Archive, file: BinaryIO, size: int) -> Iterator[list[Entry]]:
    if kind == Archive.ZIP:
        with unpack.opened(file, size) as entries:
            yield entries
    elif kind == Archive.ISO:
        yield _in_image(file, size)
    else:
        raise Unreadable(FOREIGN)


def _in_image(file: BinaryIO, size: int) -> list[Entry]:
    try:
        return [_entry(found) for found in iso.files_of(file, size)]
    except NoImage as why:
        raise Unreadable(str(why)) from None


def _entry(found: iso.Found) -> Entry:
    rules = (
        (found.offset is None, found.refusal),
        (len(found.path) > MAX_PATH_LENGTH, PATH_TOO_LONG),
        (found.size > MAX_FILE_BYTES, FILE_TOO_LARGE),
    )
    why = next((reason for broken, reason in rules if broken), None)
    return (
        refused(found.path, found.size, why)
        if why
        else Entry(found.path, found.size, None, None, found.offset)
    )
