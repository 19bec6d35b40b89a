"""The structures of an ISO image as bytes: descriptors, path tables, directories (ECMA-119 8, 9)."""

import struct
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from app.bundles.iso_extent import SECTOR, Extent, sectors
from app.bundles.iso_tree import Folder, Naming, Tree

Order = Literal["little", "big"]
ORDERS: tuple[Order, ...] = ("little", "big")
SELF, PARENT = b"\0", b"\1"
FOLDER, FILE = 2, 0
"""File flags (9.1.6)."""
_PRODUCT = "VIRTUAL CD"
_NO_DATE = b"0" * 16 + b"\0"


def descriptor(tree: Tree, volume_id: str, made_at: datetime, end: int) -> bytes:
    """Return a volume descriptor (8.4, 8.5); ``end`` is the number of sectors of the volume."""
    naming, root = tree.naming, tree.folders[0]
    text, size = naming.text, tree.path_table_size
    moment = made_at.strftime("%Y%m%d%H%M%S00").encode() + b"\0"
    little, big = tree.path_tables
    return b"".join(
        (
            bytes((naming.kind,)) + b"CD001\1\0",
            text("", 32) + text(volume_id, 32) + bytes(8),
            _both_32(end) + naming.escape.ljust(32, b"\0"),
            _both_16(1) + _both_16(1) + _both_16(SECTOR) + _both_32(size),
            struct.pack("<2L", little, 0) + struct.pack(">2L", big, 0),
            _record(SELF, tree.extents[id(root)], FOLDER, made_at),
            text("", 128) * 2 + text(_PRODUCT, 128) * 2 + text("", 37) * 3,
            moment * 2 + _NO_DATE * 2 + b"\1\0",
        )
    ).ljust(SECTOR, b"\0")


def terminator() -> bytes:
    """Return the descriptor that ends the set of them (8.3)."""
    return b"\xffCD001\1".ljust(SECTOR, b"\0")


def path_table(tree: Tree, order: Order) -> bytes:
    """Return a path table, filled up to whole sectors."""
    return _filled(path_table_records(tree, order))


def path_table_records(tree: Tree, order: Order) -> bytes:
    """Return the records of a path table (9.4); places that are not known yet are 0."""
    form = struct.Struct(("<" if order == "little" else ">") + "BBLH")
    records = []
    for folder in tree.folders:
        name = _folder_name(tree.naming, folder)
        at = tree.extents.get(id(folder), Extent(0, 0)).sector
        parent = tree.numbers[id(folder.parent or folder)]
        records.append(form.pack(len(name), 0, at, parent) + name + bytes(len(name) % 2))
    return b"".join(records)


def directory_size(tree: Tree, folder: Folder) -> int:
    """Return the size of a folder's records in bytes: whole sectors."""
    names = (name for name, _ in _named(tree.naming, folder))
    size = 0
    for length in (_length(SELF), _length(PARENT), *map(_length, names)):
        size = _fitting(size, length) + length
    return sectors(size) * SECTOR


def directory(tree: Tree, folder: Folder, files: Sequence[Extent], made_at: datetime) -> bytes:
    """Return a folder's records (6.8.1): itself, what it is in, and its contents; none crosses a sector."""
    own, above = tree.extents[id(folder)], tree.extents[id(folder.parent or folder)]
    whole = bytearray(_record(SELF, own, FOLDER, made_at) + _record(PARENT, above, FOLDER, made_at))
    for name, inner in _named(tree.naming, folder):
        if isinstance(inner, Folder):
            record = _record(name, tree.extents[id(inner)], FOLDER, made_at)
        else:
            record = _record(name, files[inner], FILE, made_at)
        whole += bytes(_fitting(len(whole), len(record)) - len(whole)) + record
    return _filled(bytes(whole))


def _named(naming: Naming, folder: Folder) -> Iterator[tuple[bytes, Folder | int]]:
    for name, inner in folder.ordered:
        yield (naming.folder if isinstance(inner, Folder) else naming.file)(name), inner


def _folder_name(naming: Naming, folder: Folder) -> bytes:
    return naming.folder(folder.name) if folder.parent else SELF


def _length(name: bytes) -> int:
    """Return the length of a directory record, which is even (9.1.12)."""
    return 33 + len(name) + (len(name) + 1) % 2


def _fitting(at: int, length: int) -> int:
    """Return where a record of ``length`` starts at the earliest from ``at`` on."""
    return at if at % SECTOR + length <= SECTOR else sectors(at) * SECTOR


def _record(name: bytes, extent: Extent, flags: int, made_at: datetime) -> bytes:
    """Return a directory record (9.1)."""
    length = _length(name)
    date = bytes(
        (made_at.year - 1900, made_at.month, made_at.day, made_at.hour, made_at.minute, made_at.second, 0)
    )
    head = bytes((length, 0)) + _both_32(extent.sector) + _both_32(extent.size) + date
    return (head + bytes((flags, 0, 0)) + _both_16(1) + bytes((len(name),)) + name).ljust(length, b"\0")


def _both_16(number: int) -> bytes:
    return number.to_bytes(2, "little") + number.to_bytes(2, "big")


def _both_32(number: int) -> bytes:
    return number.to_bytes(4, "little") + number.to_bytes(4, "big")


def _filled(content: bytes) -> bytes:
    return content.ljust(sectors(len(content)) * SECTOR, b"\0")
