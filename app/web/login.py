"""Staff log in, log out and choose their password."""

import time
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from sqlalchemy.orm import Session

from app.accounts import service, sessions
from app.accounts.rights import Staff
from app.accounts.sessions import Owes
from app.audit import Action, record
from app.audit.actor import ActorKind
from app.errors import Refused, TooSoon, Unacceptable
from app.web.context import actor, site
from app.web.entering import begin, begin_alone, changed, enter, login_limits
from app.web.known_browser import origin_of, remember
from app.web.staff import (
    PAGES,
    current_staff,
    refuse_other_sites,
    staff_actor,
    staff_only,
    staff_or_none,
    what_is_owed,
)
from app.web.texts import _

bp = Blueprint("login", __name__)
CLEAR = '"cache", "storage"'
"""Not cookies: the session's is taken back, and the browser stays known (``known_browser``)."""


@bp.get("/login")
def form() -> ResponseReturnValue:
    """Ask who it is."""
    if staff_or_none():
        return redirect(url_for("discs.listing"))
    return render_template("login/login.html", next=safe_next(request.args.get("next", "")))


@bp.post("/login")
def log_in() -> ResponseReturnValue:
    """Begin a session. Unknown users and wrong passwords are told alike."""
    refuse_other_sites()
    email, password = request.form.get("email", "").strip().lower(), request.form.get("password", "")
    if not email or not password:
        return _login_again(_("Type your password.") if email else _("Type your e-mail address."), 400)
    origin = origin_of(email)
    wait = login_limits().wait(email[:254], origin, time.time)
    if wait:
        return _login_again(_too_many(wait), 429, wait)
    here = site()
    with here.sessions() as reading:
        staff = service.authenticate(reading, email, password)
    secret = _opened(staff) if staff else None
    if secret is None:
        login_limits().note_wrong(origin)
        with here.sessions.begin() as writing:
            record(writing, Action.LOGIN_DENIED, actor(ActorKind.STAFF), here.now())
        return _login_again(_("E-mail address and password don't match. Check both and try again."), 401)
    enter(secret)
    where = safe_next(request.form.get("next", "")) or url_for("discs.listing")
    if what_is_owed() is Owes.CODE:
        return redirect(url_for(PAGES[Owes.CODE], next=where), 303)
    response = redirect(where, 303)
    remember(response, email)
    return response


def _too_many(wait: int) -> str:
    if wait <= 60:
        return _("Too many tries. Wait a minute, then try again.")
    return _(
        "Too many wrong tries came from your network. Wait %(minutes)s min, or log in on a PC where you have "
        "done so before.",
        minutes=-(-wait // 60),
    )


def _opened(staff: Staff) -> str | None:
    """Open a session; return its secret, or None when the password was changed while it was checked."""
    with site().sessions.begin() as writing:
        if service.hold(writing, staff).password_hash != staff.user.password_hash:
            return None
        return begin(writing, staff, _shown_before(writing, staff), logs_in=True)


def _shown_before(writing: Session, staff: Staff) -> datetime | None:
    """Return when this browser showed the second factor of ``staff``, in a session since idle."""
    old = session.get("_user_id")
    return sessions.second_factor_shown(writing, old, staff, site().now()) if old else None


def _login_again(message: str, status: int, wait: int = 0) -> ResponseReturnValue:
    page = render_template(
        "login/login.html",
        message=message,
        email=request.form.get("email", ""),
        next=safe_next(request.form.get("next", "")),
    )
    return page, status, {"Retry-After": str(wait)} if wait else {}


@bp.post("/logout")
@staff_only(None, owing=tuple(Owes))
def log_out() -> ResponseReturnValue:
    """End the session on the server, and let the browser forget what it saw."""
    here, staff = site(), current_staff()
    with here.sessions.begin() as writing:
        sessions.end_session(writing, current_user.secret, here.now())
        record(writing, Action.LOGGED_OUT, staff_actor(), here.now(), organisation_id=staff.organisation.id)
    logout_user()
    session.clear()
    response = redirect(url_for("login.form"), 303)
    response.headers["Clear-Site-Data"] = CLEAR
    return response


@bp.route("/password", methods=["GET", "POST"])
@staff_only(None, owing=(Owes.PASSWORD, Owes.SECOND_FACTOR))
def password() -> ResponseReturnValue:
    """Choose a password; all other sessions of the user end."""
    if request.method == "GET":
        return render_template("login/password.html")
    old, new, shown = request.form.get("old", ""), request.form.get("new", ""), current_user.second_factor_at
    if not old or not new:
        return _password_again(_("Type the new password, too.") if old else _missing_password())
    if new != request.form.get("again", ""):
        return _password_again(_("The two new passwords are not the same."))

    def deed(writing: Session, staff: Staff) -> str:
        service.change_password(writing, staff, old, new, by=staff_actor(), now=site().now())
        return begin_alone(writing, staff, shown)

    try:
        enter(changed(deed))
    except (Refused, Unacceptable) as why:
        return _password_again(str(why))
    except TooSoon as why:
        return _password_again(str(why), 429)
    flash(_("Your password is changed."), "good")
    return redirect(url_for("discs.listing"), 303)


def _missing_password() -> str:
    if current_staff().user.must_change_password:
        return _("Type the one-time password, too.")
    return _("Type your present password, too.")


def _password_again(message: str, status: int = 400) -> ResponseReturnValue:
    return render_template("login/password.html", message=message), status


def safe_next(target: str) -> str:
    """Return ``target`` if it is a plain path of ours, else an empty text."""
    path = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if path else ""
