"""Where the bytes of a file lie until it is read."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple, cast

from app.db import Sessions
from app.ingest.originals import chunks, opened
from app.storage import ObjectNotFound, ObjectStore, keys
from app.studies.models import DiscFile, Original

IMAGE = 0
"""The number of the one file that an image of a disc was received as."""


class Waiting(NamedTuple):
    """A file that was not read yet, as its row has it."""

    file_id: str
    number: int
    size: int
    announced_sha256: str | None = None
    held: bool = False
    image_offset: int | None = None
    path: str = ""


WAITING = (
    DiscFile.id,
    DiscFile.number,
    DiscFile.size,
    DiscFile.announced_sha256,
    DiscFile.held,
    DiscFile.image_offset,
    DiscFile.path,
)
"""The columns of a ``Waiting``."""


class Source:
    """Gives the received files of one disc as files of the system, which the sandbox needs."""

    def __init__(self, sessions: Sessions, store: ObjectStore, organisation_id: str, disc_id: str) -> None:
        self._sessions, self._store = sessions, store
        self._organisation_id, self._disc_id = organisation_id, disc_id

    @contextmanager
    def opened(self, file: Waiting) -> Iterator[BinaryIO]:
        """Open a file. Raises ObjectNotFound when its bytes are gone."""
        if file.held:
            with self._held(file.announced_sha256 or "") as original:
                yield original
            return
        key = keys.incoming(self._disc_id, file.number)
        path = self._store.local_path(key) if file.image_offset is None else None
        if path is not None:
            with path.open("rb") as received:
                yield received
            return
        with self._stored(file, key) as stored, TemporaryFile() as copy:
            for chunk in chunks(stored):
                copy.write(chunk)
            copy.flush()
            yield cast(BinaryIO, copy)

    def let_go(self, files: Iterable[Waiting]) -> None:
        """Remove the bytes of files that nobody needs here any more; an image's go with the whole disc's."""
        own = [file.number for file in files if not file.held and file.image_offset is None]
        self._store.delete_all([keys.incoming(self._disc_id, number) for number in own])

    def _stored(self, file: Waiting, key: str) -> BinaryIO:
        if file.image_offset is None:
            return self._store.open(key)
        return self._store.open(keys.incoming(self._disc_id, IMAGE), file.image_offset, file.size)

    @contextmanager
    def _held(self, sha256: str) -> Iterator[BinaryIO]:
        with self._sessions() as session:
            original = session.get(Original, (self._organisation_id, sha256))
        if original is None:
            raise ObjectNotFound("no such object")
        with opened(self._store, self._organisation_id, sha256, original.encoding) as file:
            yield file
