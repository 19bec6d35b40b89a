"""The row that is the truth about a job, on either engine."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId


class JobState(StrEnum):
    """Where a job stands. ``queued`` covers a job that waits for another try."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(HasId, Base):
    """One piece of work of a ``kind`` that a handler knows, with a JSON payload of ids."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_run_at", "state", "run_at"),)

    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    subject: Mapped[str | None] = mapped_column(String(16), index=True)
    """Id of what the work is about (a disc), so that a command can do or await just that."""
    state: Mapped[str] = mapped_column(String(10), default=JobState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    attempt_limit: Mapped[int] = mapped_column(default=5)
    run_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(String(16))
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
