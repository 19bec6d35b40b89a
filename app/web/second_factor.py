"""Staff's second factor: asked for after the password, set up, moved to another telephone, taken away."""

import time
from typing import NamedTuple

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts import second_factor, service
from app.accounts.rights import Staff
from app.accounts.second_factor import Shown
from app.accounts.sessions import Owes
from app.errors import Refused, TooSoon
from app.web.context import site
from app.web.entering import (
    begin,
    begin_alone,
    changed,
    enter,
    hold_session,
    login_limits,
    too_often,
)
from app.web.known_browser import origin_of, remember
from app.web.limits import Step
from app.web.login import safe_next
from app.web.staff import current_staff, staff_actor, staff_only, what_is_owed
from app.web.texts import _

bp = Blueprint("second_factor", __name__)
LONGEST_CODE = 40


@bp.get("/login/code")
@staff_only(None, owing=(Owes.CODE,))
def ask() -> ResponseReturnValue:
    """Ask for the second factor."""
    if what_is_owed() is None:
        return redirect(url_for("discs.listing"))
    return _ask()


class Entry(NamedTuple):
    """What the right code brings."""

    secret: str
    """Of the session to enter by."""
    shown: Shown
    codes_left: int


@bp.post("/login/code")
@staff_only(None, owing=(Owes.CODE,))
def answer() -> ResponseReturnValue:
    """Let in whoever shows the second factor, under a new secret."""
    if what_is_owed() is None:
        return redirect(url_for("discs.listing"), 303)
    limits, email, typed = login_limits(), current_staff().user.email, request.form.get("code", "").strip()
    if not typed:
        return _ask(_("Type the code first."), 400)
    whose = origin_of(email).whose(email)
    if wait := limits.wait_for(Step.CODE, whose, time.time):
        return _ask(too_often(wait), 429, {"Retry-After": str(wait)})
    try:
        entry = _entry(typed[:LONGEST_CODE])
    except Refused as why:
        return _ask(str(why), 403)
    if entry is None:
        limits.note_wrong_at(Step.CODE, whose)
        return _ask(_wrong(typed), 401)
    enter(entry.secret)
    if entry.shown is Shown.RECOVERY_CODE:
        said = _("That recovery code is used up. %(left)s are left.", left=entry.codes_left)
        flash(said, "good" if entry.codes_left > 1 else "warn")
    response = redirect(safe_next(request.form.get("next", "")) or url_for("discs.listing"), 303)
    remember(response, email)
    return response


def _wrong(typed: str) -> str:
    if second_factor.kind_of(typed) is Shown.APP:
        return _("That code is not right, or was used before. Type the next one that comes up.")
    return _("That recovery code is not right, or was used before. Each works once: try another one.")


def _entry(typed: str) -> Entry | None:
    """Use up a code and open a session by it, both or neither; return None when it is worth nothing."""
    here = site()
    with here.sessions.begin() as writing:
        staff = hold_session(writing)
        shown = here.second_factors.check(writing, staff, typed, by=staff_actor(), now=here.now())
        if shown is None:
            return None
        secret = begin(writing, staff, here.now(), logs_in=True, second_factor=str(shown))
        return Entry(secret, shown, second_factor.codes_left(writing, staff))


def _ask(message: str = "", status: int = 200, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    where = safe_next(request.values.get("next", ""))
    on_paper = second_factor.kind_of(request.form.get("code", "")) is Shown.RECOVERY_CODE
    page = render_template("login/code.html", message=message, next=where, on_paper=on_paper)
    return page, status, headers or {}


@bp.get("/second-factor")
@staff_only(None)
def show() -> str:
    """Show how it stands."""
    return _show()


def _show(message: str = "") -> str:
    staff = current_staff()
    with site().sessions() as reading:
        kept = second_factor.find(reading, staff.user.id)
        left = second_factor.codes_left(reading, staff)
    return render_template(
        "login/second_factor.html", kept=kept, left=left, message=message, now=site().now()
    )


@bp.get("/second-factor/new")
@staff_only(None, owing=(Owes.SECOND_FACTOR,))
def new() -> str:
    """Offer a secret for the app to take over."""
    return _offer()


def _offer(message: str = "", sealed: str = "") -> str:
    staff, here = current_staff(), site()
    with here.sessions() as reading:
        kept = second_factor.find(reading, staff.user.id)
    offer = here.second_factors.offer(staff, sealed)
    return render_template(
        "login/set_up.html",
        offer=offer,
        groups=[offer.secret[at : at + 4] for at in range(0, len(offer.secret), 4)],
        qr=segno.make(offer.address, error="m", micro=False).svg_data_uri(border=2, scale=4),
        kept=kept,
        message=message,
    )


@bp.post("/second-factor/new")
@staff_only(None, owing=(Owes.SECOND_FACTOR,))
def set_up() -> ResponseReturnValue:
    """Keep the offered secret; show the recovery codes, this once. All other sessions of the user end."""
    here, sealed = site(), request.form.get("sealed", "")

    def deed(writing: Session, staff: Staff) -> tuple[str, list[str]]:
        code, now = request.form.get("code", "").strip()[:LONGEST_CODE], here.now()
        if not code:
            raise Refused(_("Type the code that the app shows."))
        _confirm_password(writing, staff)
        codes = here.second_factors.set_up(writing, staff, sealed, code, by=staff_actor(), now=now)
        return begin_alone(writing, staff, now), codes

    try:
        secret, codes = changed(deed)
    except (Refused, TooSoon) as why:
        return _offer(str(why), sealed), _status(why)
    enter(secret)
    return render_template("login/recovery_codes.html", codes=codes, first=True)


@bp.post("/second-factor/codes")
@staff_only(None)
def renew_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them, this once."""

    def deed(writing: Session, staff: Staff) -> list[str]:
        _confirm_password(writing, staff)
        if second_factor.find(writing, staff.user.id) is None:
            raise Refused(_("Set up two-step login first."))
        return second_factor.renew_codes(writing, staff, by=staff_actor(), now=site().now())

    try:
        return render_template("login/recovery_codes.html", codes=changed(deed))
    except (Refused, TooSoon) as why:
        return _show(str(why)), _status(why)


@bp.post("/second-factor/remove")
@staff_only(None)
def remove() -> ResponseReturnValue:
    """Log in by the password alone from now on, where the organisation leaves that to its staff.

    All other sessions of the user end: half a login elsewhere must not become a whole one.
    """

    def deed(writing: Session, staff: Staff) -> str:
        _confirm_password(writing, staff)
        if staff.organisation.asks_second_factor:
            raise Refused(_("Your organisation asks everybody for two-step login."))
        second_factor.take_away(writing, staff, by=staff_actor(), now=site().now())
        return begin_alone(writing, staff, None)

    try:
        enter(changed(deed))
    except (Refused, TooSoon) as why:
        return _show(str(why)), _status(why)
    flash(_("Two-step login is off. Your password alone logs you in."), "good")
    return redirect(url_for("second_factor.show"), 303)


def _confirm_password(writing: Session, staff: Staff) -> None:
    """Ask for the password. Raises Refused when there is none: an empty field is no wrong guess."""
    password = request.form.get("password", "")
    if not password:
        raise Refused(_("Type your password, too."))
    service.confirm_password(writing, staff, password)


def _status(why: Refused | TooSoon) -> int:
    return 429 if isinstance(why, TooSoon) else 400
