"""A disc that came as one ZIP or ISO image: that file gives way to what is in it.

Entries of a ZIP are unpacked to ``incoming``; files of an image are read where they lie, one at a time. Rows
change in one transaction once the bytes are there: what is cut off before is done again from the start.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import BinaryIO, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit.actor import SYSTEM
from app.db import Sessions
from app.errors import TooLarge
from app.ingest import archives
from app.ingest.archives import Archive
from app.ingest.begin import one_at_a_time
from app.ingest.entries import Entry, Unpacker, Unreadable
from app.ingest.limits import FILE_TOO_LARGE, MAX_FILE_BYTES, check_room
from app.ingest.names import shown_path
from app.ingest.originals import digest_of
from app.ingest.outcome import fail
from app.ingest.ranged import ranged
from app.ingest.source import IMAGE
from app.storage import ObjectNotFound, ObjectStore, keys
from app.studies.models import Disc, DiscFile, DiscState, Verdict

Alive = Callable[[], bool]
READ_AHEAD = 4 << 20
"""Bytes that are fetched at once of an archive that lies elsewhere."""


class Stopped(Exception):
    """The job is no longer ours; what is written so far stays."""


class StoreAway(Exception):
    """The store failed while an archive was read: no fault of the archive, and worth another try."""


class _Lone(NamedTuple):
    """The only file of a disc."""

    id: str
    path: str
    size: int
    announced_sha256: str | None


def open_archive(
    sessions: Sessions, store: ObjectStore, sandbox: Unpacker, disc: Disc, now: datetime, alive: Alive
) -> None:
    """If all that was received of a disc is one ZIP or ISO image, put the files in it in its place.

    What cannot be opened fails the disc, with the reason. Archives inside are not opened. Doing it again does
    nothing. Raises Stopped.
    """
    lone = _lone(sessions, disc)
    if lone is None:
        return
    try:
        with _received(store, disc.id, lone.size) as file:
            kind = archives.kind_of(file, lone.path)
            if kind is None:
                _check_size(sessions, lone)
            elif lone.announced_sha256 in (None, digest_of(file).sha256):
                with sandbox.opened(kind, file, lone.size) as entries:
                    rows = _take_all(store, disc, entries, now, alive)
                _replace(sessions, disc, lone, kind, rows)
                if kind == Archive.ZIP:
                    store.delete(keys.incoming(disc.id, IMAGE))
    except ObjectNotFound:
        return  # reading it says so
    except (Unreadable, TooLarge) as why:
        with sessions.begin() as session:
            fail(session, session.get_one(Disc, disc.id), str(why), by=SYSTEM, now=now)


def _lone(sessions: Sessions, disc: Disc) -> _Lone | None:
    """Return the only file of a disc that was not opened before."""
    if disc.source in (Archive.ZIP, Archive.ISO):
        return None
    with sessions() as session:
        files = session.scalars(select(DiscFile).where(DiscFile.disc_id == disc.id).limit(2)).all()
    if len(files) != 1 or files[0].verdict or files[0].held:
        return None
    return _Lone(files[0].id, files[0].path, files[0].size, files[0].announced_sha256)


@contextmanager
def _received(store: ObjectStore, disc_id: str, size: int) -> Iterator[BinaryIO]:
    key = keys.incoming(disc_id, IMAGE)
    path = store.local_path(key)
    if path is not None:
        with path.open("rb") as local:
            yield local
    else:
        with ranged(partial(_fetch, store, key), size, READ_AHEAD) as remote:
            yield remote


def _fetch(store: ObjectStore, key: str, offset: int, size: int) -> bytes:
    try:
        with store.open(key, offset, size) as part:
            return part.read()
    except OSError as why:
        raise StoreAway("the store failed while an archive was read") from why


def _check_size(sessions: Sessions, lone: _Lone) -> None:
    """Refuse a file that was let in for an archive and is none."""
    if lone.size > MAX_FILE_BYTES:
        with sessions.begin() as session:
            file = session.get_one(DiscFile, lone.id)
            file.verdict, file.reason = Verdict.REFUSED, FILE_TOO_LARGE


def _take_all(
    store: ObjectStore, disc: Disc, entries: list[Entry], now: datetime, alive: Alive
) -> list[DiscFile]:
    check_room(0, 0, [entry.size for entry in entries if entry.open])
    rows = []
    for number, entry in enumerate(entries, IMAGE + 1):
        if not alive():
            raise Stopped
        rows.append(_take(store, disc, number, entry, now))
    return rows


def _take(store: ObjectStore, disc: Disc, number: int, entry: Entry, now: datetime) -> DiscFile:
    row = DiscFile(
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        number=number,
        path=shown_path(entry.path),
        size=entry.size,
        image_offset=entry.offset,
    )
    try:
        if entry.offset is None:
            row.size = _unpack(store, keys.incoming(disc.id, number), entry)
        row.received_at = now
    except Unreadable as why:
        row.verdict, row.reason = Verdict.REFUSED, str(why)
    return row


def _unpack(store: ObjectStore, key: str, entry: Entry) -> int:
    if entry.open is None:
        raise Unreadable(entry.refusal or "")
    with entry.open() as source:
        return store.put(key, source, durable=False)


def _replace(sessions: Sessions, disc: Disc, lone: _Lone, kind: Archive, rows: list[DiscFile]) -> None:
    with sessions.begin() as session:
        now_disc = session.get_one(Disc, disc.id)
        one_at_a_time(session, now_disc)
        if not _still_there(session, lone) or now_disc.state != DiscState.INGESTING:
            raise Stopped
        session.execute(delete(DiscFile).where(DiscFile.id == lone.id))
        session.add_all(rows)
        now_disc.source, now_disc.files_announced = kind, len(rows)


def _still_there(session: Session, lone: _Lone) -> bool:
    unread = select(func.count()).where(DiscFile.id == lone.id, DiscFile.verdict.is_(None))
    return bool(session.scalar(unread))
