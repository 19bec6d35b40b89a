"""The body of a bundle on its way out: watches that it may go on, and tells how it ended."""

import errno
import time
from collections.abc import Callable, Iterator

CHECK_EVERY = 3.0
"""Seconds between two looks at the database: an ended share stops flowing well within ten."""
COMPLETE, ABORTED, STOPPED, FAILED = "complete", "aborted", "stopped", "failed"


class Stopped(BrokenPipeError):
    """The share ended while its bundle was under way: the server hangs up, the reader sees a break."""

    def __init__(self) -> None:
        super().__init__(errno.EPIPE, "the share has ended")


class Download:
    """A WSGI body. The server calls ``close`` however it ends, also when the visitor went away.

    ``allowed`` says whether it may go on; ``ended`` is told once how many bytes were handed over and the
    outcome: complete, aborted by the reader, stopped by us, or failed.
    """

    def __init__(
        self, chunks: Iterator[bytes], allowed: Callable[[], bool], ended: Callable[[int, str], None]
    ) -> None:
        self._chunks, self._allowed, self._ended = chunks, allowed, ended
        self._checked_at = time.monotonic()
        self._sent = 0
        self._outcome = ABORTED
        self._closed = False

    def __iter__(self) -> "Download":
        return self

    def __next__(self) -> bytes:
        try:
            self._look()
            chunk = next(self._chunks)
        except StopIteration:
            self._end(COMPLETE)
            raise
        except Stopped:
            self._end(STOPPED)
            raise
        except Exception:
            self._end(FAILED)
            raise
        self._sent += len(chunk)
        return chunk

    def close(self) -> None:
        """Let go of everything; only the first call counts."""
        if not self._closed:
            self._closed = True
            self._ended(self._sent, self._outcome)

    def _look(self) -> None:
        if time.monotonic() - self._checked_at >= CHECK_EVERY:
            if not self._allowed():
                raise Stopped
            self._checked_at = time.monotonic()

    def _end(self, outcome: str) -> None:
        self._outcome = outcome
        self.close()
