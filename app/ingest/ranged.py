"""A file that lies elsewhere, read where it is asked for."""

from collections.abc import Callable
from io import BufferedReader, RawIOBase
from typing import BinaryIO, cast

Fetch = Callable[[int, int], bytes]
"""Gives so many bytes from an offset; fewer at the end only."""


def ranged(fetch: Fetch, size: int, read_ahead: int) -> BinaryIO:
    """Return a file of ``size`` bytes, of which ``read_ahead`` bytes are fetched at once."""
    return cast(BinaryIO, BufferedReader(_Ranged(fetch, size), read_ahead))


class _Ranged(RawIOBase):
    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch, self._size, self._at = fetch, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader gives no less
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        data = self._fetch(self._at, wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
