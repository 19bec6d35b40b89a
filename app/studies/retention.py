"""How a disc ends: deleted, for 24 hours to be restored, then purged. A hold wins over both."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, aliased

from app.audit import Action, Actor, record
from app.audit.actor import SYSTEM
from app.errors import NotFound, Refused
from app.storage import ObjectStore, keys
from app.studies.holding import hold_originals
from app.studies.models import Disc, DiscFile, DiscPatient, Instance, Original, Series, Study

UNDO = timedelta(hours=24)
AT_ONCE = 10
"""Discs purged in one transaction."""
MANY = 500
"""Values in one question to the database."""


def delete_disc(session: Session, disc: Disc, *, by: Actor, now: datetime) -> None:
    """Delete a disc; its shares end with it. Raises Refused while it is held."""
    if disc.held_at:
        raise Refused("This disc is held and cannot be deleted.")
    disc.deleted_at = now
    _record(session, Action.DISC_DELETED, disc, by, now)


def restore_disc(session: Session, organisation_id: str, disc_id: str, *, by: Actor, now: datetime) -> Disc:
    """Undo a deletion of the last 24 hours. Raises NotFound when there is none."""
    disc = session.get(Disc, disc_id)
    if disc is None or disc.organisation_id != organisation_id or not _can_return(disc, now):
        raise NotFound("There is no such deleted disc. A deletion can be undone for 24 hours.")
    disc.deleted_at = None
    if disc.sent_back_at:
        disc.sent_back_at = disc.decided_at = disc.decided_by = disc.decided_because = None
    _record(session, Action.DISC_RESTORED, disc, by, now)
    return disc


def deleted_discs(session: Session, organisation_id: str, now: datetime) -> list[Disc]:
    """Return the discs that can still be restored, the last deleted first."""
    deleted = select(Disc).where(
        Disc.organisation_id == organisation_id, Disc.deleted_at > now - UNDO, Disc.purged_at.is_(None)
    )
    return list(session.scalars(deleted.order_by(Disc.deleted_at.desc(), Disc.id)))


def purge_due(session: Session, store: ObjectStore, now: datetime) -> int:
    """Purge discs that were deleted more than 24 hours ago, a few at a time; return how many.

    Bytes that another disc of the organisation needs stay. The disc's row stays, without names, and so does
    the audit log. Bytes go before their rows are gone for good: what is interrupted is done again.
    """
    due = select(Disc).where(Disc.deleted_at <= now - UNDO, Disc.purged_at.is_(None), Disc.held_at.is_(None))
    discs = session.scalars(due.order_by(Disc.deleted_at, Disc.id).limit(AT_ONCE)).all()
    for disc in discs:
        _purge(session, store, disc, now)
    return len(discs)


def _purge(session: Session, store: ObjectStore, disc: Disc, now: datetime) -> None:
    hold_originals(session, disc.organisation_id)
    hashes = session.scalars(select(DiscFile.sha256).where(DiscFile.disc_id == disc.id).distinct()).all()
    for table in (Instance, Series, Study, DiscPatient, DiscFile):
        session.execute(delete(table).where(table.disc_id == disc.id))
    purged = 0
    for some in _some([sha256 for sha256 in hashes if sha256]):
        purged += _purge_originals(session, store, disc.organisation_id, some)
    store.delete(keys.incoming_folder(disc.id))
    store.delete(keys.bundle_folder(disc.organisation_id, disc.id))
    disc.purged_at, disc.label = now, ""
    disc.expected_name = disc.expected_patient_id = disc.expected_birth_date = None
    _record(session, Action.DISC_PURGED, disc, SYSTEM, now, originals=purged)


def _purge_originals(
    session: Session, store: ObjectStore, organisation_id: str, hashes: Sequence[str]
) -> int:
    """Remove those originals that nothing refers to any more, and what was made of them."""
    twin = aliased(Original)
    needed = exists().where(
        DiscFile.organisation_id == Original.organisation_id, DiscFile.sha256 == Original.sha256
    )
    scrubs = exists().where(
        twin.organisation_id == Original.organisation_id, twin.scrubbed_sha256 == Original.sha256
    )
    unneeded = select(Original).where(
        Original.organisation_id == organisation_id, Original.sha256.in_(hashes), ~needed, ~scrubs
    )
    gone = session.scalars(unneeded).all()
    for original in gone:
        session.delete(original)
        store.delete(keys.original(organisation_id, original.sha256))
        store.delete(keys.display_folder(organisation_id, original.sha256))
    session.flush()
    scrubbed = [original.scrubbed_sha256 for original in gone if original.scrubbed_sha256]
    return len(gone) + (_purge_originals(session, store, organisation_id, scrubbed) if scrubbed else 0)


def _can_return(disc: Disc, now: datetime) -> bool:
    return disc.deleted_at is not None and disc.deleted_at > now - UNDO and disc.purged_at is None


def _some(values: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, MANY)):
        yield some


def _record(session: Session, action: Action, disc: Disc, by: Actor, now: datetime, **details: Any) -> None:
    record(session, action, by, now, organisation_id=disc.organisation_id, disc_id=disc.id, **details)
