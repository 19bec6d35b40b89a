"""What a visitor looked at, told once a study and visit: the log says who saw what, not how they leafed."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.audit import Action, record
from app.audit.actor import Actor
from app.audit.models import AuditEntry
from app.shares.models import Share, VisitorSession


def has_looked(session: Session, share: Share, visit: VisitorSession, study_uid: str) -> bool:
    """Tell whether this visit's look at a study is in the log already."""
    look = exists().where(
        AuditEntry.chain == share.organisation_id,
        AuditEntry.share_id == share.id,
        AuditEntry.action == Action.VIEWED,
        AuditEntry.at >= visit.created_at,
        AuditEntry.details["visit"].as_string() == visit.id,
        AuditEntry.details["study_uid"].as_string() == study_uid,
    )
    return bool(session.scalar(select(look)))


def note_look(
    session: Session, share: Share, visit: VisitorSession, study_uid: str, *, by: Actor, now: datetime
) -> None:
    """Log the first look of a visit at a study; several first frames at once make one entry."""
    session.execute(select(VisitorSession.id).where(VisitorSession.id == visit.id).with_for_update())
    if has_looked(session, share, visit, study_uid):
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
        study_uid=study_uid,
        visit=visit.id,
    )


def leave(session: Session, visit: VisitorSession, now: datetime) -> None:
    """End a visit at the visitor's wish."""
    session.get_one(VisitorSession, visit.id).ended_at = now
