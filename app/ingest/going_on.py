"""Going on with an import that was killed, when the same disc is imported again on the same machine.

Discs share names and sizes (IMG00001, 526,336 bytes), so those prove nothing: what arrived is held against
the bytes that are on offer now, by hash. A lock that ends with its process tells a killed import from a
running one.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sqlalchemy import select

from app.db import Sessions
from app.ingest.begin import Expected
from app.ingest.entries import Entry, Unreadable
from app.ingest.names import shown_path
from app.studies.models import Disc, DiscFile, DiscState

CHUNK = 1 << 20


class Wanted(NamedTuple):
    """What an import was asked for: one that is asked for otherwise is another."""

    organisation_id: str
    source: str
    label: str
    expected: Expected
    created_by: str | None


class Claims:
    """Which discs this process is filling: one lock file each in ``folder``, named as the disc."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def claimed(self, disc_id: str, *, wait: bool = False) -> Iterator[bool]:
        """Hold a disc while inside; False where another process is at it, unless we ``wait`` for that one."""
        with (self._folder / disc_id).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True

    def forget(self, disc_id: str) -> None:
        """Remove the lock of a disc that is no longer filled."""
        (self._folder / disc_id).unlink(missing_ok=True)

    def discs(self) -> list[str]:
        """Return the ids of those that were begun here and not forgotten."""
        return sorted(path.name for path in self._folder.iterdir())


class _File(NamedTuple):
    """A file that was taken in, or refused (then without a hash)."""

    number: int
    path: str
    size: int
    sha256: str | None


@contextmanager
def unfinished(
    sessions: Sessions,
    claims: Claims,
    wanted: Wanted,
    entries: Sequence[Entry],
    progress: Callable[[int], None],
) -> Iterator[tuple[str, int] | None]:
    """Give, claimed, the disc to go on with and how many of ``entries`` it has; None where there is none.

    ``progress`` is told of bytes that need not be taken in again.
    """
    for disc_id in claims.discs():
        with claims.claimed(disc_id) as ours:
            files = _files(sessions, claims, disc_id, wanted) if ours else []
            if files and _are_there(files, entries):
                progress(sum(file.size for file in files))
                yield disc_id, len(files)
                return
    yield None


def _files(sessions: Sessions, claims: Claims, disc_id: str, wanted: Wanted) -> list[_File]:
    """Return what has arrived of a disc that was asked for in the same words; of any other nothing."""
    with sessions() as session:
        disc = session.get(Disc, disc_id)
        if disc is None or disc.state != DiscState.RECEIVING or disc.deleted_at:
            claims.forget(disc_id)
            return []
        if _asked_for(disc) != wanted:
            return []
        files = select(DiscFile).where(DiscFile.disc_id == disc_id).order_by(DiscFile.number)
        return [
            _File(file.number, file.path, file.size, file.announced_sha256) for file in session.scalars(files)
        ]


def _asked_for(disc: Disc) -> Wanted:
    expected = Expected(disc.expected_name, disc.expected_birth_date, disc.expected_patient_id)
    return Wanted(disc.organisation_id, disc.source, disc.label, expected, disc.created_by)


def _are_there(files: Sequence[_File], entries: Sequence[Entry]) -> bool:
    """Tell whether what arrived is what is on offer now, from the first entry on, byte for byte."""
    offered = [(number, shown_path(entry.path)) for number, entry in enumerate(entries[: len(files)])]
    return [(file.number, file.path) for file in files] == offered and all(
        file.sha256 is None or _digest(entry) == file.sha256
        for file, entry in zip(files, entries, strict=False)
    )


def _digest(entry: Entry) -> str | None:
    """Return the SHA-256 (hex) of an entry's bytes; None when they can't be read."""
    if entry.open is None:
        return None
    try:
        with entry.open() as file:
            hashed = Hashed(file)
            while hashed.read(CHUNK):
                pass
    except Unreadable:
        return None
    return hashed.hexdigest


class Hashed:
    """A source that hashes what is read from it."""

    def __init__(self, source: BinaryIO) -> None:
        self._source, self._hash = source, sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data = self._source.read(size)
        self._hash.update(data)
        return data

    @property
    def hexdigest(self) -> str:
        """The SHA-256 (hex) of what was read."""
        return self._hash.hexdigest()
