"""The layout of a ZIP known before a byte of it is read, and any range of it streamed from stored objects.

Originals were deflated once, when they came in: an entry is the raw deflate stream cut out of the stored gzip
member, so a download costs no CPU and its length, ETag and ranges are exact. See docs/adr/0004.
"""

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from app.bundles.entries import Entry, Piece

_LIMIT_16, _LIMIT_32 = 0xFFFF, 0xFFFFFFFF
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45
_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")


class Archive:
    """A ZIP of ``entries`` (APPNOTE 6.3.10, ZIP64 where needed); the same for the same entries and time."""

    def __init__(self, entries: Sequence[Entry], made_at: datetime) -> None:
        self.entries = tuple(entries)
        self._time, self._date = _dos_time(made_at)
        self._offsets = array("Q")
        at = 0
        for entry in self.entries:
            self._offsets.append(at)
            at += len(self._local(entry)) + entry.packed_size
        self._directory_at = at
        self._directory = b"".join(map(self._central, self.entries, self._offsets))
        self._directory += _end(len(self.entries), len(self._directory), at)
        self.length = at + len(self._directory)
        self.etag = f'"{self._fingerprint()}"'

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """Yield the pieces that hold the byte at ``start`` and all after it, in order."""
        for index in range(self._index_at(start), len(self.entries)):
            entry, at = self.entries[index], self._offsets[index]
            local = self._local(entry)
            yield Piece(at, len(local), local)
            yield Piece(at + len(local), entry.packed_size, entry.content, entry)
        yield Piece(self._directory_at, len(self._directory), self._directory)

    def _index_at(self, start: int) -> int:
        if start >= self._directory_at:
            return len(self.entries)
        return max(0, bisect_right(self._offsets, start) - 1)

    def _local(self, entry: Entry) -> bytes:
        name, large = entry.name.encode("ascii"), _is_large(entry)
        extra = struct.pack("<2H2Q", 1, 16, entry.size, entry.packed_size) if large else b""
        return (
            _LOCAL.pack(
                b"PK\3\4",
                _ZIP64_VERSION if large else _PLAIN_VERSION,
                0,
                entry.method,
                self._time,
                self._date,
                entry.crc32,
                _LIMIT_32 if large else entry.packed_size,
                _LIMIT_32 if large else entry.size,
                len(name),
                len(extra),
            )
            + name
            + extra
        )

    def _central(self, entry: Entry, offset: int) -> bytes:
        name, large, far = entry.name.encode("ascii"), _is_large(entry), offset >= _LIMIT_32
        numbers = ((entry.size, entry.packed_size) if large else ()) + ((offset,) if far else ())
        extra = struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
        version = _ZIP64_VERSION if numbers else _PLAIN_VERSION
        return (
            _CENTRAL.pack(
                b"PK\1\2",
                _UNIX | version,
                version,
                0,
                entry.method,
                self._time,
                self._date,
                entry.crc32,
                _LIMIT_32 if large else entry.packed_size,
                _LIMIT_32 if large else entry.size,
                len(name),
                len(extra),
                0,
                0,
                0,
                _REGULAR_FILE,
                _LIMIT_32 if far else offset,
            )
            + name
            + extra
        )

    def _fingerprint(self) -> str:
        digest = sha256(self._directory)
        for entry in self.entries:
            packed = entry.content
            digest.update(packed if isinstance(packed, bytes) else entry.sha256.encode() + packed.block_sums)
        return digest.hexdigest()[:40]


def _is_large(entry: Entry) -> bool:
    return max(entry.size, entry.packed_size) >= _LIMIT_32


def _end(count: int, size: int, offset: int) -> bytes:
    """Return the end of central directory, with its ZIP64 forerunners where a number does not fit."""
    numbers = min(count, _LIMIT_16), min(size, _LIMIT_32), min(offset, _LIMIT_32)
    end = _END.pack(b"PK\5\6", 0, 0, numbers[0], *numbers, 0)
    if count < _LIMIT_16 and size < _LIMIT_32 and offset < _LIMIT_32:
        return end
    version = _UNIX | _ZIP64_VERSION
    record = _END_64.pack(b"PK\6\6", 44, version, _ZIP64_VERSION, 0, 0, count, count, size, offset)
    return record + _LOCATOR_64.pack(b"PK\6\7", 0, offset + size, 1) + end


def _dos_time(moment: datetime) -> tuple[int, int]:
    """Return a time and a date as DOS kept them; years before 1980 become 1980."""
    year = max(moment.year - 1980, 0)
    return (
        moment.hour << 11 | moment.minute << 5 | moment.second // 2,
        year << 9 | moment.month << 5 | moment.day,
    )
