"""Asking for pictures anew. On its own, so that the web does not load what makes them."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.jobs import JobQueue
from app.jobs.queries import is_queued
from app.studies.models import DisplayState, Instance


def make_again(session: Session, jobs: JobQueue, instance: Instance, now: datetime) -> None:
    """Ask for an instance's pictures anew: their bytes, which are not kept durably, were lost."""
    lost = update(Instance).where(Instance.id == instance.id, Instance.display_state == DisplayState.SHOWN)
    session.execute(lost.values(display_state=DisplayState.PENDING))
    if not is_queued(session, "display_disc", instance.disc_id):
        jobs.enqueue(
            session, "display_disc", {"disc_id": instance.disc_id}, now=now, subject=instance.disc_id
        )
