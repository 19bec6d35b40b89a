"""Further ways into a share: another key, all keys replaced, the share renewed for somebody who asked."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts.rights import StaffRight
from app.errors import Outdated
from app.shares import service
from app.shares.models import Purpose, RequestState
from app.shares.service import KeyOrder, NewKey
from app.web.context import site
from app.web.made import hand_over, made_page
from app.web.outdated import shown_again
from app.web.share_form import DEFAULTS, end_of, last_day, read_address, read_factor, today
from app.web.staff import current_staff, staff_actor, staff_only
from app.web.texts import _

bp = Blueprint("share_keys", __name__)
bp.register_error_handler(Outdated, shown_again)


_Maker = Callable[[Session, str, str, KeyOrder], NewKey]


@bp.post("/shares/<share_id>/keys")
@staff_only(StaffRight.SHARE)
def add(share_id: str) -> ResponseReturnValue:
    """Make a further key to the same share: printed again, or told another way. Visits go on."""
    return _handed(share_id, service.add_key)


@bp.post("/shares/<share_id>/replace")
@staff_only(StaffRight.SHARE)
def replace(share_id: str) -> ResponseReturnValue:
    """Make a new key and close all earlier ones; visits end."""
    return _handed(share_id, partial(service.replace_keys, seen=request.form.get("seen")))


@bp.post("/shares/<share_id>/renew")
@staff_only(StaffRight.SHARE)
def renew(share_id: str) -> ResponseReturnValue:
    """Open an ended or frozen share again, for as long as its purpose means, with a new key."""
    return _handed(share_id, _renewed)


def _renewed(session: Session, organisation_id: str, share_id: str, order: KeyOrder) -> NewKey:
    purpose = Purpose(service.find_share(session, organisation_id, share_id).purpose)
    here = current_staff().organisation
    day = last_day(purpose if purpose in DEFAULTS else Purpose.PATIENT_COPY, None, today(here))
    end = end_of(day, here, order.now)
    return service.renew(
        session, organisation_id, share_id, order, expires_at=end, seen=request.form.get("seen")
    )


@bp.post("/shares/<share_id>/close-request")
@staff_only(StaffRight.SHARE)
def close_request(share_id: str) -> ResponseReturnValue:
    """Take whoever asked for a new link off the list, without one."""
    here, me = site(), current_staff()
    with here.sessions.begin() as session:
        share = service.find_share(session, me.organisation.id, share_id)
        service.settle(
            session, share, RequestState.CLOSED, by=staff_actor(), user_id=me.user.id, now=here.now()
        )
    flash(_("The request is closed. No new link was made."), "good")
    return redirect(url_for("shares.listing", state="asked"), 303)


def _handed(share_id: str, make: _Maker) -> ResponseReturnValue:
    order = _asked()
    with site().sessions.begin() as session:
        key = make(session, current_staff().organisation.id, share_id, order)
        hand_over(session, key, order.channel, order.email)
    return made_page(key, order.channel, order.email)


def _asked() -> KeyOrder:
    """Return the key that the form asks for, cut before any deed begins."""
    channel, here = request.form.get("channel", ""), site()
    return KeyOrder(
        service.cut_key(here.signer),
        channel,
        staff_actor(),
        current_staff().user.id,
        here.now(),
        read_address(request.form.get("email", "")) if channel == "mail" else None,
        read_factor(request.form, channel),
    )
