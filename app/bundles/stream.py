"""Any range of a bundle as chunks fit for a socket; a wrong byte is never sent.

Memory is flat: objects are read and checked block by block, and a block's bytes leave after its check.
"""

import zlib
from collections.abc import Iterator

from app.bundles.entries import GZIP_HEAD, GZIP_TAIL, Entry, Layout, Piece, StoredObject
from app.errors import VirtualCdError
from app.storage import ObjectStore
from app.storage.blocks import ObjectDamaged, read_checked

CHUNK = 64 * 1024
"""Bytes at least in a chunk but the last. Not much more: a slow line gets one within the send timeout."""


class Damaged(VirtualCdError):
    """A stored object is missing or not what its row says; the text names the entry, for the operator."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{name}: {reason}")


def stream(layout: Layout, store: ObjectStore, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield the bytes of a bundle from ``start`` to before ``end``, in chunks of ``CHUNK`` to twice that.

    Raises Damaged instead of sending a byte that the entry does not hold.
    """
    waiting: list[bytes] = []
    size = 0
    for part in _parts(layout, store, start, layout.length if end is None else end):
        waiting.append(part)
        size += len(part)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def _parts(layout: Layout, store: ObjectStore, start: int, end: int) -> Iterator[bytes]:
    for piece in layout.pieces(start):
        if piece.offset >= end:
            return
        skip, stop = max(0, start - piece.offset), min(piece.length, end - piece.offset)
        if skip < stop:
            yield from _part(piece, store, skip, stop)


def _part(piece: Piece, store: ObjectStore, skip: int, stop: int) -> Iterator[bytes]:
    if isinstance(piece.content, bytes):
        yield from _sliced(piece.content, skip, stop)
        return
    assert piece.entry is not None
    try:
        if piece.unpacked and piece.content.is_gzip:
            yield from _inflated(piece.entry, piece.content, store, skip, stop)
        else:
            yield from _as_stored(piece.content, store, skip, stop)
    except ObjectDamaged as why:
        raise Damaged(piece.entry.name, str(why)) from None
    except zlib.error:
        raise Damaged(piece.entry.name, "its object cannot be inflated") from None


def _sliced(content: bytes, skip: int, stop: int) -> Iterator[bytes]:
    for at in range(skip, stop, CHUNK):
        yield content[at : min(at + CHUNK, stop)]


def _as_stored(content: StoredObject, store: ObjectStore, skip: int, stop: int) -> Iterator[bytes]:
    head = GZIP_HEAD if content.is_gzip else 0
    for block in read_checked(store, content.key, content.size, content.block_sums, head + skip, head + stop):
        yield from _sliced(block, 0, len(block))


def _inflated(
    entry: Entry, content: StoredObject, store: ObjectStore, skip: int, stop: int
) -> Iterator[bytes]:
    """Yield a part of what a gzip member holds. A range inside it is inflated from its beginning."""
    at = 0
    for part in _inflate(content, store):
        if at + len(part) > skip:
            yield part[max(0, skip - at) : stop - at]
        at += len(part)
        if at >= stop:
            return
    raise Damaged(entry.name, "it is shorter than it should be")


def _inflate(content: StoredObject, store: ObjectStore) -> Iterator[bytes]:
    unpacker, end = zlib.decompressobj(-zlib.MAX_WBITS), content.size - GZIP_TAIL
    for block in read_checked(store, content.key, content.size, content.block_sums, GZIP_HEAD, end):
        part = unpacker.decompress(block, CHUNK)
        while part:
            yield part
            part = unpacker.decompress(unpacker.unconsumed_tail, CHUNK)
