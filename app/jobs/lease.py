"""The job engine on our own table: claims are conditional UPDATEs, so that it works on any database."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app.db import Sessions, new_id
from app.jobs.models import Job, JobState
from app.jobs.port import Lease

NOBODYS: dict[str, Any] = {"lease": None, "leased_until": None}


class LeaseQueue:
    """Jobs in the ``job`` table. A worker that dies lets its lease run out; the job is then due again."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def enqueue(
        self,
        session: Session,
        kind: str,
        payload: dict[str, Any],
        *,
        now: datetime,
        subject: str | None = None,
    ) -> str:
        """See the port."""
        job = Job(id=new_id(), kind=kind, payload=payload, subject=subject, run_at=now, created_at=now)
        session.add(job)
        return job.id

    def claim(self, now: datetime, lasting: timedelta, subject: str | None = None) -> Lease | None:
        """See the port."""
        with self._sessions() as looking:
            if looking.scalars(_due(now, subject).limit(1)).first() is None:
                return None  # idle workers never take the write lock
        with self._sessions.begin() as session:
            for job in session.scalars(_due(now, subject).limit(10)):
                if lease := _take(session, job, now + lasting):
                    return lease
        return None

    def extend(self, lease: Lease, now: datetime, lasting: timedelta) -> bool:
        """See the port."""
        return self._settle(lease, leased_until=now + lasting)

    def finish(self, lease: Lease, now: datetime) -> None:
        """See the port."""
        self._settle(lease, state=JobState.DONE, finished_at=now, error=None, **NOBODYS)

    def fail(self, lease: Lease, now: datetime, error: str, *, retry_after: timedelta | None) -> None:
        """See the port."""
        if retry_after is None or lease.last_attempt:
            outcome: dict[str, Any] = {"state": JobState.FAILED, "finished_at": now}
        else:
            outcome = {"state": JobState.QUEUED, "run_at": now + retry_after}
        self._settle(lease, **outcome, **NOBODYS, error=error)

    def give_back(self, lease: Lease, now: datetime) -> None:
        """See the port."""
        self._settle(lease, state=JobState.QUEUED, attempts=Job.attempts - 1, run_at=now, **NOBODYS)

    def _settle(self, lease: Lease, /, **values: Any) -> bool:
        with self._sessions.begin() as session:
            ours = update(Job).where(Job.id == lease.job_id, Job.lease == lease.lease).values(**values)
            return _count(session.execute(ours)) == 1


def _take(session: Session, job: Job, until: datetime) -> Lease | None:
    """Make ``job`` ours, unless another worker was quicker."""
    lease, attempt = new_id(), job.attempts + 1
    taken = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.attempts == job.attempts, Job.state == job.state)
        .values(state=JobState.RUNNING, attempts=attempt, lease=lease, leased_until=until)
        .execution_options(synchronize_session=False)
    )
    if not _count(taken):
        return None
    limit = job.attempt_limit
    return Lease(job.id, lease, job.kind, job.payload, attempt, attempt >= limit, spent=attempt > limit)


def _due(now: datetime, subject: str | None) -> Any:
    waiting = and_(Job.state == JobState.QUEUED, Job.run_at <= now)
    abandoned = and_(Job.state == JobState.RUNNING, Job.leased_until < now)
    due = select(Job).where(or_(waiting, abandoned)).order_by(Job.run_at, Job.created_at)
    return due if subject is None else due.where(Job.subject == subject)


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
