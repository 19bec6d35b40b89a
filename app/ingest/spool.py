"""Display frames on their way from a child to the store, on disk so that memory stays flat."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

_IN_MEMORY = 16 << 20


class Spool:
    """Blobs in order, in memory while they are few."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when taken
        self._sizes: list[tuple[int | None, int]] = []

    def put(self, index: int | None, body: bytes) -> None:
        """Add a blob."""
        self._file.write(body)
        self._sizes.append((index, len(body)))

    def clear(self) -> None:
        """Forget all blobs."""
        self._file.seek(0)
        self._file.truncate()
        self._sizes.clear()

    def take(self) -> Iterator[tuple[int | None, bytes]]:
        """Yield the blobs in order, once."""
        with self._file:
            self._file.seek(0)
            for index, size in self._sizes:
                yield index, self._file.read(size)
