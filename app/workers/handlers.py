"""The kinds of jobs: what does each, and what is told when one has failed for good."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.bundles import compatible
from app.bundles.of_share import Bundles
from app.ingest import display, plain, read
from app.ingest.sandbox import Sandbox
from app.jobs import Lease
from app.mail import mailroom
from app.shares.scope import PLAN_BUNDLE, plan_again
from app.site import Site

Alive = Callable[[], bool]
TURN = 30.0
"""Seconds of one job for copies; what is left waits behind all that was asked for meanwhile."""


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
    """Make the display frames of a disc; its links' bundles show them from then on."""
    disc_id = lease.payload["disc_id"]
    display.display_disc(site.sessions, site.store, sandbox, disc_id, alive)
    with site.sessions.begin() as session:
        plan_again(session, disc_id, site.now())


def leave_unshown(session: Session, lease: Lease, reason: str, now: datetime) -> None:
    """Tell of what has no display frames yet that it will not be shown."""
    display.give_up(session, lease.payload["disc_id"])


def send_mail(site: Site, sandbox: Sandbox, lease: Lease, alive: Alive) -> None:
    """Send a letter."""
    site.mail.send(site.sessions, lease.payload["letter_id"], site.now())


def leave_unsent(session: Session, lease: Lease, reason: str, now: datetime) -> None:
    """Note why a letter waits; what failed before its last try will fail for good."""
    post: mailroom.Mailroom = session.info["mail"]
    final = not (lease.last_attempt or lease.spent)
    post.give_up(session, lease.payload["letter_id"], reason, now, final=final)


def plan_bundle(site: Site, sandbox: Sandbox, lease: Lease, alive: Alive) -> None:
    """Plan the bundle of a share's new version, so that its download starts at once."""
    with site.sessions() as session:
        Bundles(site.store, site.documents, site.config.base_url).prepare(
            session, lease.payload["version_id"]
        )


def make_plain_copies(site: Site, sandbox: Sandbox, lease: Lease, alive: Alive) -> None:
    """Make the copies without compression of all that a share's version shows, turn by turn."""
    version_id, began = lease.payload["version_id"], time.monotonic()
    with site.sessions() as session:
        wanted = compatible.wanted_of_version(session, version_id)
    done = plain.make_copies(
        site.sessions,
        site.store,
        sandbox,
        wanted,
        site.clock,
        lambda: alive() and time.monotonic() - began < TURN,
    )
    if not done and alive():
        with site.sessions.begin() as session:
            site.jobs.enqueue(session, lease.kind, lease.payload, now=site.now(), subject=version_id)


HANDLERS = {
    "read_disc": Handler(read_disc, fail_disc),
    "display_disc": Handler(display_disc, leave_unshown),
    PLAN_BUNDLE: Handler(plan_bundle),
    compatible.JOB: Handler(make_plain_copies),
    mailroom.JOB: Handler(send_mail, leave_unsent),
}
