"""What an organisation decided for itself: one check for its page and for the command line."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from app.accounts import editions
from app.accounts.editions import edition_of
from app.accounts.languages import LANGUAGES
from app.accounts.models import Addresses, Organisation
from app.audit import Action, Actor, record
from app.errors import Unacceptable
from app.mail.message import check_address

Value = str | bool | int | None
TELEPHONE = re.compile(r"[0-9 +()./-]*")
FEWEST_DIGITS = 3
COLOUR = re.compile(r"#[0-9a-f]{6}")
YES_NO = {"yes": True, "no": False}
"""How a form and a command line say it."""
MEANWHILE = "Somebody else changed these settings meanwhile. Nothing was saved: look at them, then decide."


def change(
    session: Session,
    organisation: Organisation,
    wanted: Mapping[str, Value],
    *,
    seen: str | None = None,
    by: Actor,
    now: datetime,
) -> dict[str, tuple[Value, Value]]:
    """Keep the settings that are wanted, by column of Organisation; return what changed, before and after.

    ``seen`` is the edition that was decided from. Raises Outdated, and Unacceptable with what to mend; what
    stays as it is is not checked again.
    """
    editions.check(seen, edition(organisation), MEANWHILE)
    changes: dict[str, tuple[Value, Value]] = {}
    for name, value in wanted.items():
        before, after = getattr(organisation, name), _cleaned(value)
        if after != before and (after := CHECKS[name](after)) != before:
            changes[name] = before, after
    for name, (_, after) in changes.items():
        setattr(organisation, name, after)
    if changes:
        told = {name: {"old": before, "new": after} for name, (before, after) in changes.items()}
        record(session, Action.ORGANISATION_CHANGED, by, now, organisation_id=organisation.id, changed=told)
    return changes


def edition(organisation: Organisation) -> str:
    """Return a mark that changes whenever a setting does."""
    return edition_of(f"{name}={getattr(organisation, name)!r}" for name in sorted(CHECKS))


def _cleaned(value: Value) -> Value:
    return " ".join(value.split()) or None if isinstance(value, str) else value


def _text(name: str, longest: int, *, required: bool = False) -> Callable[[Value], Value]:
    def check(value: Value) -> Value:
        if value is None:
            if required:
                raise Unacceptable(f"{name}: this can't stay empty.")
            return None
        if not isinstance(value, str) or not value.isprintable():
            raise Unacceptable(f"{name}: this holds characters that can't be shown.")
        if len(value) > longest:
            raise Unacceptable(f"{name}: {longest} characters at most.")
        return value

    return check


def _telephone(name: str) -> Callable[[Value], Value]:
    short = _text(name, 40)

    def check(value: Value) -> Value:
        number = short(value)
        if isinstance(number, str) and not (
            TELEPHONE.fullmatch(number) and sum(map(str.isdecimal, number)) >= FEWEST_DIGITS
        ):
            raise Unacceptable(
                f"{name}: write it with digits, spaces and + only, so that phones can dial it."
            )
        return number

    return check


def _one_of(name: str, *choices: Value) -> Callable[[Value], Value]:
    def check(value: Value) -> Value:
        if value not in choices:
            raise Unacceptable(f"{name}: choose one of those given.")
        return value

    return check


def _mailbox(value: Value) -> Value:
    return check_address(value) if isinstance(value, str) else None


def _colour(value: Value) -> Value:
    colour = str(value).lower()
    if not COLOUR.fullmatch(colour):
        raise Unacceptable("Colour: write it as # and six digits or letters from a to f.")
    return colour


def _time_zone(value: Value) -> Value:
    if value not in available_timezones():
        raise Unacceptable("Time zone: write it as in Europe/Paris.")
    return value


def _quota(value: Value) -> Value:
    if value is not None and (not isinstance(value, int) or value < 0):
        raise Unacceptable("Quota: say how many bytes, or none.")
    return value


CHECKS: dict[str, Callable[[Value], Value]] = {
    "name": _text("Name", 120, required=True),
    "telephone": _telephone("Telephone"),
    "hours": _text("Hours", 120),
    "colour": _colour,
    "desk_mailbox": _mailbox,
    "privacy_telephone": _telephone("Privacy's telephone"),
    "language": _one_of("Language", *LANGUAGES),
    "time_zone": _time_zone,
    "asks_second_factor": _one_of("Two-step login", True, False),
    "asks_birth_date": _one_of("Birth date", True, False),
    "measuring": _one_of("Measuring", True, False),
    "reslicing": _one_of("Other planes", True, False),
    "reduces_viewing": _one_of("Reduced pictures", True, False),
    "addresses": _one_of("Visitors' addresses", *map(str, Addresses)),
    "quota_bytes": _quota,
}
"""Every setting, by its column, and what makes a value of it fit to keep; each raises Unacceptable."""
OWN = tuple(name for name in CHECKS if name != "quota_bytes")
"""What an organisation decides for itself; how much it may keep is for whoever runs the service to say."""
