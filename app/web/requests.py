"""Asking for images, for staff: make a request, hand its link over once, see what came, end it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from markupsafe import Markup

from app.accounts.languages import LANGUAGES
from app.accounts.rights import StaffRight
from app.errors import Refused, Unacceptable
from app.mail.mailroom import letters_of_keys
from app.requests import service
from app.requests.limits import MOST_DISCS
from app.requests.service import NewRequestKey
from app.shares.cut import cut_key
from app.shares.orders import LONGEST_LIFE
from app.web.context import site
from app.web.letters import send_request
from app.web.made import not_sent
from app.web.request_form import LASTS, read_order
from app.web.share_form import CHANNELS, read_address, today
from app.web.slip import slip_of
from app.web.staff import current_staff, staff_actor, staff_only, staff_or_none
from app.web.states import delivery_state, share_state
from app.web.texts import _

bp = Blueprint("requests", __name__)

WAY = "r"
"""What a request's link begins with."""


@bp.get("/requests")
@staff_only()
def listing() -> str:
    """List the requests, the newest first."""
    with site().sessions() as session:
        found = service.list_requests(session, current_staff().organisation.id)
        return render_template("requests/list.html", requests=found)


@bp.get("/requests/new")
@staff_only(StaffRight.UPLOAD)
def new() -> str:
    """Ask who is asked for what, and until when."""
    return _form()


@bp.post("/requests/new")
@staff_only(StaffRight.UPLOAD)
def make() -> ResponseReturnValue:
    """Make the request and show its link, once."""
    here, me = site(), current_staff()
    try:
        order = read_order(request.form, me.organisation, here.now())
        cut = cut_key(here.request_signer)
        with here.sessions.begin() as session:
            key = service.create(
                session,
                cut,
                me.organisation.id,
                order,
                by=staff_actor(),
                created_by=me.user.id,
                now=here.now(),
            )
            if order.email:
                send_request(session, key, order.email, me.organisation, me.user)
    except (Unacceptable, Refused) as why:
        return _form(str(why)), 400
    return _made(key, order.channel, order.email)


@bp.get("/requests/<request_id>")
@staff_only()
def show(request_id: str) -> str:
    """Show a request, its keys and what came in by it. No secret: none is kept."""
    with site().sessions() as session:
        found = service.find_request(session, current_staff().organisation.id, request_id)
        letters = letters_of_keys(session, [key.id for key in found.keys])
        return render_template("requests/request.html", asked=found, letters=letters, sends=site().mail.sends)


@bp.post("/requests/<request_id>/replace")
@staff_only(StaffRight.UPLOAD)
def replace(request_id: str) -> ResponseReturnValue:
    """Make a new link and PIN; the earlier ones are closed."""
    here, me = site(), current_staff()
    channel = request.form.get("channel", "")
    email = read_address(request.form.get("email", "")) if channel == "mail" else None
    cut = cut_key(here.request_signer)
    with here.sessions.begin() as session:
        key = service.replace(
            session,
            cut,
            me.organisation.id,
            request_id,
            channel=channel,
            email=email,
            by=staff_actor(),
            created_by=me.user.id,
            now=here.now(),
        )
        if email:
            send_request(session, key, email, me.organisation, me.user)
    return _made(key, channel, email)


@bp.post("/requests/<request_id>/revoke")
@staff_only(StaffRight.UPLOAD)
def revoke(request_id: str) -> ResponseReturnValue:
    """End a request and what is being sent by it."""
    here, me = site(), current_staff()
    with here.sessions.begin() as session:
        service.revoke(
            session, me.organisation.id, request_id, by=staff_actor(), user_id=me.user.id, now=here.now()
        )
    flash(_("The request is closed. What came in by it stays in the waiting room."), "good")
    return redirect(url_for("requests.show", request_id=request_id), 303)


def _form(message: str = "") -> str:
    first = today(current_staff().organisation)
    return render_template(
        "requests/form.html",
        message=message,
        given=request.form,
        today=first,
        until=first + LASTS,
        longest=first + LONGEST_LIFE,
        most_discs=MOST_DISCS,
        languages_of_link=LANGUAGES,
        not_sent=not_sent(),
    )


def _made(key: NewRequestKey, channel: str, email: str | None) -> str:
    here, me = site(), current_staff()
    with here.sessions() as session:
        found = service.find_request(session, me.organisation.id, key.request_id)
        slip = slip_of(key, here.config.base_url, WAY)
        with force_locale(found.language or me.organisation.language):
            printed = render_template(
                "shares/slip.html", until=found.expires_at, slip=slip, of=me.organisation, asks=True
            )
        return render_template(
            "requests/made.html",
            asked=found,
            slip=slip,
            slip_page=Markup(printed),  # noqa: S704 - our own template's output
            channel=channel if channel in CHANNELS else CHANNELS[0],
            email=email,
            sends=here.mail.sends,
            not_sent=not_sent(),
        )


@bp.app_context_processor
def words() -> dict[str, Any]:
    """Give pages the words for requests, and how many discs wait to be accepted."""

    def waiting() -> int:
        me = staff_or_none()
        if me is None:
            return 0
        with site().sessions() as session:
            return service.count_waiting(session, me.organisation.id)

    return {
        "request_state": lambda asked: share_state(service.state_of(asked, site().now())),
        "request_key_state": lambda key: share_state(service.key_state(key, site().now())),
        "delivery_state": lambda delivery: delivery_state(service.standing(delivery)),
        "waiting_count": waiting,
    }
