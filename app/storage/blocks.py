"""Sums of an object's blocks: kept beside its row, they tell damage before a byte of it leaves, at any size.

CRC-32 over the object as it is stored. It finds what disks and lines do to bytes; who may write to the store
can forge it, and that is what signed manifests and SHA-256 are for.
"""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from app.storage.port import ObjectNotFound, ObjectStore

BLOCK = 1 << 20
"""Bytes in a block; the last may be shorter."""
SUM = 4
"""Bytes of a block's sum, little endian."""


class ObjectDamaged(Exception):
    """An object is missing or not what its sums say; the text says which, without its key."""


def block_sums(file: BinaryIO) -> bytes:
    """Return the sums of a file's blocks, one after the other, from where it stands to its end."""
    blocks = iter(lambda: file.read(BLOCK), b"")
    return b"".join(zlib.crc32(block).to_bytes(SUM, "little") for block in blocks)


def read_checked(
    store: ObjectStore, key: str, size: int, sums: bytes, start: int = 0, end: int | None = None
) -> Iterator[bytes]:
    """Yield an object of ``size`` bytes from ``start`` to before ``end``, block by block, each checked first.

    At most a block is held. Raises ObjectDamaged before the first byte that is not what it was.
    """
    stop = size if end is None else end
    first = start - start % BLOCK
    last = min(size, -(-stop // BLOCK) * BLOCK)
    if first >= last:
        return
    try:
        file = store.open(key, first, last - first)
    except ObjectNotFound:
        raise ObjectDamaged("its object is missing") from None
    with file:
        for at in range(first, last, BLOCK):
            block = _read_whole(file, min(BLOCK, last - at))
            _check(block, min(BLOCK, last - at), sums[at // BLOCK * SUM :][:SUM])
            yield block[max(0, start - at) : stop - at]


def _check(block: bytes, size: int, known: bytes) -> None:
    if len(block) != size:
        raise ObjectDamaged("its object ends early")
    if zlib.crc32(block).to_bytes(SUM, "little") != known:
        raise ObjectDamaged("its object is not what it was")


def _read_whole(file: BinaryIO, size: int) -> bytes:
    """Return ``size`` bytes, or what there is: a socket may give less at a time than asked for."""
    parts, left = [], size
    while left and (part := file.read(left)):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
