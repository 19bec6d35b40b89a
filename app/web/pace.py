"""How often a key may ask for what costs much: pictures that are made while they flow, codes to give on."""

from math import ceil

from flask import Flask, current_app
from flask_babel import gettext as _
from limits import RateLimitItem
from limits.strategies import MovingWindowRateLimiter

from app.config import Config
from app.errors import TooSoon
from app.web.limits import WHEN_BROKEN_SECONDS, moving_window

LIMITS = "virtual-cd pace"


def init_app(app: Flask, config: Config) -> None:
    """Make the counter, in this process or in Redis for all of them."""
    app.extensions[LIMITS] = moving_window(config.redis_url)


def keep_pace(deed: str, pace: RateLimitItem, key_id: str) -> None:
    """Count what a key's holder does. Raises TooSoon when it was too often, or when that cannot be known."""
    limiter: MovingWindowRateLimiter = current_app.extensions[LIMITS]
    try:
        if limiter.hit(pace, deed, key_id):
            return
        wait = max(1, ceil(pace.get_expiry() / pace.amount))
    except Exception:  # whatever the store raises, it means that nothing is known
        wait = WHEN_BROKEN_SECONDS
    raise TooSoon(_("That was often. Please wait a little, then try again."), wait)
