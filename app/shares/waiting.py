"""Shares made before their disc was ready: they open by themselves once it is."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Action
from app.audit.actor import SYSTEM
from app.errors import NotFound, Refused, Unacceptable
from app.shares.logged import record_of
from app.shares.models import Share
from app.shares.scope import choose, take_snapshot
from app.studies.models import Disc


def fill_waiting(session: Session, disc: Disc, now: datetime) -> None:
    """Make the first version of every share that waits for ``disc``, which has just become ready.

    A share stays waiting when its choice cannot be met: several patients, or a study that did not arrive.
    """
    waiting = select(Share).where(Share.disc_id == disc.id, Share.revoked_at.is_(None), ~Share.versions.any())
    for share in session.scalars(waiting.order_by(Share.created_at)):
        _fill(session, share, now)


def _fill(session: Session, share: Share, now: datetime) -> None:
    try:
        wanted = share.scope
        scope = choose(
            session,
            share.disc_id,
            wanted["patient_key"],
            wanted["study_uids"],
            wanted.get("series_uids"),  # shares that were made before series could be chosen name none
        )
        instances = take_snapshot(session, share, scope, None, now)
    except (NotFound, Refused, Unacceptable):
        return
    record_of(
        session,
        Action.SHARE_VERSION_ADDED,
        share,
        SYSTEM,
        now,
        version=1,
        instances=instances,
    )
