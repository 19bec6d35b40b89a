"""Forward reading of a data set's bytes: straight from a file, or inflated with a cap.

A header is read once from front to back, and what nobody needs is stepped over without being loaded.
"""

import zlib
from typing import BinaryIO, Protocol

CHUNK = 32 * 1024
MAX_INFLATED = 256 * 1024 * 1024
"""Bytes that a deflated data set may yield before it is refused."""


class UnreadableError(Exception):
    """A file cannot be read as DICOM."""


class CutShort(UnreadableError):
    """The bytes ended before what they promised."""


class TooMuch(UnreadableError):
    """More than the limits allow; the text names the limit, for staff."""


class Source(Protocol):
    """Bytes that can be read forwards."""

    def read(self, count: int) -> bytes:
        """Return up to ``count`` bytes, none at the end."""
        ...

    def skip(self, count: int) -> None:
        """Step over ``count`` bytes. Raises CutShort when there are fewer."""
        ...


class FileSource:
    """A file from a position on."""

    def __init__(self, file: BinaryIO, size: int, position: int) -> None:
        self.file, self.size, self.position = file, size, position
        file.seek(position)

    def read(self, count: int) -> bytes:
        data = self.file.read(count)
        self.position += len(data)
        return data

    def skip(self, count: int) -> None:
        if self.position + count > self.size:
            raise CutShort
        self.position += count
        self.file.seek(self.position)


class InflatingSource:
    """The inflated data set of Deflated Explicit VR Little Endian (PS3.5 A.5). TooMuch past the cap."""

    def __init__(self, file: BinaryIO, position: int) -> None:
        self.file = file
        self.inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self.yielded = 0
        file.seek(position)

    def read(self, count: int) -> bytes:
        data = b""
        while not data and not self.inflater.eof:
            packed = self.inflater.unconsumed_tail or self.file.read(CHUNK)
            if not packed:
                break
            data = self._inflate(packed, count)
        return data

    def skip(self, count: int) -> None:
        while count > 0:
            data = self.read(min(count, CHUNK))
            if not data:
                raise CutShort
            count -= len(data)

    def _inflate(self, packed: bytes, count: int) -> bytes:
        try:
            data = self.inflater.decompress(packed, count)
        except zlib.error as why:
            raise CutShort from why
        self.yielded += len(data)
        if self.yielded > MAX_INFLATED:
            raise TooMuch("It unpacks to more than 256 MB of header, which no real image needs.")
        return data


class Window:
    """A small view that slides over a source."""

    __slots__ = ("_base", "_data", "_index", "_source")

    def __init__(self, source: Source, position: int = 0) -> None:
        self._source = source
        self._base = position
        self._data = b""
        self._index = 0

    @property
    def position(self) -> int:
        """Where the next byte lies: in the file, or in the inflated data set."""
        return self._base + self._index

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes. Raises CutShort when there are fewer."""
        data = self.peek(count)
        if len(data) < count:
            raise CutShort
        self._index += count
        return data

    def peek(self, count: int) -> bytes:
        """Return the next ``count`` bytes, or as many as there are, without stepping over them."""
        start = self._index
        if start + count > len(self._data):
            self._fill(count)
            start = 0
        return self._data[start : start + count]

    def skip(self, count: int) -> None:
        """Step over ``count`` bytes. Raises CutShort when there are fewer."""
        beyond = self._index + count - len(self._data)
        if beyond <= 0:
            self._index += count
            return
        self._source.skip(beyond)
        self._base += len(self._data) + beyond
        self._data, self._index = b"", 0

    def _fill(self, count: int) -> None:
        parts = [self._data[self._index :]]
        missing = count - len(parts[0])
        while missing > 0 and (more := self._source.read(max(missing, CHUNK))):
            parts.append(more)
            missing -= len(more)
        self._base += self._index
        self._data, self._index = b"".join(parts), 0
