"""How often something may be tried: counted in this process, or in Redis for all of them once set up."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from app.config import Config

ACCOUNT = parse("5/minute")
ADDRESS = parse("20/hour")
WHEN_BROKEN_SECONDS = 30


def moving_window(redis_url: str | None) -> MovingWindowRateLimiter:
    """Return a counter in Redis, or in this process where there is none."""
    return MovingWindowRateLimiter(storage_from_string(redis_url or "memory://"))


class LoginLimits(NamedTuple):
    """The pace of logins: 5 tries a minute an account, 20 wrong ones an hour a network address."""

    limiter: MovingWindowRateLimiter

    @classmethod
    def build(cls, config: Config) -> "LoginLimits":
        """Count where ``config`` says."""
        return cls(moving_window(config.redis_url))

    def wait(self, email: str, address: str, now: Callable[[], float]) -> int:
        """Count a try; return for how many seconds it must wait, 0 when it may go on.

        When the counter fails, everybody waits: a guesser must not win by breaking it.
        """
        try:
            return self._wait(email, network(address), now)
        except Exception:  # whatever the store raises, it means that nothing is known
            return WHEN_BROKEN_SECONDS

    def _wait(self, email: str, place: str, now: Callable[[], float]) -> int:
        if not self.limiter.test(ADDRESS, "login", place):
            return self._left(ADDRESS, place, now)
        if not self.limiter.hit(ACCOUNT, "login", email):
            return self._left(ACCOUNT, email, now)
        return 0

    def note_wrong(self, address: str) -> None:
        """Count a wrong answer against the address it came from."""
        self.limiter.hit(ADDRESS, "login", network(address))

    def _left(self, limit: RateLimitItem, name: str, now: Callable[[], float]) -> int:
        return max(1, round(self.limiter.get_window_stats(limit, "login", name).reset_time - now()))


def network(address: str) -> str:
    """Return what counts as one address: an IPv6 subscriber has a whole /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        return str(found.ipv4_mapped)
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)
