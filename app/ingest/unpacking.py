"""An archive that a child of the sandbox reads: what it lists has bounds, what it gives is counted.

The child has no file of its own: it asks for the bytes it needs, wherever the archive lies. Each archive has
a fresh child. An entry that kills it is refused, and the next one gets another child.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, cast

from app.errors import TooLarge
from app.ingest import limits, wire
from app.ingest.entries import Entry, Unreadable, refused
from app.ingest.names import SHOWN_LENGTH, plain
from app.ingest.pool import Loan

SECONDS = 60.0
"""Wall clock from one message to the next, all that is asked for between them included."""
MAX_ASKED = 4 << 20
MAX_PIECE = 4 << 20
MAX_LIST = 64 << 20
MAX_ENTRIES = 2 * limits.MAX_FILES + 1
MOST_DEATHS = 3
"""How many children one archive may cost."""
MAX_SIZE = 1 << 62
"""Of a file that is refused: it may claim anything that a row can hold."""
TOO_HARD = "It could not be opened safely: reading it took too long, too much memory, or crashed."


class OpenedArchive:
    """An archive of ``size`` bytes, open as long as ``file`` and the loan last."""

    def __init__(self, loan: Loan, kind: str, file: BinaryIO, size: int) -> None:
        self._loan, self._kind, self._file, self._size = loan, kind, file, size
        self._deaths = 0

    def entries(self) -> list[Entry]:
        """Return what it holds. Raises Unreadable, TooLarge."""
        try:
            told = self._list()
            entries = [self._entry(number, *row) for number, row in enumerate(told)]
        except (wire.WireError, TypeError, ValueError):
            self._loan.end()
            raise Unreadable(TOO_HARD) from None
        if len(entries) > MAX_ENTRIES:
            raise TooLarge(limits.TOO_MANY_FILES)
        return entries

    def _list(self) -> list[Any]:
        self._loan.child.request({"kind": self._kind, "size": self._size}, None)
        told = _result(self._next(MAX_LIST))
        if "too_large" in told:
            raise TooLarge(plain(str(told["too_large"]), limits.MAX_PATH_LENGTH))
        if not isinstance(told.get("entries"), list):
            raise wire.WireError("no list")
        return cast(list[Any], told["entries"])

    def _entry(self, number: int, path: Any, size: Any, offset: Any, refusal: Any) -> Entry:
        """Take a child's word for an entry within bounds. Raises ValueError, TypeError."""
        if not 0 <= size <= MAX_SIZE or not isinstance(path, str) or len(path) > SHOWN_LENGTH:
            raise ValueError("no entry")
        if refusal is not None:
            return refused(path, size, plain(str(refusal), limits.MAX_PATH_LENGTH))
        if size > limits.MAX_FILE_BYTES:
            raise ValueError("no entry")
        if offset is None:
            return Entry(path, size, partial(self._unpacked, number, size))
        if not 0 <= offset <= self._size - size:
            raise ValueError("no entry")
        return Entry(path, size, partial(self._in_place, offset, size), None, offset)

    @contextmanager
    def _in_place(self, offset: int, size: int) -> Iterator[BinaryIO]:
        self._file.seek(offset)
        yield cast(BinaryIO, _Extent(self._file, size))

    @contextmanager
    def _unpacked(self, number: int, size: int) -> Iterator[BinaryIO]:
        """Give an entry's bytes as they come. Raises Unreadable when the child is lost."""
        if self._deaths >= MOST_DEATHS:
            raise Unreadable(TOO_HARD)
        coming = _Coming(self, size)
        try:
            if self._loan.lost:
                self._list()
            self._loan.child.request({"entry": number, "size": self._size}, None)
            yield cast(BinaryIO, coming)
        except wire.WireError:
            self._loan.end()
            self._deaths += 1
            raise Unreadable(TOO_HARD) from None
        finally:
            if not coming.at_end:
                self._loan.end()  # what it still sends belongs to nothing

    def _next(self, most: int) -> wire.Message:
        """Return the child's next message; until it comes, hand out what it asks for."""
        deadline = time.monotonic() + SECONDS
        child = self._loan.child
        while (message := child.receive(most, deadline - time.monotonic())).kind == wire.ASK:
            offset, size = wire.asked(message, MAX_ASKED)
            self._file.seek(offset)
            child.answer(self._file.read(size))
        return message

    def next_piece(self) -> bytes:
        """Return the next bytes of the entry that is being unpacked, none at its end. Raises Unreadable."""
        message = self._next(MAX_PIECE)
        if message.kind == wire.BLOB:
            return message.body
        _result(message)
        return b""


class _Coming:
    """An entry's bytes as they come: never more than its size, never fewer."""

    def __init__(self, archive: OpenedArchive, size: int) -> None:
        self._archive, self._left, self._piece = archive, size, b""
        self.at_end = False

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(partial(self.read, MAX_PIECE), b""))
        if not self._piece and not self.at_end:
            self._take()
        data, self._piece = self._piece[:size], self._piece[size:]
        return data

    def _take(self) -> None:
        try:
            self._piece = self._archive.next_piece()
        except Unreadable:
            self.at_end = True
            raise
        self._left -= len(self._piece)
        self.at_end = not self._piece
        if self._left < 0 or (self.at_end and self._left):
            raise wire.WireError("not what it announced")


class _Extent:
    """The next ``size`` bytes of an image."""

    def __init__(self, image: BinaryIO, size: int) -> None:
        self._image, self._left = image, size

    def read(self, size: int = -1) -> bytes:
        data = self._image.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def _result(message: wire.Message) -> dict[str, Any]:
    """Return what a child tells at the end of a request. Raises Unreadable for what it could not read."""
    try:
        told = json.loads(message.body)
    except (ValueError, RecursionError) as why:
        raise wire.WireError("no JSON") from why
    if message.kind != wire.RESULT or not isinstance(told, dict):
        raise wire.WireError("no result")
    if "unreadable" in told:
        raise Unreadable(plain(str(told["unreadable"]), limits.MAX_PATH_LENGTH))
    return told
