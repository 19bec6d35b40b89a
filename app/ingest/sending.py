"""The ways that a file's bytes take to the store: straight from the browser where the store signs.

What is signed is bound to the file's place and size. That it arrived counts only once the store says so.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.db import Sessions
from app.errors import Unacceptable
from app.ingest.receive import must_receive
from app.storage import ObjectStore, SignedUpload, keys
from app.studies.models import Disc, DiscFile

LASTING = timedelta(minutes=15)
"""How long leave to send one file lasts."""
MOST_AT_ONCE = 200


def sign(
    session: Session, store: ObjectStore, disc: Disc, numbers: Sequence[int]
) -> dict[int, SignedUpload | None]:
    """Return, by number, leave to send each file that is still awaited; None where it must come to us.

    Raises Unacceptable for more than 200, NotFound when the upload is over.
    """
    must_receive(disc)
    awaited = _awaited(session, disc.id, numbers)
    return {
        number: store.sign_upload(keys.incoming(disc.id, number), size, LASTING)
        for number, size in awaited.items()
    }


def arrived(
    sessions: Sessions,
    store: ObjectStore,
    disc_id: str,
    numbers: Sequence[int],
    now: datetime,
    hashes: Mapping[int, str] | None = None,
) -> list[int]:
    """Note which files the store has whole; return the numbers of those that it has not.

    ``hashes`` are SHA-256 (hex) that the sender knows only now. Raises as ``sign`` does.
    """
    with sessions() as session:
        must_receive(session.get_one(Disc, disc_id))
        awaited = _awaited(session, disc_id, numbers)
    found = store.sizes([keys.incoming(disc_id, number) for number in awaited])
    missing = {
        number for number, size in awaited.items() if found.get(keys.incoming(disc_id, number)) != size
    }
    with sessions.begin() as session:
        must_receive(session.get_one(Disc, disc_id))
        _note_hashes(session, disc_id, {n: sha for n, sha in (hashes or {}).items() if n not in missing})
        _note_arrival(session, disc_id, set(awaited) - missing, now)
    return sorted(missing)


def take_stock(sessions: Sessions, store: ObjectStore, disc_id: str, now: datetime) -> None:
    """Note files that the store has whole, though whoever sent them was cut off before they said so.

    Only those whose hash was announced: what is read later is held against it. Raises NotFound when the
    upload is over.
    """
    with sessions() as session:
        must_receive(session.get_one(Disc, disc_id))
        hashed = select(DiscFile.number, DiscFile.size).where(
            DiscFile.announced_sha256.is_not(None), *_open(disc_id)
        )
        awaited = {keys.incoming(disc_id, row[0]): (row[0], row[1]) for row in session.execute(hashed)}
    found = store.sizes(list(awaited))
    there = [number for key, (number, size) in awaited.items() if found.get(key) == size]
    with sessions.begin() as session:
        for at in range(0, len(there), MOST_AT_ONCE):
            _note_arrival(session, disc_id, there[at : at + MOST_AT_ONCE], now)


def _awaited(session: Session, disc_id: str, numbers: Sequence[int]) -> dict[int, int]:
    """Return number and size of those files that have not arrived yet."""
    if len(numbers) > MOST_AT_ONCE:
        raise Unacceptable(f"Ask for at most {MOST_AT_ONCE} files at once.")
    awaited = select(DiscFile.number, DiscFile.size).where(DiscFile.number.in_(numbers), *_open(disc_id))
    return {row[0]: row[1] for row in session.execute(awaited.order_by(DiscFile.number))}


def _open(disc_id: str) -> tuple[ColumnElement[bool], ...]:
    return DiscFile.disc_id == disc_id, DiscFile.received_at.is_(None), DiscFile.verdict.is_(None)


def _note_arrival(session: Session, disc_id: str, numbers: Collection[int], now: datetime) -> None:
    awaited = update(DiscFile).where(DiscFile.number.in_(numbers), *_open(disc_id))
    session.execute(awaited.values(received_at=now))


def _note_hashes(session: Session, disc_id: str, hashes: Mapping[int, str]) -> None:
    for number, sha256 in hashes.items():
        unknown = update(DiscFile).where(
            DiscFile.disc_id == disc_id, DiscFile.number == number, DiscFile.announced_sha256.is_(None)
        )
        session.execute(unknown.values(announced_sha256=sha256))
