"""Clearing away what nobody will finish: uploads that were abandoned, files that were read already."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from app.audit import Action, record
from app.audit.actor import SYSTEM
from app.db import Sessions
from app.ingest.grants import end_grants
from app.ingest.limits import UPLOAD_HOURS
from app.storage import ObjectStore, keys
from app.studies.models import Disc, DiscFile, DiscState

RESTING = timedelta(hours=UPLOAD_HOURS)
ABANDONED = f"Nothing arrived for {UPLOAD_HOURS} hours."
OPEN = (DiscState.RECEIVING, DiscState.INGESTING, DiscState.FAILED)
"""States in which what was received still matters; a failed disc keeps it until it is deleted."""


def sweep(sessions: Sessions, store: ObjectStore, now: datetime) -> int:
    """Remove abandoned uploads, and whatever else lies in ``incoming`` for nothing; return how many uploads.

    Folder imports that were cut off are uploads too. Bytes go once no row needs them.
    """
    with sessions.begin() as session:
        abandoned = session.scalars(_abandoned(now)).all()
        for disc in abandoned:
            _remove(session, disc, now)
    with sessions() as session:
        leftovers = list(_leftovers(session, store))
    for folder in leftovers:
        store.delete(folder)
    return len(abandoned)


def _abandoned(now: datetime) -> Select[Disc]:
    last = select(func.max(DiscFile.received_at)).where(DiscFile.disc_id == Disc.id).scalar_subquery()
    return select(Disc).where(
        Disc.state == DiscState.RECEIVING,
        Disc.purged_at.is_(None),
        Disc.created_at < now - RESTING,
        func.coalesce(last, Disc.created_at) < now - RESTING,
    )


def _remove(session: Session, disc: Disc, now: datetime) -> None:
    files, received = session.execute(
        select(func.count(), func.count(DiscFile.received_at)).where(DiscFile.disc_id == disc.id)
    ).one()
    session.execute(delete(DiscFile).where(DiscFile.disc_id == disc.id))
    end_grants(session, disc, now)
    disc.state, disc.state_reason = DiscState.FAILED, ABANDONED
    disc.deleted_at = disc.purged_at = now
    disc.expected_name = disc.expected_patient_id = disc.expected_birth_date = disc.same_person = None
    record(
        session,
        Action.UPLOAD_SWEPT,
        SYSTEM,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        reason=ABANDONED,
        files=files,
        received=received,
    )


def _leftovers(session: Session, store: ObjectStore) -> Iterator[str]:
    """Yield the folders of discs that need nothing from ``incoming`` any more."""
    for disc_id, _ in groupby(store.keys("incoming/"), lambda key: key.split("/")[1]):
        disc = session.get(Disc, disc_id)
        if disc is None or disc.purged_at or disc.state not in OPEN:
            yield keys.incoming_folder(disc_id)
