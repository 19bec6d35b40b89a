"""``flask user``: create, list, token, disable, reset-password, reset-second-factor."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from app.accounts import second_factor, service, sessions
from app.accounts.models import Membership, Role
from app.accounts.rights import Staff
from app.audit.actor import OPERATOR
from app.cli.output import Group, common, emit, organisation, site


@click.group("user", cls=Group)
def group() -> None:
    """People and programs on the staff side."""


@group.command("create")
@common
@click.option("--email", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def create(email: str, role: str) -> None:
    """Make a user; the one-time password is shown this once and must be changed at the first login."""
    here = site()
    with here.sessions.begin() as session:
        made = service.create_user(
            session, organisation(session), email, Role(role), by=OPERATOR, now=here.now()
        )
    _emit_one_time_password(made)


def _emit_one_time_password(made: service.NewUser) -> None:
    emit(made._asdict(), f"{made.email}  one-time password: {made.one_time_password}")


@group.command("list")
@common
def list_() -> None:
    """Show who works here: role, whether they may log in, whether by two steps."""
    with site().sessions() as session:
        told = [_told(session, member) for member in service.members(session, organisation(session))]
    emit({"users": told}, *(_line(one) for one in told))


def _told(session: Session, member: Membership) -> dict[str, Any]:
    user = member.user
    return {
        "email": user.email,
        "role": member.role,
        "disabled": user.disabled_at is not None,
        "one_time_password": user.must_change_password,
        "second_factor": second_factor.find(session, user.id) is not None,
    }


def _line(told: dict[str, Any]) -> str:
    signs = {
        "disabled": "disabled",
        "one_time_password": "has not chosen a password yet",
        "second_factor": "two-step login",
    }
    said = [told["role"], *(words for name, words in signs.items() if told[name])]
    return f"{told['email']}  {', '.join(said)}"


@contextmanager
def _member(email: str) -> Iterator[tuple[Session, Staff, datetime]]:
    """Open a transaction about a person of the organisation, and tell the time. Raises NotFound."""
    here = site()
    with here.sessions.begin() as session:
        yield session, service.find_user(session, organisation(session), email), here.now()


@group.command("token")
@common
@click.option("--email", required=True)
@click.option("--name", required=True, help="What the token is for.")
def token(email: str, name: str) -> None:
    """Make an API token that acts as a user; shown this once."""
    with _member(email) as (session, staff, now):
        secret = sessions.create_token(session, staff, name, by=OPERATOR, now=now)
    emit({"token": secret}, secret)


@group.command("disable")
@common
@click.option("--email", required=True)
def disable(email: str) -> None:
    """End a user's access, now."""
    with _member(email) as (session, staff, now):
        service.disable_user(session, staff, by=OPERATOR, now=now)
        email = staff.user.email
    emit({"email": email, "disabled": True}, f"{email} can no longer log in.")


@group.command("reset-password")
@common
@click.option("--email", required=True)
def reset_password(email: str) -> None:
    """Give a user a one-time password in place of a forgotten one; shown this once. Be sure who asks."""
    with _member(email) as (session, staff, now):
        made = service.reset_password(session, staff, by=OPERATOR, now=now)
        sessions.end_sessions_of(session, staff.user.id, now)
    _emit_one_time_password(made)


@group.command("reset-second-factor")
@common
@click.option("--email", required=True)
def reset_second_factor(email: str) -> None:
    """Take a user's second factor away, when the phone and the recovery codes are lost. Be sure who asks."""
    with _member(email) as (session, staff, now):
        was_set = second_factor.take_away(session, staff, by=OPERATOR, now=now)
        sessions.end_sessions_of(session, staff.user.id, now)
        email = staff.user.email
    said = "no longer has a second factor" if was_set else "had no second factor"
    emit({"email": email, "second_factor_removed": was_set}, f"{email} {said}.")
