"""Copies without compression: which originals need one, which are there, and their end.

As long as there is a row its bytes are there: who asks again has it kept for longer, and only what is over
for a day goes.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.db import Sessions
from app.dicom.uids import EXPLICIT_LITTLE
from app.storage import ObjectStore, keys
from app.studies.models import Instance, PlainCopy

KEPT = timedelta(days=7)
GRACE = timedelta(days=1)
"""A download that began in time still finds its bytes."""
FEW = 100
BATCH = 500


class Wanted(NamedTuple):
    """An original that needs a copy, and an instance that it is the bytes of."""

    organisation_id: str
    sha256: str
    instance_id: str


def wanted(session: Session, among: Any) -> list[Wanted]:
    """Return what needs a copy of the instances for which the condition ``among`` holds, each original once.

    What cannot be listed anyway travels as it is.
    """
    written = select(
        Instance.organisation_id,
        Instance.sha256,
        Instance.id,
        Instance.unlisted_reason,
        Instance.transfer_syntax_uid,
    )
    return _once(session.execute(written.where(among).order_by(Instance.id)))


def wanted_of(instances: Iterable[Instance]) -> list[Wanted]:
    """Return what needs a copy of these, as ``wanted`` does."""
    return _once(
        (one.organisation_id, one.sha256, one.id, one.unlisted_reason, one.transfer_syntax_uid)
        for one in sorted(instances, key=lambda one: one.id)
    )


def _once(rows: Iterable[Any]) -> list[Wanted]:
    found: dict[str, Wanted] = {}
    for organisation_id, sha256, instance_id, unlisted_reason, transfer_syntax_uid in rows:
        if unlisted_reason is None and transfer_syntax_uid != EXPLICIT_LITTLE:
            found.setdefault(sha256, Wanted(organisation_id, sha256, instance_id))
    return list(found.values())


def copies_of(session: Session, originals: Sequence[Wanted], now: datetime) -> dict[str, PlainCopy]:
    """Return the copies that are there and last, by the SHA-256 of the original."""
    found: dict[str, PlainCopy] = {}
    for some in _batches(originals):
        there = select(PlainCopy).where(*_are_of(some), PlainCopy.kept_until > now)
        found |= {copy.original_sha256: copy for copy in session.scalars(there)}
    return found


def missing(session: Session, originals: Sequence[Wanted]) -> list[Wanted]:
    """Return what has no copy yet."""
    there: set[str] = set()
    for some in _batches(originals):
        there |= set(session.scalars(select(PlainCopy.original_sha256).where(*_are_of(some))))
    return [one for one in originals if one.sha256 not in there]


def keep_longer(session: Session, originals: Sequence[Wanted], now: datetime) -> None:
    """Have the copies that are there kept as long as new ones."""
    for some in _batches(originals):
        session.execute(update(PlainCopy).where(*_are_of(some)).values(kept_until=now + KEPT))


def sweep_copies(sessions: Sessions, store: ObjectStore, now: datetime) -> int:
    """Remove copies whose time is over, rows before bytes; return how many."""
    over = PlainCopy.kept_until <= now - GRACE
    removed, more = 0, True
    while more:
        with sessions.begin() as session:
            some = session.scalars(select(PlainCopy.id).where(over).limit(FEW)).all()
            gone = session.execute(
                delete(PlainCopy)
                .where(PlainCopy.id.in_(some), over)
                .returning(PlainCopy.organisation_id, PlainCopy.original_sha256, PlainCopy.id)
            ).all()
        for organisation_id, sha256, copy_id in gone:
            store.delete(keys.plain_copy(organisation_id, sha256, copy_id))
        removed += len(gone)
        more = len(some) == FEW
    return removed


def _batches(originals: Sequence[Wanted]) -> Iterator[Sequence[Wanted]]:
    return (originals[at : at + BATCH] for at in range(0, len(originals), BATCH))


def _are_of(some: Sequence[Wanted]) -> tuple[Any, Any]:
    """Return the conditions for copies of originals of one organisation."""
    hashes = [one.sha256 for one in some]
    return PlainCopy.organisation_id == some[0].organisation_id, PlainCopy.original_sha256.in_(hashes)
