"""The bundle for importers that take nothing but Explicit VR Little Endian (PS3.11 D, STD-GEN-CD).

Made on request, by jobs that take turns with everybody else's. How far it is tell the rows of the copies.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.jobs import JobQueue, JobState
from app.jobs.queries import OPEN, standing
from app.shares.models import ShareInstance
from app.studies.models import Instance, PlainCopy
from app.studies.plain_copies import Wanted, copies_of, keep_longer, missing, wanted, wanted_of

JOB = "make_plain_copies"
"""Kind of the job; its payload names the share's version, and so does its subject."""


class NotMade(NotFound):
    """A copy without compression is not there: never asked for, not finished, or its time is over."""


class Progress(NamedTuple):
    """How many originals of a version need a copy, how many have one, and whether somebody works on it."""

    total: int
    done: int
    making: bool
    failed: bool
    kept_until: datetime | None
    """When the first of them goes; None when none is needed or there yet."""

    @property
    def ready(self) -> bool:
        """Whether the bundle can be taken."""
        return self.done == self.total


def wanted_of_version(session: Session, version_id: str) -> list[Wanted]:
    """Return what needs a copy of all that a share's version shows."""
    shown = select(ShareInstance.instance_id).where(ShareInstance.version_id == version_id)
    return wanted(session, Instance.id.in_(shown))


def ask(session: Session, jobs: JobQueue, version_id: str, now: datetime) -> bool:
    """Have everything of a version made that is missing, and what is there kept for longer.

    Tells whether something has to be made for it.
    """
    needed = wanted_of_version(session, version_id)
    keep_longer(session, needed, now)
    begins = bool(missing(session, needed)) and standing(session, JOB, version_id) not in OPEN
    if begins:
        jobs.enqueue(session, JOB, {"version_id": version_id}, now=now, subject=version_id)
    return begins


def progress(session: Session, version_id: str, now: datetime) -> Progress:
    """Return how far the copies of a version are."""
    needed = wanted_of_version(session, version_id)
    there = copies_of(session, needed, now)
    state = standing(session, JOB, version_id)
    until = min((copy.kept_until for copy in there.values()), default=None)
    return Progress(len(needed), len(there), state in OPEN, state == JobState.FAILED, until)


def copies_for(session: Session, instances: Sequence[Instance], now: datetime) -> dict[str, PlainCopy]:
    """Return the copies that stand in for originals of ``instances``. Raises NotMade unless all are there."""
    needed = wanted_of(instances)
    there = copies_of(session, needed, now)
    if len(there) < len(needed):
        raise NotMade("This copy is not made yet, or its time is over. Ask for it first.")
    return there
