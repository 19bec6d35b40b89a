"""What a visitor looked at, told once a series and visit: the log says who saw what, not how they leafed."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.audit import Action, record
from app.audit.actor import Actor
from app.audit.models import AuditEntry
from app.shares.models import Share, VisitorSession
from app.studies.models import Series


class Look(NamedTuple):
    """A series of a study; no series for what is attached to the study."""

    study_uid: str
    series_uid: str | None = None

    @classmethod
    def at(cls, series: Series) -> "Look":
        """Return the look at a series, whose study is loaded."""
        return cls(series.study.study_uid, series.series_uid)


def has_looked(session: Session, share: Share, visit: VisitorSession, look: Look) -> bool:
    """Tell whether this visit's look is in the log already."""
    entry = exists().where(
        AuditEntry.chain == share.organisation_id,
        AuditEntry.share_id == share.id,
        AuditEntry.action == Action.VIEWED,
        AuditEntry.at >= visit.created_at,
        AuditEntry.details["visit"].as_string() == visit.id,
        *(AuditEntry.details[name].as_string() == uid for name, uid in look._asdict().items()),
    )
    return bool(session.scalar(select(entry)))


def note_look(
    session: Session, share: Share, visit: VisitorSession, look: Look, *, by: Actor, now: datetime
) -> None:
    """Log the first look of a visit at a series; several first frames at once make one entry."""
    session.execute(select(VisitorSession.id).where(VisitorSession.id == visit.id).with_for_update())
    if has_looked(session, share, visit, look):
        return
    record(
        session,
        Action.VIEWED,
        by,
        now,
        organisation_id=share.organisation_id,
        disc_id=share.disc_id,
        share_id=share.id,
        key_id=visit.key_id,
        visit=visit.id,
        **{name: uid for name, uid in look._asdict().items() if uid},
    )


def leave(session: Session, visit: VisitorSession, now: datetime) -> None:
    """End a visit at the visitor's wish."""
    session.get_one(VisitorSession, visit.id).ended_at = now
