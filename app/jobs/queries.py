"""What others ask about jobs."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import Sessions
from app.jobs.models import Job, JobState


def is_idle(sessions: Sessions, subject: str) -> bool:
    """Tell whether no job about ``subject`` waits or runs."""
    open_jobs = select(func.count()).where(
        Job.subject == subject, Job.state.in_([JobState.QUEUED, JobState.RUNNING])
    )
    with sessions() as session:
        return session.scalar(open_jobs.select_from(Job)) == 0


def is_queued(session: Session, kind: str, subject: str) -> bool:
    """Tell whether such a job about ``subject`` waits, not begun: it will still see what is done now."""
    waiting = select(Job.id).where(Job.kind == kind, Job.subject == subject, Job.state == JobState.QUEUED)
    return session.scalars(waiting.limit(1)).first() is not None
