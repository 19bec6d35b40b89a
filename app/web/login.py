"""Staff log in, log out and choose their password; every staff view passes through ``staff_only``.

The cookie holds one random secret. What it is worth is the server's ``StaffSession`` row to say, by the
site's clock: so a logout ends it everywhere, and nothing can be won back from a copied cookie.
"""

import time
from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized

from app.accounts import service, sessions
from app.accounts.rights import Staff, StaffRight, may
from app.accounts.sessions import OpenSession, Owes
from app.audit import Action, record
from app.audit.actor import Actor, ActorKind
from app.errors import Refused, TooSoon, Unacceptable
from app.site import EXTENSION as SITE
from app.web import errors
from app.web.account_letters import tell_of_account
from app.web.context import actor, site
from app.web.limits import LoginLimits, Step
from app.web.security import same_origin
from app.web.texts import _

bp = Blueprint("login", __name__)
manager = LoginManager()
P = ParamSpec("P")
Made = TypeVar("Made")
LIMITS = "virtual-cd login limits"
PAGES = {
    Owes.CODE: "second_factor.ask",
    Owes.PASSWORD: "login.password",
    Owes.SECOND_FACTOR: "second_factor.new",
}
"""Where each thing that a session owes is asked for."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class LoggedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """What Flask-Login keeps for a request: the cookie's secret, and the session behind it."""

    def __init__(self, secret: str, behind: OpenSession) -> None:
        self.secret = secret
        self.staff, self.owes, self.second_factor_at = behind

    def get_id(self) -> str:
        """Return what goes into the cookie."""
        return self.secret


def init_app(app: Flask) -> None:
    """Set up staff logins."""
    app.extensions[LIMITS] = LoginLimits.build(app.extensions[SITE].config)
    manager.session_protection = None  # the row decides, not the browser's name
    manager.init_app(app)
    app.jinja_env.globals.update(staff=staff_or_none, owes=what_is_owed, may=may, StaffRight=StaffRight)


@manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
def load(secret: str) -> LoggedIn | None:
    """Return who holds ``secret``, while the server's row says that it lives."""
    here = site()
    with here.sessions() as reading:
        behind = sessions.find_session(reading, secret, here.now())
    return LoggedIn(secret, behind) if behind else None


def what_is_owed() -> Owes | None:
    """Return what this browser's session still owes; None too where there is no session."""
    return current_user.owes if current_user and current_user.is_authenticated else None


def staff_or_none() -> Staff | None:
    """Return who is logged in, or None; whoever still owes the second factor is nobody yet."""
    known = current_user and current_user.is_authenticated and current_user.owes is not Owes.CODE
    return current_user.staff if known else None


def current_staff() -> Staff:
    """Return who is at work. Only inside a view under ``staff_only``."""
    if not current_user.is_authenticated:
        raise Unauthorized(_("Please log in."))
    return cast(Staff, current_user.staff)


def staff_actor() -> Actor:
    """Return the member of staff as the audit log knows them."""
    return actor(ActorKind.STAFF, current_staff().user.id)


def staff_only(
    right: StaffRight | None = StaffRight.SEE, *, passive: bool = False, owing: Collection[Owes] = ()
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let only members of staff who hold ``right`` into a view.

    ``passive`` is for pages that ask by themselves: they do not prolong the session. For a session that
    owes something, only the views open that name it in ``owing``.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return _ask_to_log_in()
            refuse_other_sites()
            if current_user.owes and current_user.owes not in owing:
                return _ask_for(current_user.owes)
            staff = current_staff()
            if right and not may(staff.role, right):
                _note_denial(staff, right)
                raise Refused(_("Your role does not allow this. Ask an administrator."))
            if not passive:
                _touch()
            return view(*args, **kwargs)

        guarded.staff_right = right  # type: ignore[attr-defined]  # the rights matrix in the tests reads it
        return guarded

    return decorate


def _note_denial(staff: Staff, right: StaffRight) -> None:
    here = site()
    with here.sessions.begin() as writing:
        record(
            writing,
            Action.ACCESS_DENIED,
            actor(ActorKind.STAFF, staff.user.id),
            here.now(),
            organisation_id=staff.organisation.id,
            route=request.endpoint,
            right=str(right),
        )


def refuse_other_sites() -> None:
    """Refuse a deed that another site's page asks for. Raises Refused."""
    if request.method not in SAFE_METHODS and not same_origin():
        raise Refused(_("This was asked for from another page. Open Virtual CD and try again."))


def _ask_to_log_in() -> ResponseReturnValue:
    if request.method == "GET" and not errors.wants_json():
        return redirect(url_for("login.form", next=request.full_path.rstrip("?")))
    raise Unauthorized(_("Your session has ended. Log in again; what you sent before is safe."))


def _ask_for(owed: Owes) -> ResponseReturnValue:
    if request.method == "GET" and not errors.wants_json():
        place = request.full_path.rstrip("?") if owed is Owes.CODE else None
        return redirect(url_for(PAGES[owed], next=place))
    raise Unauthorized(_("Finish logging in first: open Virtual CD's own pages."))


def _touch() -> None:
    here = site()
    with here.sessions.begin() as writing:
        sessions.touch_session(writing, current_user.secret, here.now())


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
    wait = login_limits().wait(email[:254], request.remote_addr or "", time.time)
    if wait:
        return _login_again(_("Too many tries. Wait a minute, then try again."), 429, wait)
    here = site()
    with here.sessions() as reading:
        staff = service.authenticate(reading, email, password)
    secret = _opened(staff) if staff else None
    if secret is None:
        login_limits().note_wrong(request.remote_addr or "")
        with here.sessions.begin() as writing:
            record(writing, Action.LOGIN_DENIED, actor(ActorKind.STAFF), here.now())
        return _login_again(_("E-mail address and password don't match. Check both and try again."), 401)
    enter(secret)
    where = safe_next(request.form.get("next", "")) or url_for("discs.listing")
    if what_is_owed() is Owes.CODE:
        return redirect(url_for(PAGES[Owes.CODE], next=where), 303)
    return redirect(where, 303)


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


def login_limits() -> LoginLimits:
    """Return what counts the tries."""
    return cast(LoginLimits, current_app.extensions[LIMITS])


def _login_again(message: str, status: int, wait: int = 0) -> ResponseReturnValue:
    page = render_template(
        "login/login.html",
        message=message,
        email=request.form.get("email", ""),
        next=safe_next(request.form.get("next", "")),
    )
    return page, status, {"Retry-After": str(wait)} if wait else {}


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
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@bp.route("/password", methods=["GET", "POST"])
@staff_only(None, owing=(Owes.PASSWORD, Owes.SECOND_FACTOR))
def password() -> ResponseReturnValue:
    """Choose a password; all other sessions of the user end."""
    if request.method == "GET":
        return render_template("login/password.html")
    old, new, shown = request.form.get("old", ""), request.form.get("new", ""), current_user.second_factor_at
    if new != request.form.get("again", ""):
        return _password_again(_("The two new passwords are not the same."))

    def deed(writing: Session, staff: Staff) -> str:
        service.change_password(writing, staff, old, new, by=staff_actor(), now=site().now())
        tell_of_account(writing, staff, _("Its password was changed."))
        return begin_alone(writing, staff, shown)

    try:
        enter(changed(deed))
    except (Refused, Unacceptable) as why:
        return _password_again(str(why))
    except TooSoon as why:
        return _password_again(str(why), 429)
    flash(_("Your password is changed."), "good")
    return redirect(url_for("discs.listing"), 303)


def _password_again(message: str, status: int = 400) -> ResponseReturnValue:
    return render_template("login/password.html", message=message), status


def safe_next(target: str) -> str:
    """Return ``target`` if it is a plain path of ours, else an empty text."""
    path = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if path else ""
