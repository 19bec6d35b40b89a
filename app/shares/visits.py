"""Visits: what a visitor holds after the right PIN. Asked of the database on every request."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFound, TooSoon
from app.shares.guarded import Visiting
from app.shares.models import Right, Share, ShareKey, VisitorSession

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=4)
SEEN_EVERY = timedelta(minutes=1)
MOST_AN_HOUR = 600
"""Visits by one key: more than people begin, few enough that a program which has the PIN fills no disk."""
WAIT_SECONDS = 60


def begin_visit(session: Session, key: ShareKey, now: datetime) -> str:
    """Start a visit to the key's share; return the cookie's secret, of which only a hash is kept."""
    secret = new_secret()
    session.add(
        VisitorSession(
            secret_hash=hash_of(secret), share_id=key.share_id, key_id=key.id, created_at=now, seen_at=now
        )
    )
    return secret


def hindrance(session: Session, kind: type[Visiting], key_id: str, now: datetime) -> TooSoon | None:
    """Return why no further visit may begin by a key just now, or None."""
    lately = select(func.count()).where(kind.key_id == key_id, kind.created_at > now - timedelta(hours=1))
    if (session.scalar(lately) or 0) < MOST_AN_HOUR:
        return None
    return TooSoon("This link was opened very often just now. Please try again later.", WAIT_SECONDS)


def new_secret() -> str:
    """Return what a visitor's cookie holds."""
    return secrets.token_urlsafe(32)


def find_visit(session: Session, share_id: str, secret: str) -> VisitorSession:
    """Return the visit to a share that ``secret`` stands for, with all that decides whether it goes on.

    Raises NotFound when there is none. The caller asks ``has_ended``, and ``key_over`` of its key: a frozen
    or used-up key ends no visit that began before.
    """
    share = joinedload(VisitorSession.key).joinedload(ShareKey.share)
    visit = session.scalars(
        select(VisitorSession)
        .where(VisitorSession.secret_hash == hash_of(secret), VisitorSession.share_id == share_id)
        .options(share.joinedload(Share.disc), share.joinedload(Share.organisation))
    ).one_or_none()
    if visit is None:
        raise NotFound("There is no such link.")
    return visit


def has_ended(visit: Visiting, now: datetime) -> bool:
    """Tell whether a visit is over by itself: left, 30 minutes without a request, or 4 hours old."""
    return bool(visit.ended_at) or now >= min(visit.created_at + LONGEST, visit.seen_at + IDLE)


def needs_touch(visit: Visiting, now: datetime) -> bool:
    """Tell whether the visit's last sign of life is a minute old."""
    return now >= visit.seen_at + SEEN_EVERY


def touch(session: Session, visit_id: str, now: datetime, kind: type[Visiting] = VisitorSession) -> None:
    """Note a sign of life."""
    session.execute(update(kind).where(kind.id == visit_id).values(seen_at=now))


def end(session: Session, visit_id: str, now: datetime, kind: type[Visiting] = VisitorSession) -> None:
    """Keep it that a visit is over: a clock that is set back does not bring it back."""
    session.execute(update(kind).where(kind.id == visit_id, kind.ended_at.is_(None)).values(ended_at=now))


def rights_of(key: ShareKey) -> frozenset[Right]:
    """Return what a key allows: the share's rights, narrowed by the key's own."""
    allowed = set(key.share.allow) & set(key.share.allow if key.allow is None else key.allow)
    return frozenset(Right(right) for right in allowed)


def hash_of(secret: str) -> str:
    """Return the hex SHA-256 by which the database knows a cookie's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
