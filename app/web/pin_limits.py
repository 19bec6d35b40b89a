"""How many wrong PINs and codes one network address may give: 30 an hour, whatever the link.

Counted in this process, or in Redis for all of them when it is set up. When the counter fails, nothing is
checked: a guesser must not win by breaking it.
"""

import time
from typing import NamedTuple

from limits import parse
from limits.strategies import MovingWindowRateLimiter

from app.config import Config
from app.errors import TooSoon
from app.web.limits import moving_window, network

WRONG_ANSWERS = parse("30/hour")
WHEN_BROKEN_SECONDS = 30


class PinLimits(NamedTuple):
    """The pace of answers from one address (IPv4), or one /64 (IPv6)."""

    limiter: MovingWindowRateLimiter

    @classmethod
    def build(cls, config: Config) -> "PinLimits":
        """Count where ``config`` says."""
        return cls(moving_window(config.redis_url))

    def check(self, address: str) -> None:
        """Raise TooSoon when too many wrong answers came from there, or when that cannot be known."""
        name = network(address)
        try:
            if self.limiter.test(WRONG_ANSWERS, "pin", name):
                return
            reset = self.limiter.get_window_stats(WRONG_ANSWERS, "pin", name).reset_time
            wait = max(1, round(reset - time.time()))
        except Exception:  # whatever the store raises, it means that nothing is known
            wait = WHEN_BROKEN_SECONDS
        raise TooSoon("Too many tries came from your network. Please wait, then try again.", wait)

    def note_wrong(self, address: str) -> None:
        """Count a wrong answer. Raises TooSoon when it cannot be counted."""
        try:
            self.limiter.hit(WRONG_ANSWERS, "pin", network(address))
        except Exception:
            raise TooSoon("Please wait a little, then try again.", WHEN_BROKEN_SECONDS) from None
