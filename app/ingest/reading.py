"""One file of a disc, read: its hash, its verdict, its bytes where they belong. Runs in several threads."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from typing import BinaryIO, NamedTuple, Protocol

from sqlalchemy import bindparam, select

from app.db import Sessions
from app.dicom.dicomjson import text
from app.dicom.part10 import Header
from app.ingest.originals import IN_MEMORY, UNPACKED_SYNTAXES, Digest, Keeper, Kept, at_hand, digest_of
from app.ingest.pictures import PhotoMaker, Photos, is_picture
from app.ingest.source import Source, Waiting
from app.storage import ObjectNotFound, ObjectStore
from app.studies.models import Original, Verdict

KEPT = (Verdict.INSTANCE, Verdict.DICOMDIR, Verdict.DOCUMENT)
"""Verdicts whose bytes become originals."""
CHANGED = "It changed on the way: what arrived is not what was read from the disc. Send the disc again."
LOST = "It was lost before it could be read. Send it again."
HANDFUL = 8
"""Files that are read one after the other by one thread, which asks for their originals once."""
_KNOWN = select(Original.sha256).where(
    Original.organisation_id == bindparam("organisation_id"),
    Original.sha256.in_(bindparam("sha256", expanding=True)),
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


class _Received(NamedTuple):
    """A file that waited, its bytes for the sandbox and for going through them, and their digest."""

    waiting: Waiting
    file: BinaryIO
    content: BinaryIO
    digest: Digest


class _Answers:
    """Whether there are rows for originals: of a handful asked at once, of what comes up later singly."""

    def __init__(self, ask: Callable[[Collection[str]], set[str]], asked: Collection[str]) -> None:
        self._ask, self._asked, self._known = ask, asked, ask(asked)

    def __call__(self, sha256: str) -> bool:
        return sha256 in (self._known if sha256 in self._asked else self._ask([sha256]))


def handfuls(files: Iterable[Waiting]) -> Iterator[list[Waiting]]:
    """Yield files in their order, as many at a time as are held in memory together; a larger one alone."""
    handful: list[Waiting] = []
    for file in files:
        if len(handful) == HANDFUL or sum(one.size for one in handful) + file.size > IN_MEMORY:
            if handful:
                yield handful
            handful = []
        handful.append(file)
    if handful:
        yield handful


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
        self._keeper = Keeper(store, organisation_id)
        self._photos = Photos(store, sandbox, organisation_id)

    def read(self, handful: Iterable[Waiting]) -> list[Reading]:
        """Read some files of the disc, a handful, in their order. Doing it again gives the same."""
        with ExitStack() as opened:
            received = [self._received(waiting, opened) for waiting in handful]
            asked = {one.digest.sha256 for one in received if isinstance(one, _Received)}
            knows = _Answers(self._known, asked)
            return [one if isinstance(one, Reading) else self._read(one, knows) for one in received]

    def settle(self, readings: Iterable[Reading]) -> None:
        """Make what was kept durable, before rows are written that say so."""
        self._keeper.settle(kept for reading in readings for kept in reading.all_kept)

    def let_go(self, files: Iterable[Waiting]) -> None:
        """Remove the received bytes of files whose rows have their verdict."""
        self._source.let_go(files)

    def _received(self, waiting: Waiting, opened: ExitStack) -> _Received | Reading:
        try:
            file = opened.enter_context(self._source.opened(waiting))
        except ObjectNotFound:
            return Reading(waiting.file_id, Header(Verdict.REFUSED, LOST))
        content = at_hand(file)
        return _Received(waiting, file, content, digest_of(content))

    def _read(self, received: _Received, knows: _Answers) -> Reading:
        waiting, file, content, digest = received
        file_id = waiting.file_id
        if waiting.announced_sha256 not in (None, digest.sha256):
            return Reading(file_id, Header(Verdict.REFUSED, CHANGED))
        file.seek(0)
        header = self._sandbox.read_header(file)
        if is_picture(header):
            header = self._photos.judged(header, waiting.path, file, digest.sha256)
        if header.verdict not in KEPT:
            return Reading(file_id, header, digest)
        syntax = text(header.facts or {}, "TransferSyntaxUID")
        pack = syntax in UNPACKED_SYNTAXES
        kept = self._keeper.keep(content, digest, pack=pack, knows=knows)
        return Reading(file_id, header, digest, kept)

    def _known(self, digests: Collection[str]) -> set[str]:
        """Return those of these SHA-256 that there is a row for."""
        keys = {"organisation_id": self._organisation_id, "sha256": list(digests)}
        with self._sessions.engine.connect() as connection:  # a session would take three times as long
            return set(connection.scalars(_KNOWN, keys))
