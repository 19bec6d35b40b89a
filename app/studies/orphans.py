"""Bytes that no row knows: left by a crash between the two. They go once they are a day old.

The store is gone through shelf by shelf, the first two letters of the hashes, so that no round takes long.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.db import Sessions
from app.storage import ObjectNotFound, ObjectStore, keys
from app.studies.holding import hold_originals
from app.studies.models import Original

SHELVES = 256
AGE = timedelta(days=1)
TURN = timedelta(minutes=5)
"""One shelf is due every five minutes: all of them within a day."""


def sweep_orphans(sessions: Sessions, store: ObjectStore, now: datetime, since: datetime) -> int:
    """Remove orphans on the shelves that came due after ``since``; return how many objects.

    Whoever keeps an original writes its bytes anew unless there is a row: an old object without one is
    nobody's.
    """
    with sessions() as session:
        organisations = list(session.scalars(select(Organisation.id)))
    return sum(
        _sweep(sessions, store, organisation_id, shelf, now)
        for organisation_id in organisations
        for shelf in shelves(since, now)
    )


def shelves(since: datetime, now: datetime) -> list[str]:
    """Return the shelves that came due after ``since``, each once."""
    first, last = (int(moment.timestamp() // TURN.total_seconds()) for moment in (since, now))
    return [f"{turn % SHELVES:02x}" for turn in range(max(first, last - SHELVES) + 1, last + 1)]


def _sweep(sessions: Sessions, store: ObjectStore, organisation_id: str, shelf: str, now: datetime) -> int:
    removed = 0
    for key in list(store.keys(keys.shelf(organisation_id, shelf))):
        sha256 = key.rpartition("/")[2]
        with sessions() as session:
            if _known(session, organisation_id, sha256):
                continue
        with sessions.begin() as session:
            hold_originals(session, organisation_id)
            if _is_old(store, key, now) and not _known(session, organisation_id, sha256):
                store.delete(keys.display_folder(organisation_id, sha256))
                removed += store.delete(key)
    return removed


def _known(session: Session, organisation_id: str, sha256: str) -> bool:
    return session.get(Original, (organisation_id, sha256)) is not None


def _is_old(store: ObjectStore, key: str, now: datetime) -> bool:
    try:
        return store.info(key).modified_at < now - AGE
    except ObjectNotFound:
        return False
