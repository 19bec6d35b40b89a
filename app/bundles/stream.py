"""Any range of an archive as chunks fit for a socket; a wrong byte is never sent.

Memory is flat: an object of up to ``WHOLE`` bytes is read at once and checked before its first byte leaves,
a larger one is checked by its length and flows through.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from app.bundles.archive import GZIP_HEAD, GZIP_TAIL, Archive, Entry, StoredObject
from app.errors import VirtualCdError
from app.storage import ObjectNotFound, ObjectStore

CHUNK = 64 * 1024
"""Bytes at least in a chunk but the last. Not much more: a slow line gets one within the send timeout."""
WHOLE = 4 * 1024 * 1024


class Damaged(VirtualCdError):
    """A stored object is missing or not what its row says; the text names the entry, for the operator."""


def stream(archive: Archive, store: ObjectStore, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield the archive's bytes from ``start`` to before ``end``, in chunks of ``CHUNK`` to twice that.

    Raises Damaged instead of sending a byte that the entry does not hold.
    """
    waiting: list[bytes] = []
    size = 0
    for part in _parts(archive, store, start, archive.length if end is None else end):
        waiting.append(part)
        size += len(part)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def _parts(archive: Archive, store: ObjectStore, start: int, end: int) -> Iterator[bytes]:
    for piece in archive.pieces(start):
        if piece.offset >= end:
            return
        skip, stop = max(0, start - piece.offset), min(piece.length, end - piece.offset)
        if skip >= stop:
            continue
        if isinstance(piece.content, bytes):
            yield from _sliced(piece.content, skip, stop)
        else:
            assert piece.entry is not None
            yield from _of_object(piece.entry, piece.content, store, skip, stop)


def _sliced(content: bytes, skip: int, stop: int) -> Iterator[bytes]:
    for at in range(skip, stop, CHUNK):
        yield content[at : min(at + CHUNK, stop)]


def _of_object(
    entry: Entry, content: StoredObject, store: ObjectStore, skip: int, stop: int
) -> Iterator[bytes]:
    head = GZIP_HEAD if content.is_gzip else 0
    try:
        if content.size <= WHOLE:
            with store.open(content.key) as file:
                whole = _read_whole(file, content.size)
            _check(entry, content, whole)
            yield from _sliced(whole, head + skip, head + stop)
        else:
            yield from _flowing(entry, content, store, head + skip, head + stop)
    except ObjectNotFound:
        raise Damaged(f"{entry.name}: its object is missing") from None


def _flowing(
    entry: Entry, content: StoredObject, store: ObjectStore, skip: int, stop: int
) -> Iterator[bytes]:
    if store.info(content.key).size != content.size:
        raise Damaged(f"{entry.name}: its object has another length")
    with store.open(content.key, skip, stop - skip) as file:
        for at in range(skip, stop, CHUNK):
            part = _read_whole(file, min(CHUNK, stop - at))
            if len(part) != min(CHUNK, stop - at):
                raise Damaged(f"{entry.name}: its object ends early")
            yield part


def _read_whole(file: BinaryIO, size: int) -> bytes:
    """Return ``size`` bytes, or what there is: a socket may give less at a time than asked for."""
    parts, left = [], size
    while left and (part := file.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _check(entry: Entry, content: StoredObject, whole: bytes) -> None:
    """Check length and, as far as it costs next to nothing, the sum of an object read whole."""
    if len(whole) != content.size:
        raise Damaged(f"{entry.name}: its object has another length")
    if content.is_gzip:
        good = whole[-GZIP_TAIL:] == struct.pack("<2L", entry.crc32, entry.size & 0xFFFFFFFF)
    else:
        good = zlib.crc32(whole) == entry.crc32
    if not good:
        raise Damaged(f"{entry.name}: its object is not what it was")
