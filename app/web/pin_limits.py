"""How many wrong PINs and codes one network address may give: 30 an hour, whatever the link.

Counted in this process, or in Redis for all of them when it is set up. When the counter fails, nothing is
checked: a guesser must not win by breaking it. What is refused unheard, as too soon or since the link has
ended, has a wider limit of its own: each such answer is counted in the audit log and holds its end meanwhile.
"""

import time
from typing import NamedTuple

from limits import RateLimitItem, parse
from limits.strategies import MovingWindowRateLimiter

from app.audit.actor import network
from app.config import Config
from app.errors import TooSoon
from app.web.limits import moving_window

WRONG_ANSWERS = parse("30/hour")
UNHEARD = parse("300/hour")
CODES_ASKED = parse("60/hour")
WHEN_BROKEN_SECONDS = 30


class PinLimits(NamedTuple):
    """The pace of answers from one address (IPv4), or one /64 (IPv6)."""

    limiter: MovingWindowRateLimiter

    @classmethod
    def build(cls, config: Config) -> "PinLimits":
        """Count where ``config`` says."""
        return cls(moving_window(config.redis_url))

    def works(self) -> bool:
        """Tell whether anything can be counted now, without which no PIN is heard."""
        return bool(self.limiter.storage.check())

    def check(self, address: str) -> None:
        """Raise TooSoon when too many wrong answers came from there, or when that cannot be known."""
        try:
            wait = max(self._wait(limit, network(address)) for limit in (WRONG_ANSWERS, UNHEARD))
        except Exception:  # whatever the store raises, it means that nothing is known
            wait = WHEN_BROKEN_SECONDS
        if wait:
            raise TooSoon("Too many tries came from your network. Please wait, then try again.", wait)

    def note_wrong(self, address: str) -> None:
        """Count a wrong answer. Raises TooSoon when it cannot be counted."""
        self._count(WRONG_ANSWERS, address)

    def note_unheard(self, address: str) -> None:
        """Count an answer that was not evaluated. Raises TooSoon when it cannot be counted."""
        self._count(UNHEARD, address)

    def take_ask(self, address: str) -> None:
        """Count that a code by e-mail is asked for, whether or not one is sent: a limit must not tell.

        Raises TooSoon when that was too often, or cannot be counted.
        """
        if not self._count(CODES_ASKED, address):
            wait = max(1, self._wait(CODES_ASKED, network(address)))
            raise TooSoon("Too many tries came from your network. Please wait, then try again.", wait)

    def _wait(self, limit: RateLimitItem, name: str) -> int:
        """Return how many seconds are left of a limit that is used up, or 0."""
        if self.limiter.test(limit, "pin", name):
            return 0
        return max(1, round(self.limiter.get_window_stats(limit, "pin", name).reset_time - time.time()))

    def _count(self, limit: RateLimitItem, address: str) -> bool:
        try:
            return self.limiter.hit(limit, "pin", network(address))
        except Exception:  # as above
            raise TooSoon("Please wait a little, then try again.", WHEN_BROKEN_SECONDS) from None
