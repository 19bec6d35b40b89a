"""Answers that strangers give to a link: from our own pages only, and not too many from one address."""

from flask import Flask, current_app, request
from flask_babel import gettext as _

from app.config import Config
from app.errors import Refused
from app.web.pin_limits import PinLimits
from app.web.security import same_origin

LIMITS = "virtual-cd pin limits"


def init_app(app: Flask, config: Config) -> None:
    """Make the counter of wrong answers."""
    app.extensions[LIMITS] = PinLimits.build(config)


def check_sender() -> None:
    """Raise Refused when another site sent the form, TooSoon when too many were wrong from this address."""
    if not same_origin():
        raise Refused(_("Please open your link again and type there."))
    _limits().check(_address())


def note_wrong() -> None:
    """Count a wrong answer against the address it came from."""
    _limits().note_wrong(_address())


def _limits() -> PinLimits:
    limits: PinLimits = current_app.extensions[LIMITS]
    return limits


def _address() -> str:
    return request.remote_addr or "unknown"
