"""Users and organisations: made, found, checked."""

import re
from datetime import datetime
from typing import NamedTuple

import email_validator
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import passwords
from app.accounts.letters import tell_of_account
from app.accounts.models import Membership, Organisation, Role, User
from app.accounts.rights import Staff
from app.audit import Action, Actor, record
from app.audit.actor import SYSTEM
from app.errors import NotFound, Refused, Unacceptable

# Hospitals do use names such as clinic.local inside; logging in needs no delivery.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

FIRST_EMAIL = "admin@virtual-cd.local"
FIRST_ORGANISATION = ("clinic", "Our clinic")


class NewUser(NamedTuple):
    """A user just made; the only time that the one-time password is known."""

    email: str
    one_time_password: str


class WrongPassword(Refused):
    """The password that was asked for once more is another one."""


def normal_email(text: str) -> str:
    """Return an e-mail address as we keep it. Raises Unacceptable."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise Unacceptable("That is not an e-mail address.") from None
    return found.normalized.lower()


def create_organisation(
    session: Session, slug: str, name: str, now: datetime, *, asks_second_factor: bool = False
) -> Organisation:
    """Make an organisation; ``slug`` names it on the command line."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", slug):
        raise Unacceptable("An organisation's short name has only lower-case letters, digits and dashes.")
    organisation = Organisation(slug=slug, name=name, created_at=now, asks_second_factor=asks_second_factor)
    session.add(organisation)
    session.flush()
    return organisation


def the_organisation(session: Session, slug: str | None = None) -> Organisation:
    """Return the organisation ``slug``, or the only one. Raises NotFound, Unacceptable when several exist."""
    found = list(
        session.scalars(
            select(Organisation).where(Organisation.slug == slug) if slug else select(Organisation)
        )
    )
    if not found:
        raise NotFound("There is no such organisation.")
    if len(found) > 1:
        raise Unacceptable("Several organisations exist: name one with --org.")
    return found[0]


def create_user(
    session: Session, organisation: Organisation, email: str, role: Role, *, by: Actor, now: datetime
) -> NewUser:
    """Make a user with a one-time password, to be changed at once. Raises Refused if there is one."""
    email = normal_email(email)
    if session.scalars(select(User).where(User.email == email)).first():
        raise Refused("There is a user with that e-mail address.")
    password = passwords.one_time_password()
    user = User(email=email, password_hash=passwords.hash_password(password), created_at=now)
    session.add(user)
    session.flush()
    session.add(Membership(user_id=user.id, organisation_id=organisation.id, role=role, created_at=now))
    record(session, Action.USER_CREATED, by, now, organisation_id=organisation.id, user=user.id, role=role)
    return NewUser(email, password)


def ensure_first_administrator(
    session: Session, now: datetime, *, asks_second_factor: bool = False
) -> NewUser | None:
    """Make the first organisation and its administrator in an empty database; None when there is a user."""
    if session.scalars(select(User).limit(1)).first():
        return None
    organisation = session.scalars(select(Organisation).limit(1)).first()
    organisation = organisation or create_organisation(
        session, *FIRST_ORGANISATION, now, asks_second_factor=asks_second_factor
    )
    return create_user(session, organisation, FIRST_EMAIL, Role.ADMIN, by=SYSTEM, now=now)


def find_user(session: Session, organisation: Organisation, email: str) -> Staff:
    """Return the member ``email`` of ``organisation``. Raises NotFound."""
    user = session.scalars(select(User).where(User.email == email.strip().lower())).first()
    if user is None:
        raise NotFound("There is no such user.")
    return membership(session, user, organisation)


def membership(session: Session, user: User, organisation: Organisation) -> Staff:
    """Return ``user`` at work in ``organisation``. Raises NotFound unless they may work there now."""
    found = session.scalars(
        select(Membership).where(Membership.user_id == user.id, Membership.organisation_id == organisation.id)
    ).first()
    if found is None or user.disabled_at is not None:
        raise NotFound("There is no such user.")
    return Staff(user, organisation, Role(found.role))


def authenticate(session: Session, email: str, password: str) -> Staff | None:
    """Return who logs in, or None; an unknown user takes as long to be refused as a wrong password."""
    email = email.strip().lower()
    known = email.isprintable()  # PostgreSQL takes no NUL in a text
    user = session.scalars(select(User).where(User.email == email)).first() if known else None
    good = passwords.password_matches(password, user.password_hash if user else passwords.NOBODY)
    if user is None or not good or user.disabled_at is not None:
        return None
    first = min(user.memberships, key=lambda member: member.created_at, default=None)
    return Staff(user, first.organisation, Role(first.role)) if first else None


def hold(session: Session, staff: Staff) -> User:
    """Return the user as they are now; until this deed ends, no other changes how they log in."""
    return session.get_one(User, staff.user.id, with_for_update=True, populate_existing=True)


def confirm_password(session: Session, staff: Staff, password: str) -> User:
    """Return the user whose ``password`` it is. Raises WrongPassword when it is not."""
    user = session.get_one(User, staff.user.id)
    if not passwords.password_matches(password, user.password_hash):
        which = "one-time" if user.must_change_password else "present"
        raise WrongPassword(f"The {which} password is not right. Type it again.")
    return user


def change_password(session: Session, staff: Staff, old: str, new: str, *, by: Actor, now: datetime) -> None:
    """Change a password. Raises WrongPassword for ``old``, Unacceptable when ``new`` won't do."""
    user = confirm_password(session, staff, old)
    passwords.judge(new, user.email)
    if passwords.password_matches(new, user.password_hash):
        raise Unacceptable("Choose a password that is different from the present one.")
    user.password_hash, user.must_change_password = passwords.hash_password(new), False
    record(session, Action.PASSWORD_CHANGED, by, now, organisation_id=staff.organisation.id, user=user.id)
    tell_of_account(session, staff, "Its password was changed.", now)


def reset_password(session: Session, staff: Staff, *, by: Actor, now: datetime) -> NewUser:
    """Give a user a one-time password in place of a forgotten one; the caller ends their sessions."""
    user, password = session.get_one(User, staff.user.id), passwords.one_time_password()
    user.password_hash, user.must_change_password = passwords.hash_password(password), True
    record(session, Action.PASSWORD_RESET, by, now, organisation_id=staff.organisation.id, user=user.id)
    said = "The person who runs Virtual CD gave it a one-time password; the old one no longer works."
    tell_of_account(session, staff, said, now)
    return NewUser(user.email, password)


def members(session: Session, organisation: Organisation) -> list[Membership]:
    """Return who works in an organisation, by address, the disabled too."""
    of_it = select(Membership).where(Membership.organisation_id == organisation.id)
    return list(session.scalars(of_it.join(Membership.user).order_by(User.email)))


def disable_user(session: Session, staff: Staff, *, by: Actor, now: datetime) -> None:
    """End a user's access at once: sessions and tokens stop with the next request."""
    session.get_one(User, staff.user.id).disabled_at = now
    record(session, Action.USER_DISABLED, by, now, organisation_id=staff.organisation.id, user=staff.user.id)
