"""Staff's second factor: asked for after the password, set up, moved to another telephone, taken away."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts import second_factor, service, sessions
from app.accounts.rights import Staff
from app.accounts.sessions import Owes
from app.errors import Refused
from app.web.account_letters import tell_of_account
from app.web.context import site
from app.web.login import begin, current_staff, login_limits, safe_next, staff_actor, staff_only, what_is_owed
from app.web.texts import _

bp = Blueprint("second_factor", __name__)
LONGEST_CODE = 40
Made = TypeVar("Made")


@bp.get("/login/code")
@staff_only(None, owing=(Owes.CODE,))
def ask() -> ResponseReturnValue:
    """Ask for the second factor."""
    if what_is_owed() is None:
        return redirect(url_for("discs.listing"))
    return _ask()


@bp.post("/login/code")
@staff_only(None, owing=(Owes.CODE,))
def answer() -> ResponseReturnValue:
    """Let in whoever shows the second factor, under a new secret."""
    here, staff, typed = site(), current_staff(), request.form.get("code", "")
    if what_is_owed() is None:
        return redirect(url_for("discs.listing"), 303)
    address = request.remote_addr or ""
    if wait := login_limits().wait_for_code(staff.user.email, address, time.time):
        return _ask(_too_often(wait), 429, {"Retry-After": str(wait)})
    try:
        with here.sessions.begin() as writing:
            shown = here.second_factors.check(
                writing, staff, typed[:LONGEST_CODE], by=staff_actor(), now=here.now()
            )
            left = second_factor.codes_left(writing, staff)
            if shown is second_factor.Shown.RECOVERY_CODE:
                tell_of_account(writing, staff, _("Somebody logged in to it with a recovery code."))
    except Refused as why:
        return _ask(str(why), 403)
    if shown is None:
        login_limits().note_wrong_code(staff.user.email, address)
        return _ask(_("That code is not right, or was used before. Type the next one that comes up."), 401)
    begin(staff, here.now(), logs_in=True, second_factor=str(shown))
    if shown is second_factor.Shown.RECOVERY_CODE:
        said = _("That recovery code is used up. %(left)s are left.", left=left)
        flash(said, "good" if left > 1 else "warn")
    return redirect(safe_next(request.form.get("next", "")) or url_for("discs.listing"), 303)


def _too_often(wait: int) -> str:
    if wait <= 60:
        return _("Too many tries. Wait a minute, then try again.")
    return _(
        "Too many wrong codes. For safety no more are taken for %(hours)s h. If you typed none of them, "
        "somebody knows your password: tell the person who runs Virtual CD.",
        hours=-(-wait // 3600),
    )


def _ask(message: str = "", status: int = 200, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    where = safe_next(request.values.get("next", ""))
    return render_template("login/code.html", message=message, next=where), status, headers or {}


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

    def deed(writing: Session, staff: Staff, now: datetime) -> list[str]:
        if second_factor.find(writing, staff.user.id):
            service.confirm_password(writing, staff, request.form.get("password", ""))
        code = request.form.get("code", "")[:LONGEST_CODE]
        codes = here.second_factors.set_up(writing, staff, sealed, code, by=staff_actor(), now=now)
        sessions.end_sessions_of(writing, staff.user.id, now)
        tell_of_account(writing, staff, _("Two-step login was set up for it, with an authenticator app."))
        return codes

    return _guarded(deed, _codes_of_new_factor, lambda message: _offer(message, sealed))


def _codes_of_new_factor(codes: list[str]) -> ResponseReturnValue:
    begin(current_staff(), site().now())
    return render_template("login/recovery_codes.html", codes=codes, first=True)


@bp.post("/second-factor/codes")
@staff_only(None)
def renew_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them, this once."""

    def deed(writing: Session, staff: Staff, now: datetime) -> list[str]:
        service.confirm_password(writing, staff, request.form.get("password", ""))
        if second_factor.find(writing, staff.user.id) is None:
            raise Refused(_("Set up two-step login first."))
        tell_of_account(writing, staff, _("New recovery codes were made for it."))
        return second_factor.renew_codes(writing, staff, by=staff_actor(), now=now)

    return _guarded(deed, lambda codes: render_template("login/recovery_codes.html", codes=codes), _show)


@bp.post("/second-factor/remove")
@staff_only(None)
def remove() -> ResponseReturnValue:
    """Log in by the password alone from now on, where the organisation leaves that to its staff."""

    def deed(writing: Session, staff: Staff, now: datetime) -> None:
        service.confirm_password(writing, staff, request.form.get("password", ""))
        if staff.organisation.asks_second_factor:
            raise Refused(_("Your organisation asks everybody for two-step login."))
        second_factor.take_away(writing, staff, by=staff_actor(), now=now)
        tell_of_account(writing, staff, _("Two-step login was turned off for it."))

    def done(_nothing: None) -> ResponseReturnValue:
        flash(_("Two-step login is off. Your password alone logs you in."), "good")
        return redirect(url_for("second_factor.show"), 303)

    return _guarded(deed, done, _show)


def _guarded(
    deed: Callable[[Session, Staff, datetime], Made],
    done: Callable[[Made], ResponseReturnValue],
    again: Callable[[str], str],
) -> ResponseReturnValue:
    """Do what the password or a code must allow, at the pace of codes; show the page again when refused."""
    here, staff = site(), current_staff()
    if login_limits().wait_for_code(staff.user.email, request.remote_addr or "", time.time):
        return again(_("Too many tries. Wait a minute, then try again.")), 429
    try:
        with here.sessions.begin() as writing:
            made = deed(writing, staff, here.now())
    except Refused as why:
        return again(str(why)), 400
    return done(made)
