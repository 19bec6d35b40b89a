"""Taking a disc in from a folder, a ZIP or an ISO image on this machine."""

import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.db import Sessions
from app.errors import Unacceptable, VirtualCdError
from app.ingest import folder
from app.ingest.archives import Archive, kind_of
from app.ingest.begin import Expected, begin_disc, close_disc
from app.ingest.entries import Entry, Unpacker, Unreadable, refused
from app.ingest.going_on import Claims, Hashed, Wanted, unfinished
from app.ingest.limits import check_room
from app.ingest.names import shown_path
from app.ingest.outcome import fail
from app.ingest.quotas import check_kept
from app.jobs import JobQueue
from app.storage import ObjectStore, keys
from app.studies.models import Disc, DiscFile, Verdict

Progress = Callable[[int, int], None]

BATCH = 100
"""Files acknowledged in one transaction."""
INTERRUPTED = "The import was interrupted. Import it again."


class _Import(NamedTuple):
    """A disc that is being filled from this machine."""

    sessions: Sessions
    store: ObjectStore
    organisation_id: str
    disc_id: str
    now: datetime


def import_path(
    sessions: Sessions,
    store: ObjectStore,
    jobs: JobQueue,
    sandbox: Unpacker,
    organisation_id: str,
    path: Path,
    *,
    label: str,
    expected: Expected,
    by: Actor,
    created_by: str | None,
    now: datetime,
    progress: Progress,
    claims: Claims | None = None,
) -> str:
    """Take in the folder, ZIP or ISO image at ``path`` and ask for it to be read; return the disc's id.

    With ``claims`` it goes on with a disc whose import was killed, when that one was asked for in the same
    words and what arrived is on offer still. ``progress`` is told bytes done and bytes in all. A path that
    offers nothing, or is no archive, makes a failed disc. Raises Unacceptable when there is nothing to read
    at all, TooLarge before anything is kept, and what the store raises; the disc is failed and emptied then.
    """
    with _offered(path, sandbox) as (source, entries), ExitStack() as stack:
        check_room(0, 0, [entry.size for entry in entries if entry.open])
        total = sum(entry.size for entry in entries)
        wanted = Wanted(organisation_id, source, label, expected, created_by)
        before = claims and stack.enter_context(
            unfinished(sessions, claims, wanted, entries, lambda done: progress(done, total))
        )
        with sessions.begin() as session:
            if before:
                about = {"organisation_id": organisation_id, "disc_id": before[0]}
                record(session, Action.UPLOAD_RESUMED, by, now, **about)
            disc_id, have = before or (_begin(session, wanted, entries, by, now), 0)
        if claims and not before:
            stack.enter_context(claims.claimed(disc_id, wait=True))
        filling = _Import(sessions, store, organisation_id, disc_id, now)
        with _undone_on_failure(filling, by):
            _take_all(filling, entries, have, progress)
            with sessions.begin() as session:
                close_disc(session, jobs, session.get_one(Disc, disc_id), by=by, now=now)
    if claims:
        claims.forget(disc_id)
    return disc_id


def _begin(session: Session, wanted: Wanted, entries: list[Entry], by: Actor, now: datetime) -> str:
    check_kept(session, wanted.organisation_id, sum(entry.size for entry in entries if entry.open))
    return begin_disc(
        session,
        wanted.organisation_id,
        source=wanted.source,
        label=wanted.label,
        expected=wanted.expected,
        by=by,
        created_by=wanted.created_by,
        now=now,
    ).id


@contextmanager
def _offered(path: Path, sandbox: Unpacker) -> Iterator[tuple[str, list[Entry]]]:
    """Give what a path holds, and how a disc from there is called (``Disc.source``)."""
    try:
        mode = path.stat().st_mode
    except OSError as why:
        raise Unacceptable(f"That could not be read ({why.strerror}).") from None
    if stat.S_ISDIR(mode):
        yield "folder", list(folder.entries(path))
    elif not stat.S_ISREG(mode):
        raise Unacceptable("That is neither a folder nor a file.")
    else:
        with path.open("rb") as file, ExitStack() as stack:
            kind = kind_of(file, path.name) or Archive.ZIP
            try:
                entries = stack.enter_context(sandbox.opened(kind, file, path.stat().st_size))
            except Unreadable as why:
                entries = [refused(path.name, path.stat().st_size, str(why))]
            yield kind, entries


@contextmanager
def _undone_on_failure(filling: _Import, by: Actor) -> Iterator[None]:
    """Fail and empty the disc when its import is cut short, however that happens."""
    try:
        yield
    except BaseException as why:
        reason = str(why) if isinstance(why, VirtualCdError) else INTERRUPTED
        with filling.sessions.begin() as session:
            fail(session, session.get_one(Disc, filling.disc_id), reason, by=by, now=filling.now)
        filling.store.delete(keys.incoming_folder(filling.disc_id))
        raise


def _take_all(filling: _Import, entries: list[Entry], have: int, progress: Progress) -> None:
    """Copy every entry but the first ``have`` to ``incoming``; a batch's rows follow its bytes."""
    total, done = sum(entry.size for entry in entries), sum(entry.size for entry in entries[:have])
    numbered = islice(enumerate(entries), have, None)
    while batch := list(islice(numbered, BATCH)):
        rows = []
        for number, entry in batch:
            rows.append(_take(filling, number, entry))
            done += entry.size
            progress(done, total)
        with filling.sessions.begin() as session:
            session.add_all(rows)


def _take(filling: _Import, number: int, entry: Entry) -> DiscFile:
    row = DiscFile(
        organisation_id=filling.organisation_id,
        disc_id=filling.disc_id,
        number=number,
        path=shown_path(entry.path),
        size=entry.size,
    )
    try:
        row.size, row.announced_sha256 = _copy(filling, number, entry)
        row.received_at = filling.now
    except Unreadable as why:
        row.verdict, row.reason = Verdict.REFUSED, str(why)
    return row


def _copy(filling: _Import, number: int, entry: Entry) -> tuple[int, str]:
    """Return the size in bytes and the SHA-256 (hex) of what was copied."""
    if entry.open is None:
        raise Unreadable(entry.refusal or "")
    with entry.open() as source:
        hashed = Hashed(source)
        size = filling.store.put(keys.incoming(filling.disc_id, number), cast(BinaryIO, hashed))
    return size, hashed.hexdigest
