"""Staff sessions and API tokens: secrets that browsers and programs hold, known here only by their hash."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.letters import tell_of_account
from app.accounts.models import ApiToken, SecondFactor, StaffSession
from app.accounts.rights import Staff
from app.accounts.service import membership
from app.audit import Action, Actor, record
from app.errors import NotFound

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
TOUCH_EVERY = timedelta(seconds=30)
CODE_WITHIN = timedelta(minutes=10)
"""How long after the password the second factor may follow."""


class Owes(StrEnum):
    """What a session still owes before it opens anything else."""

    CODE = "code"
    """The password was right; the second factor was not shown yet."""
    PASSWORD = "password"  # noqa: S105
    """One of their own, in place of the one-time password."""
    SECOND_FACTOR = "second_factor"
    """To set one up, because the organisation asks for it."""


class OpenSession(NamedTuple):
    """A session that lives: whose it is, and what it is good for."""

    staff: Staff
    owes: Owes | None
    second_factor_at: datetime | None


def hash_secret(secret: str) -> str:
    """Return how the database knows ``secret``: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_session(
    session: Session, staff: Staff, now: datetime, *, second_factor_at: datetime | None = None
) -> str:
    """Begin a staff session; return the secret for the cookie."""
    secret = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            secret_hash=hash_secret(secret),
            user_id=staff.user.id,
            organisation_id=staff.organisation.id,
            created_at=now,
            seen_at=now,
            second_factor_at=second_factor_at,
        )
    )
    return secret


def find_session(session: Session, secret: str, now: datetime) -> OpenSession | None:
    """Return the session of ``secret``, or None when it has ended, was idle too long or is too old."""
    row, factor = _row(session, secret)
    if row is None or row.ended_at or now >= row.seen_at + IDLE or now >= row.created_at + LONGEST:
        return None
    owes = _owes(row, factor)
    if owes is Owes.CODE and now >= row.created_at + CODE_WITHIN:
        return None
    try:
        return OpenSession(membership(session, row.user, row.organisation), owes, row.second_factor_at)
    except NotFound:
        return None


def second_factor_shown(session: Session, secret: str, staff: Staff, now: datetime) -> datetime | None:
    """Return when the browser that holds ``secret`` showed the second factor of ``staff``, while it counts.

    It counts for ``LONGEST`` and ends by logging out, not by being idle: so a desk types one code a day.
    """
    row, _ = _row(session, secret)
    if row is None or row.ended_at or row.user_id != staff.user.id or row.second_factor_at is None:
        return None
    return row.second_factor_at if now < row.second_factor_at + LONGEST else None


def _row(session: Session, secret: str) -> tuple[StaffSession | None, str | None]:
    """Return the session of ``secret``, and its user's second factor."""
    asked = (
        select(StaffSession, SecondFactor.id)
        .outerjoin(SecondFactor, SecondFactor.user_id == StaffSession.user_id)
        .where(StaffSession.secret_hash == hash_secret(secret))
    )
    found = session.execute(asked).first()
    return (found[0], found[1]) if found else (None, None)


def _owes(row: StaffSession, factor: str | None) -> Owes | None:
    if factor and row.second_factor_at is None:
        return Owes.CODE
    if row.user.must_change_password:
        return Owes.PASSWORD
    if row.organisation.asks_second_factor and not factor:
        return Owes.SECOND_FACTOR
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
    tell_of_account(session, staff, "A token was made for it: a program can act in its name.", now)
    return secret
