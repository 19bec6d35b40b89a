"""The job ``read_disc``: every received file gets its verdict, then the disc is judged.

Bytes are kept before rows say so, a batch of rows is one transaction, and only then what was received of the
batch is removed: a job that is cut off at any moment goes on where it was.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Action, record
from app.audit.actor import SYSTEM
from app.db import Sessions
from app.ingest.claims import claim
from app.ingest.entries import Unpacker
from app.ingest.index import Index
from app.ingest.opening import Stopped, open_archive
from app.ingest.outcome import fail
from app.ingest.reading import FileReader, HeaderReader, Reading, handfuls
from app.ingest.review import judge
from app.ingest.source import WAITING, Waiting
from app.ingest.witness import Testimony, hear
from app.jobs import JobQueue
from app.storage import ObjectStore, keys
from app.studies.models import Disc, DiscFile, DiscState

Clock = Callable[[], datetime]
Alive = Callable[[], bool]
READERS = 3
BATCH = 64
AHEAD = 2
"""Batches that are read while one is made durable and written: a slow disk holds nobody up."""


class Reader(HeaderReader, Unpacker, Protocol):
    """The sandbox, as far as reading a disc goes."""


def read_disc(
    sessions: Sessions,
    store: ObjectStore,
    jobs: JobQueue,
    sandbox: Reader,
    disc_id: str,
    clock: Clock,
    alive: Alive,
) -> None:
    """Read what was received of a disc, and judge it. Ends quietly once ``alive()`` is False.

    Doing it again goes on with what is left; for a disc that was read it does nothing.
    """
    with sessions() as session:
        disc = session.get(Disc, disc_id)
    if disc is None or disc.state == DiscState.RECEIVING:
        return
    if disc.state == DiscState.INGESTING:
        reader = FileReader(sessions, store, sandbox, disc.organisation_id, disc.id)
        try:
            open_archive(sessions, store, sandbox, disc, clock(), alive)
            _read_files(sessions, reader, disc, clock, alive)
        except Stopped:
            return
        heard = hear(sessions, store, sandbox, disc)
        with sessions.begin() as session:
            _finish(session, jobs, session.get_one(Disc, disc_id), heard, clock())
    store.delete(keys.incoming_folder(disc_id))


def give_up(session: Session, disc_id: str, reason: str, now: datetime) -> None:
    """Tell that a disc will not be read; ``reason`` is a sentence for staff."""
    disc = session.get(Disc, disc_id)
    if disc is not None and disc.state == DiscState.INGESTING:
        fail(session, disc, reason, by=SYSTEM, now=now)


def _read_files(sessions: Sessions, reader: FileReader, disc: Disc, clock: Clock, alive: Alive) -> None:
    with sessions() as session:
        index = Index(session, disc.organisation_id, disc.id)
    while waiting := _unread(sessions, disc):
        received = {file.file_id: file for file in waiting}
        pool = ThreadPoolExecutor(READERS)
        try:
            for readings in _ahead(pool, reader, waiting, alive):
                reader.settle(readings)
                with sessions.begin() as session:
                    written = index.write(session, readings, clock())
                pool.submit(reader.let_go, [received[reading.file_id] for reading in written])
        finally:
            pool.shutdown(cancel_futures=True)


def _unread(sessions: Sessions, disc: Disc) -> list[Waiting]:
    with sessions() as session:
        unread = select(*WAITING).where(DiscFile.disc_id == disc.id, DiscFile.verdict.is_(None))
        return [Waiting(*row) for row in session.execute(unread.order_by(DiscFile.number))]


def _ahead(
    pool: ThreadPoolExecutor, reader: FileReader, waiting: list[Waiting], alive: Alive
) -> Iterator[list[Reading]]:
    """Yield readings batch by batch, in order; the next ones are read while one is written."""

    def read(handful: list[Waiting]) -> list[Reading]:
        return reader.read(_while(alive, handful))

    files = iter(waiting)
    coming: deque[list[Future[list[Reading]]]] = deque()
    while batch := [pool.submit(read, handful) for handful in handfuls(islice(files, BATCH))]:
        coming.append(batch)
        if len(coming) > AHEAD:
            yield _readings(coming.popleft())
    yield from map(_readings, coming)


def _while(alive: Alive, files: Iterable[Waiting]) -> Iterator[Waiting]:
    for file in files:
        if not alive():
            raise Stopped
        yield file


def _readings(batch: list[Future[list[Reading]]]) -> list[Reading]:
    return [reading for future in batch for reading in future.result()]


def _finish(session: Session, jobs: JobQueue, disc: Disc, heard: Testimony, now: datetime) -> None:
    if disc.state != DiscState.INGESTING:
        return
    disc.missing, disc.read_at = heard.missing, now
    disc.directory_patients = [claim(who) for who in heard.patients]
    _warn(session, heard.contradicted)
    record(
        session,
        Action.DISC_READ,
        SYSTEM,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        missing=len(heard.missing),
        **_counts(session, disc),
    )
    judge(session, disc, now)
    if disc.state != DiscState.FAILED:
        jobs.enqueue(session, "display_disc", {"disc_id": disc.id}, now=now, subject=disc.id)


def _warn(session: Session, contradicted: dict[str, str]) -> None:
    """Keep with each file how the disc's index contradicts it."""
    for file_id, sentence in contradicted.items():
        file = session.get_one(DiscFile, file_id)
        file.warnings = [*file.warnings, sentence]


def _counts(session: Session, disc: Disc) -> dict[str, Any]:
    """Return the numbers of files by verdict."""
    counted = select(DiscFile.verdict, func.count()).where(DiscFile.disc_id == disc.id)
    return {str(verdict): count for verdict, count in session.execute(counted.group_by(DiscFile.verdict))}
