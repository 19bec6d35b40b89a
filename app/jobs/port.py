"""What the product asks of a job engine. A job may be done again after a crash: handlers are idempotent."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy.orm import Session


class Lease(NamedTuple):
    """A claimed job: yours until ``leased_until`` unless you ``extend`` it."""

    job_id: str
    lease: str
    kind: str
    payload: dict[str, Any]
    attempt: int
    last_attempt: bool
    spent: bool = False
    """Every attempt was lost with its worker: not to be tried again, only to be failed with a reason."""


class JobQueue(Protocol):
    """Engines: ``LeaseQueue`` (any database; SQLite's only one)."""

    def enqueue(
        self,
        session: Session,
        kind: str,
        payload: dict[str, Any],
        *,
        now: datetime,
        subject: str | None = None,
    ) -> str:
        """Ask for work in the caller's transaction; return the job's id. It exists only if the deed does."""

    def claim(self, now: datetime, lasting: timedelta, subject: str | None = None) -> Lease | None:
        """Take the job that has waited longest (of ``subject`` only, if given), or None when none is due.

        A job whose lease ran out is due again; once its attempts are used up it comes as ``spent``, so that
        what it was about can be told.
        """

    def extend(self, lease: Lease, now: datetime, lasting: timedelta) -> bool:
        """Keep a job for longer; False when it is no longer ours, and then the work must stop."""

    def finish(self, lease: Lease, now: datetime) -> None:
        """Note that the work is done. Without effect when the lease is no longer ours."""

    def fail(self, lease: Lease, now: datetime, error: str, *, retry_after: timedelta | None) -> None:
        """Note that it failed: due again after ``retry_after``, or never when None or no attempt is left."""

    def give_back(self, lease: Lease, now: datetime) -> None:
        """Let another worker have the job at once, this attempt not counted: ours is ending in good order."""
