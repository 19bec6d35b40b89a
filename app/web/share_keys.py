"""Further ways into a share: another key, all keys replaced, the share renewed for somebody who asked."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts.rights import StaffRight
from app.audit import Actor
from app.errors import Outdated
from app.shares import service
from app.shares.cut import CutKey
from app.shares.models import Factor, Purpose, RequestState
from app.shares.service import NewKey
from app.web.context import site
from app.web.login import current_staff, staff_actor, staff_only
from app.web.made import hand_over, made_page
from app.web.outdated import shown_again
from app.web.share_form import DEFAULTS, end_of, last_day, read_address, read_factor, today
from app.web.texts import _

bp = Blueprint("share_keys", __name__)
bp.register_error_handler(Outdated, shown_again)


class _Maker(Protocol):
    def __call__(
        self,
        session: Session,
        cut: CutKey,
        organisation_id: str,
        share_id: str,
        *,
        channel: str,
        email: str | None,
        factor: str,
        by: Actor,
        created_by: str | None,
        now: datetime,
    ) -> NewKey: ...


class _Wish(NamedTuple):
    """What the form asks for, and the key that was cut for it before any deed began."""

    cut: CutKey
    channel: str
    email: str | None
    factor: Factor
    seen: str | None
    by: Actor
    user_id: str
    now: datetime

    @classmethod
    def read(cls) -> "_Wish":
        channel, here = request.form.get("channel", ""), site()
        email = read_address(request.form.get("email", "")) if channel == "mail" else None
        return cls(
            service.cut_key(here.signer),
            channel,
            email,
            read_factor(request.form, channel),
            request.form.get("seen"),
            staff_actor(),
            current_staff().user.id,
            here.now(),
        )


@bp.post("/shares/<share_id>/keys")
@staff_only(StaffRight.SHARE)
def add(share_id: str) -> ResponseReturnValue:
    """Make a further key to the same share: printed again, or told another way. Visits go on."""
    return _handed(share_id, lambda _: service.add_key)


@bp.post("/shares/<share_id>/replace")
@staff_only(StaffRight.SHARE)
def replace(share_id: str) -> ResponseReturnValue:
    """Make a new key and close all earlier ones; visits end."""
    return _handed(share_id, lambda wish: partial(service.replace_keys, seen=wish.seen))


@bp.post("/shares/<share_id>/renew")
@staff_only(StaffRight.SHARE)
def renew(share_id: str) -> ResponseReturnValue:
    """Open an ended or frozen share again, for as long as its purpose means, with a new key."""
    wish, me = _Wish.read(), current_staff()
    with site().sessions.begin() as session:
        purpose = Purpose(service.find_share(session, me.organisation.id, share_id).purpose)
        day = last_day(purpose if purpose in DEFAULTS else Purpose.PATIENT_COPY, None, today(me.organisation))
        key = service.renew(
            session,
            wish.cut,
            me.organisation.id,
            share_id,
            expires_at=end_of(day, me.organisation, wish.now),
            channel=wish.channel,
            email=wish.email,
            factor=wish.factor,
            seen=wish.seen,
            by=wish.by,
            created_by=wish.user_id,
            now=wish.now,
        )
        hand_over(session, key, wish.channel, wish.email)
    return made_page(key, wish.channel, wish.email)


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


def _handed(share_id: str, maker: Callable[[_Wish], _Maker]) -> ResponseReturnValue:
    wish, me = _Wish.read(), current_staff()
    with site().sessions.begin() as session:
        key = maker(wish)(
            session,
            wish.cut,
            me.organisation.id,
            share_id,
            channel=wish.channel,
            email=wish.email,
            factor=wish.factor,
            by=wish.by,
            created_by=wish.user_id,
            now=wish.now,
        )
        hand_over(session, key, wish.channel, wish.email)
    return made_page(key, wish.channel, wish.email)
