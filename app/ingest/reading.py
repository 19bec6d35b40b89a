"""One file of a disc, read: its hash, its verdict, its bytes where they belong. Runs in several threads."""

from collections.abc import Iterable
from typing import BinaryIO, NamedTuple, Protocol

from sqlalchemy import bindparam, select

from app.db import Sessions
from app.dicom.dicomjson import text
from app.dicom.part10 import Header
from app.ingest.originals import UNPACKED_SYNTAXES, Digest, Keeper, Kept, at_hand, digest_of
from app.ingest.pictures import PhotoMaker, Photos, is_picture
from app.ingest.source import Source, Waiting
from app.storage import ObjectNotFound, ObjectStore
from app.studies.models import Original, Verdict

KEPT = (Verdict.INSTANCE, Verdict.DICOMDIR, Verdict.DOCUMENT)
"""Verdicts whose bytes become originals."""
CHANGED = "It changed on the way: what arrived is not what was read from the disc. Send the disc again."
LOST = "It was lost before it could be read. Send it again."
_KNOWN = select(Original.sha256).where(
    Original.organisation_id == bindparam("organisation_id"), Original.sha256 == bindparam("sha256")
)


class HeaderReader(PhotoMaker, Protocol):
    """The sandbox, as far as reading goes."""

    def read_header(self, file: BinaryIO) -> Header:
        """Tell what a file of the system is; never raises for what it holds."""


class Reading(NamedTuple):
    """What came of one file. Without a digest there were no bytes, without ``kept`` none were kept."""

    file_id: str
    header: Header
    digest: Digest | None = None
    kept: Kept | None = None

    @property
    def all_kept(self) -> list[Kept]:
        """All that was kept of the file: nothing, the original, or the scrubbed one and the original."""
        return self.kept.all if self.kept else []


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
        self._source = Source(sessions, store, organisation_id, disc_id)
        self._keeper = Keeper(store, organisation_id, self._knows)
        self._photos = Photos(store, sandbox, organisation_id)

    def read(self, waiting: Waiting) -> Reading:
        """Read one file of the disc. Doing it again gives the same."""
        try:
            with self._source.opened(waiting) as file:
                return self._read(waiting, file)
        except ObjectNotFound:
            return Reading(waiting.file_id, Header(Verdict.REFUSED, LOST))

    def settle(self, readings: Iterable[Reading]) -> None:
        """Make what was kept durable, before rows are written that say so."""
        self._keeper.settle(kept for reading in readings for kept in reading.all_kept)

    def _read(self, waiting: Waiting, file: BinaryIO) -> Reading:
        file_id, content = waiting.file_id, at_hand(file)
        digest = digest_of(content)
        if waiting.announced_sha256 not in (None, digest.sha256):
            return Reading(file_id, Header(Verdict.REFUSED, CHANGED))
        file.seek(0)
        header = self._sandbox.read_header(file)
        if is_picture(header):
            header = self._photos.judged(header, waiting.path, file, digest.sha256)
        if header.verdict not in KEPT:
            return Reading(file_id, header, digest)
        syntax = text(header.facts or {}, "TransferSyntaxUID")
        return Reading(
            file_id, header, digest, self._keeper.keep(content, digest, pack=syntax in UNPACKED_SYNTAXES)
        )

    def _knows(self, sha: str) -> bool:
        key = {"organisation_id": self._organisation_id, "sha256": sha}
        with self._sessions.engine.connect() as connection:  # a session would take three times as long
            return connection.scalar(_KNOWN, key) is not None
