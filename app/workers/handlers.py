"""The kinds of jobs: what does each, and what is told when one has failed for good."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.ingest import display, read
from app.ingest.sandbox import Sandbox
from app.jobs import Lease
from app.site import Site

Alive = Callable[[], bool]


class Handler(NamedTuple):
    """How one kind of job is done.

    ``do`` must be idempotent, and must end soon once ``alive()`` is False. ``give_up`` tells, in the deed's
    transaction, what the job was about that it will not be done, with a sentence for staff.
    """

    do: Callable[[Site, Sandbox, Lease, Alive], None]
    give_up: Callable[[Session, Lease, str, datetime], None] | None = None


def read_disc(site: Site, sandbox: Sandbox, lease: Lease, alive: Alive) -> None:
    """Read the files of a disc that was received."""
    read.read_disc(site.sessions, site.store, site.jobs, sandbox, lease.payload["disc_id"], site.clock, alive)


def fail_disc(session: Session, lease: Lease, reason: str, now: datetime) -> None:
    """Mark a disc as failed, so that nobody waits for it."""
    read.give_up(session, lease.payload["disc_id"], reason, now)


def display_disc(site: Site, sandbox: Sandbox, lease: Lease, alive: Alive) -> None:
    """Make the display frames of a disc."""
    display.display_disc(site.sessions, site.store, sandbox, lease.payload["disc_id"], alive)


def leave_unshown(session: Session, lease: Lease, reason: str, now: datetime) -> None:
    """Tell of what has no display frames yet that it will not be shown."""
    display.give_up(session, lease.payload["disc_id"])


HANDLERS = {
    "read_disc": Handler(read_disc, fail_disc),
    "display_disc": Handler(display_disc, leave_unshown),
}
