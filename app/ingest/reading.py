"""One file of a disc, read: its hash, its verdict, its bytes where they belong. Runs in several threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple, Protocol, cast

from app.db import Sessions
from app.dicom.dicomjson import text
from app.dicom.part10 import Header
from app.ingest.originals import UNPACKED_SYNTAXES, Digest, Keeper, Kept, chunks, digest_of
from app.storage import ObjectNotFound, ObjectStore, keys
from app.studies.models import Original, Verdict

KEPT = (Verdict.INSTANCE, Verdict.DICOMDIR, Verdict.DOCUMENT)
"""Verdicts whose bytes become originals."""
LOST = "It was lost before it could be read. Send it again."


class HeaderReader(Protocol):
    """The sandbox, as far as reading goes."""

    def read_header(self, file: BinaryIO) -> Header:
        """Tell what a file of the system is; never raises for what it holds."""


class Reading(NamedTuple):
    """What came of one file. Without a digest there were no bytes, without ``kept`` none were kept."""

    file_id: str
    header: Header
    digest: Digest | None = None
    kept: Kept | None = None


class FileReader:
    """Reads the received files of one disc."""

    def __init__(
        self,
        sessions: Sessions,
        store: ObjectStore,
        sandbox: HeaderReader,
        organisation_id: str,
        disc_id: str,
    ) -> None:
        self._sessions, self._store, self._sandbox = sessions, store, sandbox
        self._organisation_id, self._disc_id = organisation_id, disc_id
        self._keeper = Keeper(store, organisation_id, self._knows)

    def read(self, file_id: str, number: int) -> Reading:
        """Read the file ``number`` of the disc. Doing it again gives the same."""
        try:
            with self._received(number) as file:
                return self._read(file_id, file)
        except ObjectNotFound:
            return Reading(file_id, Header(Verdict.REFUSED, LOST))

    def _read(self, file_id: str, file: BinaryIO) -> Reading:
        digest = digest_of(file)
        file.seek(0)
        header = self._sandbox.read_header(file)
        if header.verdict not in KEPT:
            return Reading(file_id, header, digest)
        syntax = text(header.facts or {}, "TransferSyntaxUID")
        return Reading(
            file_id, header, digest, self._keeper.keep(file, digest, pack=syntax in UNPACKED_SYNTAXES)
        )

    @contextmanager
    def _received(self, number: int) -> Iterator[BinaryIO]:
        """Give a received file as a file of the system, which the sandbox needs."""
        key = keys.incoming(self._disc_id, number)
        path = self._store.local_path(key)
        if path is not None:
            with path.open("rb") as file:
                yield file
            return
        with self._store.open(key) as stored, TemporaryFile() as copy:
            for chunk in chunks(stored):
                copy.write(chunk)
            copy.flush()
            yield cast(BinaryIO, copy)

    def _knows(self, sha: str) -> bool:
        with self._sessions() as session:
            return session.get(Original, (self._organisation_id, sha)) is not None
