"""Answers that strangers give to a link: from our own pages only, and not too many from one address."""

from flask import Flask, current_app, request
from flask_babel import gettext as _

from app.config import Config
from app.errors import Gone, Refused, TooSoon, VirtualCdError
from app.shares.attempts import Frozen, WrongPin
from app.web.pin_limits import PinLimits
from app.web.security import same_origin

LIMITS = "virtual-cd pin limits"


def init_app(app: Flask, config: Config) -> None:
    """Make the counter of wrong answers."""
    app.extensions[LIMITS] = PinLimits.build(config)


def can_be_counted() -> bool:
    """Tell whether answers can be counted now; until then none is heard."""
    return _limits().works()


def check_sender() -> None:
    """Raise Refused when another site sent the form, TooSoon when too many were wrong from this address."""
    if not same_origin():
        raise Refused(_("Please open your link again and type there."))
    _limits().check(_address())


def note_wrong() -> None:
    """Count a wrong answer against the address it came from."""
    _limits().note_wrong(_address())


def take_ask() -> None:
    """Count that a code by e-mail is asked for. Raises TooSoon when that was too often from this address."""
    _limits().take_ask(_address())


def note_refusal(why: VirtualCdError) -> None:
    """Count an answer to a link that opened nothing: a wrong one, or one that was not even evaluated.

    A malformed answer, or a right one to a link that waits for its images, counts as neither.
    """
    if isinstance(why, Frozen) or (isinstance(why, WrongPin) and why.counted):
        note_wrong()
    elif isinstance(why, Gone | TooSoon | WrongPin):
        _limits().note_unheard(_address())


def _limits() -> PinLimits:
    limits: PinLimits = current_app.extensions[LIMITS]
    return limits


def _address() -> str:
    return request.remote_addr or "unknown"
