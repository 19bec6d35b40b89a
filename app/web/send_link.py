"""The link of somebody who is asked for images, and the PIN that opens it: as on the page of a share.

Looking changes nothing and counts nothing. The form carries no CSRF token (see ``landing``).
"""

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.audit.actor import ActorKind
from app.errors import NotFound, VirtualCdError
from app.requests import service
from app.shares import pins
from app.web import landing_pages, send_pages
from app.web.answers import check_sender, note_refusal, note_wrong
from app.web.context import actor, site
from app.web.security import csrf
from app.web.send import COOKIE
from app.web.visitor import give_cookie

bp = Blueprint("send_link", __name__)
csrf.exempt(bp)
bp.register_error_handler(VirtualCdError, landing_pages.refusal)


@bp.get("/r/<token>")
def look(token: str) -> ResponseReturnValue:
    """Ask for the PIN. Changes nothing: mail scanners and link previews come here too."""
    here = site()
    with here.sessions() as session:
        key = service.find_key(session, here.request_signer, token, here.now())
        return send_pages.link(send_pages.Card.of(key, here.now()))


@bp.post("/r/<token>")
def enter(token: str) -> ResponseReturnValue:
    """Check the PIN; right: on to the page that sends, under an address without the token."""
    check_sender()
    here = site()
    try:
        with here.sessions() as session:
            key = service.find_key(session, here.request_signer, token, here.now())
            card = send_pages.Card.of(key, here.now())
    except NotFound:
        pins.spend_time()
        note_wrong()
        raise
    by, signer = actor(ActorKind.VISITOR, key.id), here.request_signer
    try:
        pin = request.form.get("pin", "")
        opened = service.open_with_pin(here.sessions, signer, key, pin, by=by, now=here.now())
    except VirtualCdError as why:
        note_refusal(why)
        return send_pages.link(card, why)
    response = make_response(redirect(url_for("send.page", request_id=opened.request_id), 303))
    give_cookie(response, opened.request_id, opened.secret, COOKIE)
    return response
