"""How reading a disc ends: it is ready to share, or it failed, told once with every file accounted for."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.shares.service import fill_waiting
from app.studies.models import Disc, DiscFile, DiscState, Verdict

NOTHING = "There was nothing in it."


def set_ready(session: Session, disc: Disc, now: datetime) -> None:
    """Make a disc ready to share; shares that wait for it open."""
    disc.state = DiscState.READY
    session.flush()
    fill_waiting(session, disc, now)


def fail(session: Session, disc: Disc, reason: str, *, by: Actor, now: datetime) -> None:
    """Mark a disc as failed; ``reason`` is a sentence for staff. Files without a verdict are refused with it.

    With that its receipt is complete. What waits under ``incoming`` is left to the sweep.
    """
    disc.state, disc.state_reason, disc.read_at = DiscState.FAILED, reason, disc.read_at or now
    unread = update(DiscFile).where(DiscFile.disc_id == disc.id, DiscFile.verdict.is_(None))
    session.execute(unread.values(verdict=Verdict.REFUSED, reason=reason))
    record(
        session,
        Action.DISC_FAILED,
        by,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        reason=reason,
    )
