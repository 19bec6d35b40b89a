"""What stands in a bundle, whichever form it is sent in: files of known size, sums and place in the store."""

import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple, Protocol

GZIP_HEAD, GZIP_TAIL = 10, 8
"""Bytes around the deflate stream of a gzip member without name or extra field (RFC 1952)."""

STORED, DEFLATED = 0, 8
"""Methods of APPNOTE 4.4.5."""


class StoredObject(NamedTuple):
    """Where a file's bytes lie: an object of ``size`` bytes, a gzip member or the bytes themselves."""

    key: str
    size: int
    is_gzip: bool
    block_sums: bytes


class Entry(NamedTuple):
    """A file: ``size``, ``crc32``, ``sha256`` (hex) of its content; ``packed_size`` of what a ZIP holds."""

    name: str
    size: int
    crc32: int
    sha256: str
    packed_size: int
    method: int
    content: bytes | StoredObject


class Piece(NamedTuple):
    """Bytes that lie together. ``entry`` tells whose; ``unpacked``: what an object holds, not as stored."""

    offset: int
    length: int
    content: bytes | StoredObject
    entry: Entry | None = None
    unpacked: bool = False


class Layout(Protocol):
    """A file that is not made yet: every byte's place is known. The same entries give the same bytes."""

    @property
    def length(self) -> int:
        """Return its size in bytes."""

    @property
    def etag(self) -> str:
        """Return its strong ETag, with quotes."""

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """Yield the pieces that hold the byte at ``start`` and all after it, in order."""


def stored_entry(name: str, size: int, crc32: int, digest: str, content: StoredObject) -> Entry:
    """Return the entry for an object of the store."""
    if content.is_gzip:
        packed_size = content.size - GZIP_HEAD - GZIP_TAIL
        return Entry(name, size, crc32, digest, packed_size, DEFLATED, content)
    return Entry(name, size, crc32, digest, content.size, STORED, content)


def made_entry(name: str, content: bytes) -> Entry:
    """Return the entry for something that we wrote ourselves, deflated where that saves room."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    digest = sha256(content).hexdigest()
    if len(packed) >= len(content):
        return Entry(name, len(content), zlib.crc32(content), digest, len(content), STORED, content)
    return Entry(name, len(content), zlib.crc32(content), digest, len(packed), DEFLATED, packed)


def made_content(entry: Entry) -> bytes:
    """Return the content of something that we wrote ourselves."""
    assert isinstance(entry.content, bytes)
    return zlib.decompress(entry.content, -zlib.MAX_WBITS) if entry.method == DEFLATED else entry.content
