"""How a session of staff begins, and at what pace somebody may try to come in or change how they do."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, cast

from flask import Flask, current_app, g, session
from flask_login import current_user, login_user
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized

from app.accounts import service, sessions
from app.accounts.rights import Staff
from app.accounts.sessions import Owes
from app.audit import Action, record
from app.audit.actor import ActorKind
from app.config import Config
from app.errors import TooSoon
from app.web.context import actor, site
from app.web.limits import LoginLimits, Step
from app.web.staff import current_staff, load
from app.web.texts import _

Made = TypeVar("Made")
LIMITS = "virtual-cd login limits"


def init_app(app: Flask, config: Config) -> None:
    """Count tries where ``config`` says."""
    app.extensions[LIMITS] = LoginLimits.build(config)


def login_limits() -> LoginLimits:
    """Return what counts the tries."""
    return cast(LoginLimits, current_app.extensions[LIMITS])


def begin(
    writing: Session, staff: Staff, second_factor_at: datetime | None, *, logs_in: bool = False, **how: str
) -> str:
    """Open a session in the deed that allows it; return its secret, to ``enter`` by once the deed is done.

    Whatever this browser held before ends. ``logs_in`` says that somebody comes in by it, which is logged
    with ``how``, unless a code is still owed.
    """
    now = site().now()
    if old := session.get("_user_id"):
        sessions.end_session(writing, old, now)
    secret = sessions.open_session(writing, staff, now, second_factor_at=second_factor_at)
    behind = sessions.find_session(writing, secret, now)
    if logs_in and behind and behind.owes is not Owes.CODE:
        by = actor(ActorKind.STAFF, staff.user.id)
        record(writing, Action.LOGGED_IN, by, now, organisation_id=staff.organisation.id, **how)
    return secret


def begin_alone(writing: Session, staff: Staff, second_factor_at: datetime | None) -> str:
    """End all sessions of the user, after a change of how they log in; ``begin`` one for this browser."""
    sessions.end_sessions_of(writing, staff.user.id, site().now())
    return begin(writing, staff, second_factor_at)


def enter(secret: str) -> None:
    """Give this browser the session of ``secret``, and nothing of what its cookie held before."""
    session.clear()
    g.pop("csrf_token", None)
    known = load(secret)
    if known is None:  # disabled this very moment
        raise Unauthorized(_("Please log in."))
    login_user(known)


def hold_session(writing: Session) -> Staff:
    """Let nothing else change how the user logs in while this deed lasts; return who they are.

    Raises Unauthorized when this session was ended since the request came in.
    """
    staff = current_staff()
    service.hold(writing, staff)
    if sessions.find_session(writing, current_user.secret, site().now()) is None:
        raise Unauthorized(_("Your session has ended. Log in again."))
    return staff


def changed(deed: Callable[[Session, Staff], Made]) -> Made:
    """Do what changes how somebody logs in, at the pace of such changes.

    Raises TooSoon, and what ``deed`` raises: it asks for the password.
    """
    limits, email = login_limits(), current_staff().user.email
    if wait := limits.wait_for(Step.CHANGE, email, time.time):
        raise TooSoon(too_often(wait), wait)
    try:
        with site().sessions.begin() as writing:
            return deed(writing, hold_session(writing))
    except service.WrongPassword:
        limits.note_wrong_at(Step.CHANGE, email)
        raise


def too_often(wait: int) -> str:
    """Return what to say to somebody who must wait so many seconds at a further step."""
    if wait <= 60:
        return _("Too many tries. Wait a minute, then try again.")
    return _(
        "Too many wrong tries. For safety no more are taken for %(hours)s h. If they were not yours, "
        "somebody else is trying: tell the person who runs Virtual CD.",
        hours=-(-wait // 3600),
    )
