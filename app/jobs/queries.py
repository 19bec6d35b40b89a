"""What others ask about jobs."""

from sqlalchemy import func, select

from app.db import Sessions
from app.jobs.models import Job, JobState


def is_idle(sessions: Sessions, subject: str) -> bool:
    """Tell whether no job about ``subject`` waits or runs."""
    open_jobs = select(func.count()).where(
        Job.subject == subject, Job.state.in_([JobState.QUEUED, JobState.RUNNING])
    )
    with sessions() as session:
        return session.scalar(open_jobs.select_from(Job)) == 0
