"""The link page: whose images wait here, and the PIN that opens them. Nothing of the patient is shown.

Looking changes nothing and counts nothing, since mail scanners and link previews look too. ``/go`` leads a
typed short code to the same page, or to the one where images are asked for (``send``): as the link cannot be
rebuilt from its hash, the address carries a signed ticket for the key instead (see ``app.shares.token``), and
every counter goes by the key.

The forms carry no CSRF token, so that they work without any cookie: the PIN is the secret that a foreign page
lacks, and a browser that says a foreign page sent the form is refused.
"""

from flask import Blueprint, make_response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actor import ActorKind
from app.errors import NotFound, Refused, Unacceptable, VirtualCdError
from app.mail import check_address
from app.requests import service as requests
from app.shares import codes, pins, service
from app.shares.models import ShareKey, ShareState
from app.web import landing_pages as pages
from app.web import letters
from app.web.answers import check_sender, note_refusal, note_wrong, take_ask
from app.web.context import actor, site
from app.web.security import csrf
from app.web.visitor import give_cookie

bp = Blueprint("landing", __name__)
csrf.exempt(bp)
bp.register_error_handler(VirtualCdError, pages.refusal)


@bp.record
def set_up(state: BlueprintSetupState) -> None:
    """Tell templates whose service it is."""
    state.app.jinja_env.globals["known_sender"] = pages.known_sender


@bp.get("/s/<token>")
def look(token: str) -> ResponseReturnValue:
    """Ask for the PIN. Changes nothing: mail scanners and link previews come here too."""
    _key, card = _found(token)
    return pages.link(card)


@bp.post("/s/<token>")
def enter(token: str) -> ResponseReturnValue:
    """Check the PIN; right: on to the viewer, under an address without the token."""
    check_sender()
    try:
        key, card = _answered(token)
    except NotFound:
        pins.spend_time()
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
    check_sender()
    key, card = _answered(token)
    take_ask()
    try:
        _send_code(key.id, check_address(request.form.get("email", "")))
    except Unacceptable as why:
        return pages.link(card, why)
    return pages.code_sent(card) if card.state is ShareState.LIVE else pages.link(card)


@bp.post("/s/<token>/ask")
def ask(token: str) -> ResponseReturnValue:
    """Put the holder of an ended or frozen link on the desk's list; the answer tells nothing of the PIN."""
    check_sender()
    here = site()
    key, card = _answered(token)
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
    check_sender()
    typed = request.form.get("code", "")
    try:
        address = _address_of(codes.read_code(typed))
    except Unacceptable:
        return pages.code(_("That code has a typing error. Check each group."), typed, 400)
    except NotFound:
        note_wrong()
        return pages.code(_("We don't know this code. Check each group, or ask for a new one."), typed, 404)
    return redirect(address, 303)


def _found(token: str) -> tuple[ShareKey, pages.Card]:
    """Return the key that a link's token names, and what its page may say of it. Raises NotFound."""
    here = site()
    with here.sessions() as session:
        key = service.find_key(session, here.signer, token, here.now())
        return key, pages.Card.of(key, here.now())


def _answered(token: str) -> tuple[ShareKey, pages.Card]:
    """Return the same for a form that was sent; a link that there isn't counts against its sender."""
    try:
        return _found(token)
    except NotFound:
        note_wrong()
        raise


def _address_of(code: str) -> str:
    """Return where a short code leads: to images, or to where images are sent. Raises NotFound."""
    here = site()
    with here.sessions() as session:
        try:
            key_id = service.find_key_by_code(session, here.signer, code).id
        except NotFound:
            key_id = requests.find_key_by_code(session, here.request_signer, code).id
            return url_for("send_link.look", token=here.request_signer.ticket(key_id, here.now()))
    return f"/s/{here.signer.ticket(key_id, here.now())}"


def _send_code(key_id: str, address: str) -> None:
    """Send a code if ``address`` is the key's; otherwise do all the same and undo it, in as much time."""
    here = site()
    with here.sessions.begin() as session:
        key = session.get_one(ShareKey, key_id)
        if key.email is None:
            return
        draft = session.begin_nested()
        code = service.new_mail_code(session, here.signer, key_id, address, here.now())
        letters.send_code(session, key, code.digits)
        session.flush()
        if not code.may_leave:
            draft.rollback()
            service.write_as_is(session, key_id)


def _open(key: ShareKey, pin: str) -> service.Opened:
    """Open ``key``; an answer that opens nothing is counted against the address it came from."""
    here = site()
    try:
        return service.open_with_pin(
            here.sessions, here.signer, key, pin, by=actor(ActorKind.VISITOR, key.id), now=here.now()
        )
    except VirtualCdError as why:
        note_refusal(why)
        raise
