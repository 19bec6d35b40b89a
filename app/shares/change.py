"""Ending a share, or giving it another end."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import Action, Actor
from app.errors import Refused
from app.shares.edition import check_edition
from app.shares.logged import record_of
from app.shares.models import Share
from app.shares.orders import check_expiry
from app.shares.queries import find_share


def revoke(
    session: Session, organisation_id: str, share_id: str, *, by: Actor, user_id: str | None, now: datetime
) -> Share:
    """End a share and with it all its keys and visits, from the next request on. Again changes nothing."""
    share = find_share(session, organisation_id, share_id)
    if share.revoked_at is None:
        share.revoked_at, share.revoked_by = now, user_id
        record_of(
            session,
            Action.SHARE_REVOKED,
            share,
            by,
            now,
            keys=len(share.keys),
        )
    return share


def extend(
    session: Session,
    organisation_id: str,
    share_id: str,
    *,
    expires_at: datetime,
    seen: str | None = None,
    by: Actor,
    now: datetime,
) -> Share:
    """Give a share another end, later or sooner; an expired one opens again.

    ``seen`` is the edition that was decided from. Raises NotFound, Outdated, Refused for a revoked share,
    Unacceptable for an end that has passed or is over 90 days away.
    """
    share = find_share(session, organisation_id, share_id, lock=True)
    check_edition(share, seen)
    if share.revoked_at is not None:
        raise Refused("This link was closed for good. Make a new one.")
    set_end(session, share, expires_at, by, now)
    return share


def set_end(session: Session, share: Share, expires_at: datetime, by: Actor, now: datetime) -> None:
    """Let a share end at another time, and write it down.

    Raises Unacceptable for an end that has passed or is over 90 days away.
    """
    check_expiry(expires_at, now)
    before, share.expires_at, share.ended_at = share.expires_at, expires_at, None
    record_of(
        session,
        Action.SHARE_EXTENDED,
        share,
        by,
        now,
        before=before.isoformat(),
        expires_at=expires_at.isoformat(),
    )
