"""How a disc begins and how its receiving ends, whichever way its files come."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.db import new_id
from app.errors import Refused, Unacceptable
from app.ingest.outcome import NOTHING, fail
from app.jobs import JobQueue
from app.studies.models import Disc, DiscFile, DiscState

LONGEST = {"label": 120, "expected_name": 200, "expected_patient_id": 64}


class Expected(NamedTuple):
    """Whom staff expect on the disc; None where they don't say."""

    name: str | None = None
    birth_date: date | None = None
    patient_id: str | None = None


ANYBODY = Expected()


def begin_disc(
    session: Session,
    organisation_id: str,
    *,
    source: str,
    label: str = "",
    expected: Expected = ANYBODY,
    by: Actor,
    created_by: str | None,
    now: datetime,
) -> Disc:
    """Begin a disc that will receive files. Raises Unacceptable when a text is too long."""
    disc = Disc(
        id=new_id(),
        organisation_id=organisation_id,
        source=source,
        label=label,
        state=DiscState.RECEIVING,
        expected_name=expected.name or None,
        expected_birth_date=expected.birth_date,
        expected_patient_id=expected.patient_id or None,
        created_by=created_by,
        created_at=now,
    )
    for name, longest in LONGEST.items():
        if len(getattr(disc, name) or "") > longest:
            raise Unacceptable(
                f"{name.replace('_', ' ').capitalize()} may have at most {longest} characters."
            )
    session.add(disc)
    session.flush()
    record(
        session,
        Action.DISC_BEGUN,
        by,
        now,
        organisation_id=organisation_id,
        disc_id=disc.id,
        source=source,
    )
    return disc


def one_at_a_time(session: Session, disc: Disc) -> None:
    """Keep others from changing what a disc will receive until this transaction ends."""
    session.execute(select(Disc.id).where(Disc.id == disc.id).with_for_update(key_share=True))


def close_disc(session: Session, jobs: JobQueue, disc: Disc, *, by: Actor, now: datetime) -> None:
    """Note that all of a disc is here, and ask for it to be read. Does nothing when it was closed before.

    A disc without files has failed. Raises Refused while announced files are missing.
    """
    one_at_a_time(session, disc)
    if disc.state != DiscState.RECEIVING:
        return
    there = select(func.count(), func.coalesce(func.sum(DiscFile.size), 0)).where(DiscFile.disc_id == disc.id)
    files, size = session.execute(there).one()
    awaited = there.where(DiscFile.received_at.is_(None), DiscFile.verdict.is_(None))
    missing, _ = session.execute(awaited).one()
    if missing:
        raise Refused(f"{missing:,} of {files:,} files have not arrived yet.")
    disc.files_announced, disc.received_at = files, now
    if not files:
        fail(session, disc, NOTHING, by=by, now=now)
        return
    disc.state = DiscState.INGESTING
    jobs.enqueue(session, "read_disc", {"disc_id": disc.id}, now=now, subject=disc.id)
    record(
        session,
        Action.DISC_RECEIVED,
        by,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        files=files,
        bytes=int(size),
        left_behind=disc.left_behind,
    )
