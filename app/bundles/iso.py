"""The layout of an ISO image known before a byte of it is read: ISO 9660 level 1, and Joliet beside it.

PS3.12 F: level 1 names, at most eight levels, Volume ID = File-set ID. Clauses are
of ECMA-119, 4th edition. Files lie in the order of the entries, each from a sector of its own.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from app.bundles import iso_records
from app.bundles.entries import Entry, Piece, made_content
from app.bundles.iso_extent import SECTOR, Extent, sectors
from app.bundles.iso_tree import JOLIET, PRIMARY, Tree, tree_of
from app.errors import Refused

FIRST_DESCRIPTOR = 16
"""Sectors before it are the system's: zeros (6.2.1)."""
LARGEST = (1 << 32) - 1
"""Bytes in a file of level 1, which lies in one extent."""


class IsoImage:
    """An image of ``entries`` named ``volume_id`` (A-Z, 0-9, underscore; at most 16 characters)."""

    def __init__(self, entries: Sequence[Entry], volume_id: str, made_at: datetime) -> None:
        if any(entry.size > LARGEST for entry in entries):
            raise Refused("A file of four gibibytes or more does not fit on this kind of disc.")
        self.entries = tuple(entries)
        root = tree_of([entry.name for entry in entries])
        trees = [Tree(root, naming) for naming in (PRIMARY, JOLIET)]
        at = _place(trees, FIRST_DESCRIPTOR + len(trees) + 1)
        self._offsets = array("Q")
        for entry in self.entries:
            self._offsets.append(at * SECTOR)
            at += sectors(entry.size)
        self._head = self._make_head(trees, volume_id, made_at, at)
        self.length = at * SECTOR
        self.etag = f'"{self._fingerprint()}"'

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """Yield the pieces that hold the byte at ``start`` and all after it, in order."""
        first = bisect_right(self._offsets, start) - 1
        if first < 0:
            yield Piece(0, len(self._head), self._head)
        for index in range(max(0, first), len(self.entries)):
            entry, at = self.entries[index], self._offsets[index]
            content = made_content(entry) if isinstance(entry.content, bytes) else entry.content
            yield Piece(at, entry.size, content, entry, unpacked=True)
            if rest := -entry.size % SECTOR:
                yield Piece(at + entry.size, rest, bytes(rest))

    def _make_head(self, trees: Sequence[Tree], volume_id: str, made_at: datetime, end: int) -> bytes:
        files = [
            Extent(at // SECTOR, entry.size) for at, entry in zip(self._offsets, self.entries, strict=True)
        ]
        parts = [bytes(FIRST_DESCRIPTOR * SECTOR)]
        parts += [iso_records.descriptor(tree, volume_id, made_at, end) for tree in trees]
        parts.append(iso_records.terminator())
        for tree in trees:
            parts += [iso_records.path_table(tree, order) for order in iso_records.ORDERS]
        for tree in trees:
            parts += [iso_records.directory(tree, folder, files, made_at) for folder in tree.folders]
        return b"".join(parts)

    def _fingerprint(self) -> str:
        digest = sha256(self._head)
        for entry in self.entries:
            digest.update(entry.sha256.encode())
        return digest.hexdigest()[:40]


def _place(trees: Sequence[Tree], at: int) -> int:
    """Give path tables and folders of every tree their sectors from ``at`` on; return the next free."""
    for tree in trees:
        size = len(iso_records.path_table_records(tree, "little"))
        tree.path_table_size = size
        tree.path_tables = (at, at + sectors(size))
        at += 2 * sectors(size)
    for tree in trees:
        for folder in tree.folders:
            tree.extents[id(folder)] = Extent(at, iso_records.directory_size(tree, folder))
            at += sectors(tree.extents[id(folder)].size)
    return at
