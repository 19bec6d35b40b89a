"""The link page: whose images wait here, and the PIN that opens them. Nothing of the patient is shown.

Looking changes nothing and counts nothing, since mail scanners and link previews look too. ``/go`` leads a
typed short code to the same page: as the link cannot be rebuilt from its hash, the address carries a signed
ticket for the key instead (see ``app.shares.token``), and every counter goes by the key.

The forms carry no CSRF token, so that they work without any cookie: the PIN is the secret that a foreign page
lacks, and a browser that says a foreign page sent the form is refused.
"""

from flask import Blueprint, current_app, make_response, redirect, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actor import ActorKind
from app.errors import NotFound, Refused, Unacceptable, VirtualCdError
from app.shares import codes, pins, service
from app.shares.models import ShareKey, ShareState
from app.site import EXTENSION
from app.web import landing_pages as pages
from app.web import letters
from app.web.context import actor, site
from app.web.pin_limits import PinLimits
from app.web.security import csrf, same_origin
from app.web.visitor import give_cookie

bp = Blueprint("landing", __name__)
csrf.exempt(bp)
bp.register_error_handler(VirtualCdError, pages.refusal)

LIMITS = "virtual-cd pin limits"


@bp.record
def set_up(state: BlueprintSetupState) -> None:
    """Make the counter of wrong answers, and tell templates whose service it is."""
    state.app.jinja_env.globals["only_sender"] = pages.only_sender
    state.app.extensions[LIMITS] = PinLimits.build(state.app.extensions[EXTENSION].config)


@bp.get("/s/<token>")
def look(token: str) -> ResponseReturnValue:
    """Ask for the PIN. Changes nothing: mail scanners and link previews come here too."""
    here = site()
    with here.sessions() as session:
        card = pages.Card.of(service.find_key(session, here.signer, token, here.now()), here.now())
    return pages.link(card)


@bp.post("/s/<token>")
def enter(token: str) -> ResponseReturnValue:
    """Check the PIN; right: on to the viewer, under an address without the token."""
    _check_sender()
    here = site()
    try:
        with here.sessions() as session:
            key = service.find_key(session, here.signer, token, here.now())
            card = pages.Card.of(key, here.now())
    except NotFound:
        pins.spend_time()
        _limits().note_wrong(_address())
        raise
    try:
        opened = _open(key, request.form.get("pin", ""))
    except VirtualCdError as why:
        return pages.link(card, why)
    response = make_response(redirect(f"/view/{opened.share_id}", 303))
    give_cookie(response, opened.share_id, opened.secret)
    return response


@bp.post("/s/<token>/code")
def send_code(token: str) -> ResponseReturnValue:
    """Send a one-time code to the link's own address, if that is what was typed; the answer is the same."""
    _check_sender()
    here = site()
    try:
        with here.sessions() as session:
            key = service.find_key(session, here.signer, token, here.now())
            card = pages.Card.of(key, here.now())
    except NotFound:
        _limits().note_wrong(_address())
        raise
    try:
        with here.sessions.begin() as session:
            digits = service.new_mail_code(
                session, here.signer, key.id, request.form.get("email", ""), here.now()
            )
            if digits:
                letters.send_code(session, session.get_one(ShareKey, key.id), digits)
    except Unacceptable as why:
        return pages.link(card, why)
    if digits is None:
        _limits().note_wrong(_address())
    return pages.code_sent(card) if card.state is ShareState.LIVE else pages.link(card)


@bp.post("/s/<token>/ask")
def ask(token: str) -> ResponseReturnValue:
    """Put the holder of an ended or frozen link on the desk's list; the answer tells nothing of the PIN."""
    _check_sender()
    here = site()
    try:
        with here.sessions() as session:
            key = service.find_key(session, here.signer, token, here.now())
            card = pages.Card.of(key, here.now())
    except NotFound:
        _limits().note_wrong(_address())
        raise
    by, form = actor(ActorKind.VISITOR, key.id), request.form
    try:
        service.ask(
            here.sessions,
            key,
            pin=form.get("pin", ""),
            call_back=form.get("call_back", ""),
            by=by,
            now=here.now(),
        )
    except Refused:
        return redirect(f"/s/{token}", 303)
    except Unacceptable:
        return pages.asking_again(card, form)
    return pages.asked(card)


@bp.get("/go")
def ask_code() -> ResponseReturnValue:
    """Ask for the short code of a slip or a telephone call."""
    return pages.code()


@bp.post("/go")
def enter_code() -> ResponseReturnValue:
    """Lead from a short code to its link page. Typing errors are told as such and don't count."""
    _check_sender()
    here, typed = site(), request.form.get("code", "")
    try:
        code = codes.read_code(typed)
        with here.sessions() as session:
            key_id = service.find_key_by_code(session, here.signer, code).id
    except Unacceptable:
        return pages.code(_("That code has a typing error. Check each group."), typed, 400)
    except NotFound:
        _limits().note_wrong(_address())
        return pages.code(_("We don't know this code. Check each group, or ask for a new one."), typed, 404)
    return redirect(f"/s/{here.signer.ticket(key_id, here.now())}", 303)


def _open(key: ShareKey, pin: str) -> service.Opened:
    """Open ``key``; a wrong answer is counted against the address it came from."""
    here = site()
    try:
        return service.open_with_pin(
            here.sessions, here.signer, key, pin, by=actor(ActorKind.VISITOR, key.id), now=here.now()
        )
    except (service.WrongPin, service.Frozen) as why:
        if not isinstance(why, service.WrongPin) or why.counted:
            _limits().note_wrong(_address())
        raise


def _check_sender() -> None:
    if not same_origin():
        raise Refused(_("Please open your link again and type there."))
    _limits().check(_address())


def _limits() -> PinLimits:
    limits: PinLimits = current_app.extensions[LIMITS]
    return limits


def _address() -> str:
    return request.remote_addr or "unknown"
