"""Who of the staff is asking; every staff view passes through ``staff_only``.

The cookie holds one random secret. What it is worth is the server's ``StaffSession`` row to say, by the
site's clock: so a logout ends it everywhere, and nothing can be won back from a copied cookie.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import ParamSpec, cast

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.exceptions import Unauthorized

from app.accounts import sessions
from app.accounts.rights import Staff, StaffRight, may
from app.accounts.sessions import OpenSession, Owes
from app.audit import Action, record
from app.audit.actor import Actor, ActorKind
from app.errors import Refused
from app.web import errors
from app.web.context import actor, site
from app.web.security import same_origin
from app.web.texts import _

manager = LoginManager()
P = ParamSpec("P")
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
    """Tell staff by their cookies, in views and in templates."""
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
