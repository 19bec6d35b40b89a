"""Large files in parts: several at once, and after a break only what is missing."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import BinaryIO, NamedTuple, cast

from app.db import Sessions
from app.errors import NotFound, Unacceptable
from app.ingest.receive import announced_file, exactly
from app.ingest.sending import LASTING
from app.storage import ObjectStore, keys

LEAST_PART = 5 << 20
"""What S3 takes as the least size of a part that is not the last, in bytes."""
LARGEST_PART = 512 << 20
INCOMPLETE = "The file has not arrived as announced. Send what is missing, then try again."


class Part(NamedTuple):
    """A part, ``number`` from 1, ``size`` in bytes. ``url`` is None where it must come to us."""

    number: int
    size: int
    url: str | None
    there: bool


class PartStore:
    """The parts of one announced file, cut every ``part_size`` bytes."""

    def __init__(
        self, sessions: Sessions, store: ObjectStore, disc_id: str, number: int, part_size: int
    ) -> None:
        """Raise NotFound when no such file is awaited, Unacceptable for a size that parts can't have."""
        with sessions() as session:
            file = announced_file(session, disc_id, number)
        if not LEAST_PART <= part_size <= LARGEST_PART:
            raise Unacceptable(f"A part has {LEAST_PART:,} to {LARGEST_PART:,} bytes.")
        self._sessions, self._store = sessions, store
        self._disc_id, self._number, self._part_size = disc_id, number, part_size
        self._arrived = bool(file.received_at or file.verdict)
        self._sizes = sizes(file.size, part_size)
        self._key = keys.incoming(disc_id, number)

    def plan(self) -> list[Part]:
        """Return all parts, and leave to send them for 15 minutes. Asking again renews it."""
        if self._arrived:
            return []
        signed = self._store.sign_parts(self._key, self._sizes, LASTING)
        if signed is not None:
            return [Part(*part) for part in signed]
        there = self._store.sizes([self._part(number) for number, _ in enumerate(self._sizes, 1)])
        return [
            Part(number, size, None, there.get(self._part(number)) == size)
            for number, size in enumerate(self._sizes, 1)
        ]

    def accept(self, part_number: int, source: BinaryIO) -> None:
        """Take a part's bytes. Raises Unacceptable when there are more or fewer than it has, NotFound."""
        if not 1 <= part_number <= len(self._sizes) or self._arrived:
            raise NotFound("No such part is awaited.")
        self._store.put(self._part(part_number), exactly(source, self._sizes[part_number - 1]))

    def join(self, now: datetime) -> None:
        """Make the file of its parts; doing it again does nothing. Raises Unacceptable if one is missing."""
        if self._arrived:
            return
        if self._store.browser_origins():
            self._store.join_parts(self._key, self._sizes)
        else:
            self._join_ours()
        with self._sessions.begin() as session:
            file = announced_file(session, self._disc_id, self._number)
            file.received_at = file.received_at or now
        self._store.delete(keys.parts_folder(self._disc_id, self._number))

    def _join_ours(self) -> None:
        if not all(part.there for part in self.plan()):
            raise Unacceptable(INCOMPLETE)
        whole = _Joined(self._store, [self._part(number) for number, _ in enumerate(self._sizes, 1)])
        self._store.put(self._key, exactly(cast(BinaryIO, whole), sum(self._sizes)))

    def _part(self, part_number: int) -> str:
        return keys.part(self._disc_id, self._number, self._part_size, part_number)


def sizes(size: int, part_size: int) -> list[int]:
    """Return the sizes of the parts of ``size`` bytes; one that is empty has one empty part."""
    whole, rest = divmod(size, part_size)
    return [part_size] * whole + ([rest] if rest or not whole else [])


class _Joined:
    """Several objects, read one after another."""

    def __init__(self, store: ObjectStore, names: Sequence[str]) -> None:
        self._parts = (store.open(name) for name in names)
        self._part: BinaryIO = BytesIO()

    def read(self, size: int = -1) -> bytes:
        while not (data := self._part.read(size)):
            self._part.close()
            following = next(self._parts, None)
            if following is None:
                return b""
            self._part = following
        return data
