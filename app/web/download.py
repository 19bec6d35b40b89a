"""The body of a bundle on its way out: watches that it may go on, and tells how it ended."""

import time
from collections.abc import Callable, Iterator

CHECK_EVERY = 3.0
"""Seconds between two looks at the database: an ended share stops flowing well within ten."""


class Stopped(Exception):
    """The share ended while its bundle was under way; raised so that the connection is cut, not completed."""


class Download:
    """A WSGI body. The server calls ``close`` however it ends, also when the visitor went away.

    ``allowed`` says whether it may go on; ``ended`` is told once of the bytes handed over, and if all were.
    """

    def __init__(
        self, chunks: Iterator[bytes], allowed: Callable[[], bool], ended: Callable[[int, bool], None]
    ) -> None:
        self._chunks, self._allowed, self._ended = chunks, allowed, ended
        self._checked_at = time.monotonic()
        self._sent = 0
        self._complete = self._closed = False

    def __iter__(self) -> "Download":
        return self

    def __next__(self) -> bytes:
        try:
            self._look()
            chunk = next(self._chunks)
        except StopIteration:
            self._complete = True
            self.close()
            raise
        except BaseException:
            self.close()
            raise
        self._sent += len(chunk)
        return chunk

    def _look(self) -> None:
        if time.monotonic() - self._checked_at >= CHECK_EVERY:
            if not self._allowed():
                raise Stopped
            self._checked_at = time.monotonic()

    def close(self) -> None:
        """Let go of everything; only the first call counts."""
        if not self._closed:
            self._closed = True
            self._ended(self._sent, self._complete)
