"""What has ended stays ended: a clock that is set back, or lags behind another's, opens nothing again.

Rows say until when a link works. That its time is over is stored as soon as somebody is turned away for it,
and by the next round of housekeeping; staff who give it another end take that back.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, true, update
from sqlalchemy.orm import Session

from app.shares.models import Share, ShareKey


def keep_ends(session: Session, now: datetime, share_id: str | None = None) -> None:
    """Store of shares and keys that their time is over; of one share's, or of all."""
    _keep(session, Share, Share.id == share_id if share_id else true(), now)
    _keep(session, ShareKey, ShareKey.share_id == share_id if share_id else true(), now)


def _keep(
    session: Session, kind: type[Share] | type[ShareKey], which: ColumnElement[bool], now: datetime
) -> None:
    over = update(kind).where(which, kind.ended_at.is_(None), kind.expires_at <= now)
    session.execute(over.values(ended_at=now))
