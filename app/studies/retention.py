"""How a disc ends: deleted, for 24 hours to be restored, then purged. A hold wins over both."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.audit import Action, Actor, record
from app.audit.actor import SYSTEM
from app.db import Sessions
from app.errors import NotFound, Refused
from app.storage import ObjectStore, keys
from app.studies.holding import hold_originals
from app.studies.models import Attachment, Disc, DiscFile, DiscPatient, Instance, Original, Series, Study

UNDO = timedelta(hours=24)
AT_ONCE = 10
"""Discs purged in one round."""
FEW = 100
"""Files purged in one transaction; on SQLite nobody else writes meanwhile."""
EraseNotes = Callable[[Session, str], None]


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


def purge_due(sessions: Sessions, store: ObjectStore, now: datetime, erase_notes: EraseNotes) -> int:
    """Purge discs that were deleted more than 24 hours ago, a few at a time; return how many.

    ``erase_notes`` erases what was noted of the disc with that id: it goes in the transaction that ends the
    purge, so that no purged disc has any.

    Bytes that another disc of the organisation needs stay. The disc's row stays, without names, and so does
    the audit log. Bytes go just before their rows, a few in one short transaction, in which nobody else can
    come to rely on them: what is interrupted goes on where it was.
    """
    due = select(Disc).where(Disc.deleted_at <= now - UNDO, Disc.purged_at.is_(None), Disc.held_at.is_(None))
    with sessions() as session:
        discs = session.scalars(due.order_by(Disc.deleted_at, Disc.id).limit(AT_ONCE)).all()
    for disc in discs:
        _purge(sessions, store, disc, now, erase_notes)
    return len(discs)


def _purge(
    sessions: Sessions, store: ObjectStore, disc: Disc, now: datetime, erase_notes: EraseNotes
) -> None:
    purged, more = 0, True
    while more:
        with sessions.begin() as session:
            some = session.scalars(select(DiscFile).where(DiscFile.disc_id == disc.id).limit(FEW)).all()
            purged += purge_files(session, store, disc.organisation_id, some)
        more = len(some) == FEW
    store.delete(keys.incoming_folder(disc.id))
    store.delete(keys.bundle_folder(disc.organisation_id, disc.id))
    with sessions.begin() as session:
        for table in (Instance, Series, Study, DiscPatient, DiscFile):
            session.execute(delete(table).where(table.disc_id == disc.id))
        erase_notes(session, disc.id)
        gone = session.get_one(Disc, disc.id)
        gone.purged_at, gone.label = now, ""
        _forget_the_patient(gone)
        _record(session, Action.DISC_PURGED, gone, SYSTEM, now, originals=purged)


def _forget_the_patient(disc: Disc) -> None:
    """Empty what was written about people into a disc's row: by staff, by its files, by its directories."""
    disc.expected_name = disc.expected_patient_id = disc.expected_birth_date = disc.same_person = None
    disc.decided_because = None
    disc.review_reasons = disc.directory_patients = disc.missing = disc.left_paths = []


def purge_files(session: Session, store: ObjectStore, organisation_id: str, files: Sequence[DiscFile]) -> int:
    """Remove files with their instances; return the number of originals that went along."""
    hold_originals(session, organisation_id)
    ids = [file.id for file in files]
    session.execute(delete(Attachment).where(Attachment.disc_file_id.in_(ids)))
    session.execute(delete(Instance).where(Instance.disc_file_id.in_(ids)))
    session.execute(delete(DiscFile).where(DiscFile.id.in_(ids)))
    hashes = {file.sha256 for file in files if file.sha256}
    return _purge_originals(session, store, organisation_id, sorted(hashes))


def _purge_originals(
    session: Session, store: ObjectStore, organisation_id: str, hashes: Sequence[str]
) -> int:
    """Remove those originals that nothing refers to any more, and what was made of them."""
    twin = aliased(Original)
    needed = exists().where(
        DiscFile.organisation_id == Original.organisation_id,
        or_(
            DiscFile.sha256 == Original.sha256,
            and_(DiscFile.announced_sha256 == Original.sha256, DiscFile.held),
        ),
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


def _record(session: Session, action: Action, disc: Disc, by: Actor, now: datetime, **details: Any) -> None:
    record(session, action, by, now, organisation_id=disc.organisation_id, disc_id=disc.id, **details)
