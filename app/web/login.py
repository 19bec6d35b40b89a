"""Staff log in, log out and choose their password; every staff view passes through ``staff_only``.

The cookie holds one random secret. What it is worth is the server's ``StaffSession`` row to say, by the
site's clock: so a logout ends it everywhere, and nothing can be won back from a copied cookie.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast
from urllib.parse import urlsplit

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
from werkzeug.exceptions import Unauthorized

from app.accounts import service, sessions
from app.accounts.rights import Staff, StaffRight, may
from app.audit import Action, record
from app.audit.actor import Actor, ActorKind
from app.errors import Refused, Unacceptable
from app.site import EXTENSION as SITE
from app.web import errors
from app.web.context import actor, site
from app.web.limits import LoginLimits
from app.web.security import same_origin
from app.web.texts import _

bp = Blueprint("login", __name__)
manager = LoginManager()
P = ParamSpec("P")
LIMITS = "virtual-cd login limits"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class LoggedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """What Flask-Login keeps for a request: the cookie's secret, and whose it is."""

    def __init__(self, secret: str, staff: Staff) -> None:
        self.secret, self.staff = secret, staff

    def get_id(self) -> str:
        """Return what goes into the cookie."""
        return self.secret


def init_app(app: Flask) -> None:
    """Set up staff logins."""
    app.extensions[LIMITS] = LoginLimits.build(app.extensions[SITE].config)
    manager.session_protection = None  # the row decides, not the browser's name
    manager.init_app(app)
    app.jinja_env.globals.update(staff=staff_or_none, may=may, StaffRight=StaffRight)


@manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
def load(secret: str) -> LoggedIn | None:
    """Return who holds ``secret``, while the server's row says that it lives."""
    here = site()
    with here.sessions() as reading:
        staff = sessions.find_session(reading, secret, here.now())
    return LoggedIn(secret, staff) if staff else None


def staff_or_none() -> Staff | None:
    """Return who is logged in, or None."""
    return current_user.staff if current_user and current_user.is_authenticated else None


def current_staff() -> Staff:
    """Return who is at work. Only inside a view under ``staff_only``."""
    staff = staff_or_none()
    if staff is None:
        raise Unauthorized(_("Please log in."))
    return staff


def staff_actor() -> Actor:
    """Return the member of staff as the audit log knows them."""
    return actor(ActorKind.STAFF, current_staff().user.id)


def staff_only(
    right: StaffRight | None = StaffRight.SEE, *, passive: bool = False, any_password: bool = False
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let only members of staff who hold ``right`` into a view.

    ``passive`` is for pages that ask by themselves: they do not prolong the session. Until a one-time
    password was changed, only views with ``any_password`` open.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            staff = staff_or_none()
            if staff is None:
                return _ask_to_log_in()
            refuse_other_sites()
            if staff.user.must_change_password and not any_password:
                return redirect(url_for("login.password"))
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
    if staff is None:
        login_limits().note_wrong(request.remote_addr or "")
        with here.sessions.begin() as writing:
            record(writing, Action.LOGIN_DENIED, actor(ActorKind.STAFF), here.now())
        return _login_again(_("E-mail address and password don't match. Check both and try again."), 401)
    _begin(staff, Action.LOGGED_IN)
    return redirect(safe_next(request.form.get("next", "")) or url_for("discs.listing"), 303)


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


def _begin(staff: Staff, action: Action | None = None) -> None:
    """Open a session under a new secret; whatever this browser held before ends."""
    here = site()
    with here.sessions.begin() as writing:
        if old := session.get("_user_id"):
            sessions.end_session(writing, old, here.now())
        secret = sessions.open_session(writing, staff, here.now())
        if action:
            by = actor(ActorKind.STAFF, staff.user.id)
            record(writing, action, by, here.now(), organisation_id=staff.organisation.id)
    session.clear()
    g.pop("csrf_token", None)
    login_user(LoggedIn(secret, staff))


@bp.post("/logout")
@staff_only(None, any_password=True)
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
@staff_only(None, any_password=True)
def password() -> ResponseReturnValue:
    """Choose a password; all other sessions of the user end."""
    if request.method == "GET":
        return render_template("login/password.html")
    staff, new = current_staff(), request.form.get("new", "")
    if login_limits().wait(staff.user.email, request.remote_addr or "", time.time):
        return _password_again(_("Too many tries. Wait a minute, then try again."), 429)
    if new != request.form.get("again", ""):
        return _password_again(_("The two new passwords are not the same."))
    here = site()
    try:
        with here.sessions.begin() as writing:
            service.change_password(
                writing, staff, request.form.get("old", ""), new, by=staff_actor(), now=here.now()
            )
            sessions.end_sessions_of(writing, staff.user.id, here.now())
    except (Refused, Unacceptable) as why:
        return _password_again(str(why))
    _begin(_fresh(current_user.staff))
    flash(_("Your password is changed."), "good")
    return redirect(url_for("discs.listing"), 303)


def _password_again(message: str, status: int = 400) -> ResponseReturnValue:
    return render_template("login/password.html", message=message), status


def _fresh(staff: Staff) -> Staff:
    with site().sessions() as reading:
        return service.find_user(reading, staff.organisation, staff.user.email)


def safe_next(target: str) -> str:
    """Return ``target`` if it is a plain path of ours, else an empty text."""
    parts = urlsplit(target) if target.isprintable() else None
    local = parts and not parts.scheme and not parts.netloc
    return target if local and target.startswith("/") and not target.startswith(("//", "/\\")) else ""
