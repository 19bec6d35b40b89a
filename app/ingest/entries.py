"""What a folder or an archive offers to an import."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, Protocol

from app.errors import Unacceptable


class Unreadable(Unacceptable):
    """What was handed over, or one file in it, cannot be read; the text is the reason in the receipt."""


class Entry(NamedTuple):
    """One file that is on offer. ``size`` in bytes, as announced.

    ``open`` raises Unreadable when nothing comes of it; None means refused from the start, for ``refusal``.
    """

    path: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]] | None
    refusal: str | None = None
    offset: int | None = None
    """Where it begins in what holds it, if its bytes lie there just as they are."""


def refused(path: str, size: int, reason: str) -> Entry:
    """Return an entry that is only counted and named."""
    return Entry(path, size, None, reason)


class Unpacker(Protocol):
    """The sandbox, as far as archives go."""

    def opened(self, kind: str, file: BinaryIO, size: int) -> AbstractContextManager[list[Entry]]:
        """Give what an archive of ``size`` bytes holds, as long as ``file`` is open.

        Raises Unreadable with a sentence for staff when nothing can come of it, TooLarge for too much.
        """
