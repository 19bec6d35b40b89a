"""A ZIP as an import finds it. Nothing is ever written under a name from inside, and nothing is believed.

An entry that breaks a rule is refused with its reason and the rest goes on. Declared sizes are held against
each other before a byte is inflated; what really comes is counted and checked while it comes (CRC-32).
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo
from zlib import error as InflateError  # noqa: N812 - the library's name says nothing

from app.errors import TooLarge
from app.ingest.entries import Entry, Unreadable, refused
from app.ingest.limits import (
    FILE_TOO_LARGE,
    FREE_BYTES,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_PATH_DEPTH,
    MAX_PATH_LENGTH,
    MAX_RATIO,
    PATH_TOO_LONG,
    TOO_DEEP,
    TOO_MANY_FILES,
)

NO_ZIP = "This is not a ZIP that can be read. It may be damaged or incomplete."
LOCKED = "It is locked with a password."
METHOD = "It is packed in a way that is not accepted; use plain ZIP compression."
LINK = "This is a link to something else; links are not followed."
OVERLAP = "Its bytes are also those of another entry: the ZIP is damaged or made to harm."
BOMB = f"It would become more than {MAX_RATIO} times larger when unpacked."
DAMAGED = "It is damaged inside the ZIP."
FOLDER = "It calls itself a folder, but holds bytes."
READ_AT_ONCE = 16 << 20
"""The most that is read in one piece: a table of contents larger than this lists far too many entries."""
LOCAL_HEADER = 30
FLAGS_LOCKED = 0x2041  # encrypted, strongly encrypted, masked (APPNOTE 4.4.4)
BROKEN = (
    BadZipFile,
    LargeZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    InflateError,
)


@contextmanager
def opened(file: BinaryIO, size: int) -> Iterator[list[Entry]]:
    """Open a ZIP of ``size`` bytes and give its entries, folders left aside.

    Raises Unreadable when it is none, TooLarge when it lists too many or would become too large.
    """
    with _archive(file) as archive:
        listed = [info for info in archive.infolist() if not _is_folder(info)]
        if len(listed) > MAX_FILES:
            raise TooLarge(TOO_MANY_FILES)
        yield _entries(archive, listed, size)


def _archive(file: BinaryIO) -> ZipFile:
    try:
        return ZipFile(cast(BinaryIO, _Guarded(file)))
    except BROKEN:
        raise Unreadable(NO_ZIP) from None


def _entries(archive: ZipFile, listed: list[ZipInfo], size: int) -> list[Entry]:
    shared = _overlapping(listed, archive.start_dir)
    reasons = [_reason(info) or (OVERLAP if number in shared else None) for number, info in enumerate(listed)]
    honest = sum(info.file_size for info, reason in zip(listed, reasons, strict=True) if not reason)
    if _inflates_too_much(honest, size):
        raise TooLarge(BOMB)
    return [
        refused(info.filename, 0, reason)
        if reason
        else Entry(info.filename, info.file_size, partial(_open, archive, info))
        for info, reason in zip(listed, reasons, strict=True)
    ]


def _reason(info: ZipInfo) -> str | None:
    """Return why an entry is refused by what the table of contents says of it, or None."""
    rules = (
        (info.flag_bits & FLAGS_LOCKED, LOCKED),
        (info.compress_type not in (ZIP_STORED, ZIP_DEFLATED), METHOD),
        (stat.S_ISLNK(info.external_attr >> 16), LINK),
        (info.is_dir(), FOLDER),
        (len(info.filename) > MAX_PATH_LENGTH, PATH_TOO_LONG),
        (info.filename.replace("\\", "/").count("/") > MAX_PATH_DEPTH, TOO_DEEP),
        (info.file_size > MAX_FILE_BYTES, FILE_TOO_LARGE),
        (_inflates_too_much(info.file_size, info.compress_size), BOMB),
    )
    return next((reason for broken, reason in rules if broken), None)


def _is_folder(info: ZipInfo) -> bool:
    return info.is_dir() and info.file_size == 0


def _inflates_too_much(size: int, packed: int) -> bool:
    return size > FREE_BYTES and size > MAX_RATIO * packed


def _overlapping(listed: list[ZipInfo], end: int) -> set[int]:
    """Return the numbers of entries whose bytes reach into the next one's, or past the table of contents."""
    in_place = sorted(range(len(listed)), key=lambda number: listed[number].header_offset)
    begins = [listed[number].header_offset for number in in_place]
    return {
        number
        for number, limit in zip(in_place, [*begins[1:], end], strict=False)
        if _least_end(listed[number]) > limit
    }


def _least_end(info: ZipInfo) -> int:
    """Return where an entry ends at the earliest: its local header may be longer, never shorter."""
    return info.header_offset + LOCAL_HEADER + len(info.orig_filename) + info.compress_size


@contextmanager
def _open(archive: ZipFile, info: ZipInfo) -> Iterator[BinaryIO]:
    try:
        packed = archive.open(info)
    except BROKEN:
        raise Unreadable(DAMAGED) from None
    with packed:
        yield cast(BinaryIO, _Inflating(cast(BinaryIO, packed), info.file_size))


class _Inflating:
    """An entry's bytes: never more than declared, never fewer, and with the CRC-32 that was declared."""

    def __init__(self, packed: BinaryIO, size: int) -> None:
        self._packed, self._left = packed, size

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._packed.read(size)
        except BROKEN:
            raise Unreadable(DAMAGED) from None
        self._left -= len(data)
        if self._left < 0 or (not data and size and self._left):
            raise Unreadable(DAMAGED)
        return data


class _Guarded:
    """A file that never hands out more than ``READ_AT_ONCE`` bytes in one piece."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(READ_AT_ONCE + 1 if size < 0 else min(size, READ_AT_ONCE + 1))
        if len(data) > READ_AT_ONCE:
            raise TooLarge(TOO_MANY_FILES)
        return data

    def seekable(self) -> bool:
        return True
