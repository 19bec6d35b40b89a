"""What others ask about jobs."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import Sessions
from app.jobs.models import Job, JobState

OPEN = (JobState.QUEUED, JobState.RUNNING)


def is_idle(sessions: Sessions, subject: str) -> bool:
    """Tell whether no job about ``subject`` waits or runs."""
    open_jobs = select(func.count()).where(Job.subject == subject, Job.state.in_(OPEN))
    with sessions() as session:
        return session.scalar(open_jobs.select_from(Job)) == 0


def standing(session: Session, kind: str, subject: str) -> str | None:
    """Return how work of that kind about ``subject`` stands: open as long as any job of it is, else as the
    newest ended; None when there never was one.
    """
    known = select(Job.state).where(Job.kind == kind, Job.subject == subject)
    states = session.scalars(known.order_by(Job.created_at.desc())).all()
    return next((state for state in states if state in OPEN), states[0] if states else None)


def is_queued(session: Session, kind: str, subject: str) -> bool:
    """Tell whether such a job about ``subject`` waits, not begun: it will still see what is done now."""
    waiting = select(Job.id).where(Job.kind == kind, Job.subject == subject, Job.state == JobState.QUEUED)
    return session.scalars(waiting.limit(1)).first() is not None
