"""Keeping what was received: immutable, once an organisation, packed so that a bundle costs no CPU later.

A packed original is exactly one gzip member (RFC 1952) with a 10-byte header and mtime 0; without header and
trailer it is the raw deflate stream that stands in a ZIP.
"""

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import BinaryIO, NamedTuple, cast

from isal import isal_zlib

from app.dicom import uids
from app.dicom.content import dangerous_preamble
from app.storage import ObjectStore, keys
from app.storage.blocks import block_sums

CHUNK = 1 << 20
IN_MEMORY = 8 << 20
"""Bytes of a file that is held whole while it is read: most are, and each is gone through several times."""
LEVEL = 3
"""ISA-L's hardest: half of libdeflate's time at level 1, and 3 % larger (docs/adr/0021)."""
GZIP_HEADER = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 255))
"""Deflate, no name, no time, packed fast, on no system in particular."""
PREAMBLE = 128
"""Bytes before ``DICM``; their content is nobody's business (PS3.10 7.1)."""
UNPACKED_SYNTAXES = frozenset(
    {"", uids.IMPLICIT_LITTLE, uids.EXPLICIT_LITTLE, uids.EXPLICIT_BIG, uids.GE_BIG_PIXELS}
)
"""Transfer syntaxes whose pixels deflate makes smaller; the others are compressed already."""


class Digest(NamedTuple):
    """What tells bytes apart: SHA-256 (hex), CRC-32, and their number."""

    sha256: str
    crc32: int
    size: int


class Kept(NamedTuple):
    """An original that is in the store. ``known``: its row was there before, and nothing was written."""

    digest: Digest
    encoding: str
    stored_size: int
    block_sums: bytes
    known: bool
    scrubbed: "Kept | None" = None

    @property
    def all(self) -> "list[Kept]":
        """All that was kept of a file: the scrubbed original if there is one, and the original."""
        return [*([self.scrubbed] if self.scrubbed else []), self]


class Keeper:
    """Keeps originals of one organisation."""

    def __init__(self, store: ObjectStore, organisation_id: str) -> None:
        self._store, self._organisation_id = store, organisation_id

    def keep(self, file: BinaryIO, digest: Digest, *, pack: bool, knows: Callable[[str], bool]) -> Kept:
        """Put a file in its place unless it is there. ``pack``: try whether deflate makes it smaller.

        ``knows`` tells whether there is a row for a SHA-256.
        A preamble that some system would run or render brings a second original, with the preamble zeroed.
        What is kept outlives a power failure once ``settle`` was called for it.
        """
        kept = self._keep(file, digest, pack, knows(digest.sha256))
        file.seek(0)
        head = file.read(PREAMBLE + 4)
        if head[PREAMBLE:] != b"DICM" or not dangerous_preamble(head[:PREAMBLE]):
            return kept
        with TemporaryFile() as scrubbed:
            file.seek(PREAMBLE)
            scrubbed.write(bytes(PREAMBLE))
            for chunk in chunks(file):
                scrubbed.write(chunk)
            blanked = digest_of(scrubbed)
            return kept._replace(scrubbed=self._keep(scrubbed, blanked, pack, knows(blanked.sha256)))

    def settle(self, kept: Iterable[Kept]) -> None:
        """Make what was kept durable, together: a row may say from then on that it is there."""
        fresh = {one.digest.sha256 for one in kept if not one.known}
        self._store.make_durable([keys.original(self._organisation_id, sha256) for sha256 in sorted(fresh)])

    def _keep(self, file: BinaryIO, digest: Digest, pack: bool, known: bool) -> Kept:
        key = keys.original(self._organisation_id, digest.sha256)
        if known and self._store.exists(key):
            return Kept(digest, "", 0, b"", known=True)
        return put(self._store, key, file, digest, pack=pack)


def put(store: ObjectStore, key: str, file: BinaryIO, digest: Digest, *, pack: bool) -> Kept:
    """Put a whole file of that digest in its place; ``pack``: try whether deflate makes it smaller.

    It outlives a power failure once the store was told to make it durable.
    """
    if pack:
        with SpooledTemporaryFile(IN_MEMORY) as spool:
            packed = cast(BinaryIO, spool)
            stored_size = pack_member(file, digest, packed)
            if stored_size < digest.size:
                return _put(store, key, packed, Kept(digest, "gzip", stored_size, b"", False))
    return _put(store, key, file, Kept(digest, "identity", digest.size, b"", False))


def _put(store: ObjectStore, key: str, file: BinaryIO, kept: Kept) -> Kept:
    file.seek(0)
    sums = block_sums(file)
    file.seek(0)
    store.put(key, file, durable=False)
    return kept._replace(block_sums=sums)


def at_hand(file: BinaryIO) -> BinaryIO:
    """Return a file of the system for going through it several times: in memory if it is small."""
    if os.fstat(file.fileno()).st_size > IN_MEMORY:
        return file
    file.seek(0)
    return BytesIO(file.read())


def digest_of(file: BinaryIO) -> Digest:
    """Return the digest of a whole file, in one pass."""
    file.seek(0)
    hashed, crc, size = sha256(), 0, 0
    for chunk in (file.getbuffer(),) if isinstance(file, BytesIO) else chunks(file):  # no copy of it
        hashed.update(chunk)
        crc = isal_zlib.crc32(chunk, crc)
        size += len(chunk)
    return Digest(hashed.hexdigest(), crc, size)


def pack_member(file: BinaryIO, digest: Digest, target: BinaryIO) -> int:
    """Write a whole file of that digest to ``target`` as one gzip member; return its size in bytes."""
    file.seek(0)
    target.write(GZIP_HEADER)
    if digest.size <= IN_MEMORY:  # in one piece it takes a sixth less time
        target.write(isal_zlib.compress(file.read(), LEVEL, -isal_zlib.MAX_WBITS))
    else:
        packer = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
        for chunk in chunks(file):
            target.write(packer.compress(chunk))
        target.write(packer.flush())
    target.write(digest.crc32.to_bytes(4, "little") + (digest.size & 0xFFFFFFFF).to_bytes(4, "little"))
    return target.tell()


@contextmanager
def opened(store: ObjectStore, organisation_id: str, sha: str, encoding: str) -> Iterator[BinaryIO]:
    """Give an original as a file of the system, unpacked. Raises ObjectNotFound."""
    with store.open(keys.original(organisation_id, sha)) as stored, TemporaryFile() as file:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        for chunk in chunks(stored):
            file.write(unpacker.decompress(chunk) if encoding == "gzip" else chunk)
        file.seek(0)
        yield cast(BinaryIO, file)


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file's bytes from where it stands."""
    return iter(lambda: file.read(CHUNK), b"")
