"""Passing on: visitors give a doctor one narrower key for a day at most; one level, dead with its parent."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.errors import Refused
from app.shares.cut import CutKey
from app.shares.keys import make_key
from app.shares.models import Right, ShareKey
from app.shares.orders import KeyOrder, NewKey
from app.shares.visits import rights_of

LASTS = timedelta(hours=24)
CHANNEL = "passed_on"


def give(session: Session, cut: CutKey, key: ShareKey, *, by: Actor, now: datetime) -> NewKey:
    """Give away a key made from ``key``: without the right to give, never longer than ``key`` itself.

    A visitor has one such key at a time: the one given before is closed. Raises Refused without the right.
    """
    # Of two at the same moment the second waits, and closes what the first made.
    session.execute(select(ShareKey.id).where(ShareKey.id == key.id).with_for_update())
    rights = rights_of(key)
    if key.parent_id or Right.GIVE not in rights:
        raise Refused("This link cannot be given on.")
    _close_earlier(session, key, by, now)
    end = min(now + LASTS, key.share.expires_at, key.expires_at or key.share.expires_at)
    order = KeyOrder(cut, CHANNEL, by, None, now)
    made = make_key(
        session, key.share, order, parent=key, allow=sorted(rights - {Right.GIVE}), expires_at=end
    )
    return made._replace(expires_at=end)


def _close_earlier(session: Session, key: ShareKey, by: Actor, now: datetime) -> None:
    given = select(ShareKey).where(ShareKey.parent_id == key.id, ShareKey.revoked_at.is_(None))
    for earlier in session.scalars(given.with_for_update()):
        earlier.revoked_at = now
        record(
            session,
            Action.KEY_REVOKED,
            by,
            now,
            organisation_id=key.organisation_id,
            disc_id=key.share.disc_id,
            share_id=key.share_id,
            key_id=earlier.id,
        )
