"""Give to a doctor: visitors who may pass on one narrower key, a QR code to show and a code to read out."""

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from limits import parse

from app.errors import Refused
from app.shares import service
from app.shares.models import Right
from app.web.context import site
from app.web.errors import wants_json
from app.web.landing_pages import Sender
from app.web.pace import keep_pace
from app.web.security import same_origin
from app.web.slip import slip_of
from app.web.texts import _
from app.web.visitor import Visit, require_visit
from app.web.words import moment

bp = Blueprint("view_give", __name__)
PACE = parse("12/hour")
"""Codes that a key's holder may give on: each costs hashing that others wait for."""


@bp.get("/view/<share_id>/give")
def ask(share_id: str) -> str:
    """Say what giving on means, and ask."""
    with site().sessions() as session:
        return _page(require_visit(session, share_id, Right.GIVE))


@bp.post("/view/<share_id>/give")
def give(share_id: str) -> ResponseReturnValue:
    """Make the key and show it, once: ``{url, place, code, pin, qr, expires_at, until}`` to our script."""
    if not same_origin():
        raise Refused(_("Please open your link again and type there."))
    here = site()
    with here.sessions() as session:
        giver = require_visit(session, share_id, Right.GIVE)  # a stranger costs no hashing
    keep_pace("gives", PACE, giver.key.id)
    cut = service.cut_key(here.signer)
    with here.sessions.begin() as session:
        visit = require_visit(session, share_id, Right.GIVE)
        key = service.give(session, cut, visit.key, by=visit.actor, now=here.now())
        slip = slip_of(key, here.config.base_url)
        until = moment(key.expires_at, visit.organisation, here.now())
        if wants_json():
            return jsonify(
                url=slip.url,
                place=slip.place,
                code=slip.code,
                pin=slip.pin,
                qr=slip.qr,
                expires_at=key.expires_at.isoformat(),
                until=until,
            )
        return _page(visit, slip=slip, until=until)


def _page(visit: Visit, **words: object) -> str:
    sender = Sender.of(visit.organisation)
    return render_template("view/give.html", sender=sender, share_id=visit.share.id, **words)
