"""Staff sessions and API tokens: secrets that browsers and programs hold, known here only by their hash."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken, StaffSession
from app.accounts.rights import Staff
from app.accounts.service import membership
from app.audit import Action, Actor, record
from app.errors import NotFound

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
TOUCH_EVERY = timedelta(seconds=30)


def hash_secret(secret: str) -> str:
    """Return how the database knows ``secret``: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_session(session: Session, staff: Staff, now: datetime) -> str:
    """Begin a staff session; return the secret for the cookie."""
    secret = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            secret_hash=hash_secret(secret),
            user_id=staff.user.id,
            organisation_id=staff.organisation.id,
            created_at=now,
            seen_at=now,
        )
    )
    return secret


def find_session(session: Session, secret: str, now: datetime) -> Staff | None:
    """Return whose session ``secret`` is, or None when it has ended, was idle too long or is too old."""
    row = session.scalars(select(StaffSession).where(StaffSession.secret_hash == hash_secret(secret))).first()
    if row is None or row.ended_at or now >= row.seen_at + IDLE or now >= row.created_at + LONGEST:
        return None
    try:
        return membership(session, row.user, row.organisation)
    except NotFound:
        return None


def touch_session(session: Session, secret: str, now: datetime) -> None:
    """Note that a person is at work, which prolongs a session. Polling pages must not call this."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.secret_hash == hash_secret(secret), StaffSession.seen_at < now - TOUCH_EVERY)
        .values(seen_at=now)
    )


def end_session(session: Session, secret: str, now: datetime) -> None:
    """End a session on the server: its cookie is worth nothing from now on."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.secret_hash == hash_secret(secret), StaffSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_sessions_of(session: Session, user_id: str, now: datetime) -> None:
    """End all of a user's sessions, after a change of password."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.user_id == user_id, StaffSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def create_token(session: Session, staff: Staff, name: str, *, by: Actor, now: datetime) -> str:
    """Make an API token that acts as ``staff``; return it, the only time it is known."""
    secret = f"vcd_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        secret_hash=hash_secret(secret),
        user_id=staff.user.id,
        organisation_id=staff.organisation.id,
        name=name,
        created_at=now,
    )
    session.add(token)
    session.flush()
    record(session, Action.TOKEN_CREATED, by, now, organisation_id=staff.organisation.id, token=token.id)
    return secret
