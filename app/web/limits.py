"""How often something may be tried: counted in this process, or in Redis for all of them once set up."""

from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from app.audit.actor import network
from app.config import Config

ACCOUNT = parse("5/minute")
ADDRESS = parse("20/hour")
WRONG = parse("30/day")
"""Of a second factor's codes: a guesser who knows the password hits one of 10^6 with 0.009% a day. And of
passwords asked for again by a session, which a thief may have."""
WHEN_BROKEN_SECONDS = 30
REDIS_SECONDS = 2
"""How long a thread of ours waits for a Redis that is there and says nothing."""
REDIS_PREFIX = "virtual-cd"
SWEEP_AT = 1000
"""How many names are remembered before the first are forgotten."""


class ForgetfulStorage(MemoryStorage):
    """Counts in this process, and forgets the names whose events have all expired.

    The library keeps every name for ever: who makes up another account for each try would fill the memory.
    """

    STORAGE_SCHEME = ["forgetful"]  # noqa: RUF012 - the library's own form

    def __init__(self) -> None:
        super().__init__()
        self._one_at_a_time = Lock()
        self._sweep_at = SWEEP_AT

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count, as the library does; once there are twice as many names as were left, sweep."""
        with self._one_at_a_time:
            if len(self.events) >= self._sweep_at:
                self._sweep()
            return super().acquire_entry(key, limit, expiry, amount)

    def _sweep(self) -> None:
        for name in [name for name, events in list(self.events.items()) if not events]:
            del self.events[name]
        self._sweep_at = max(SWEEP_AT, 2 * len(self.events))


def moving_window(redis_url: str | None) -> MovingWindowRateLimiter:
    """Return a counter in Redis, or in this process where there is none. It connects at the first count."""
    return MovingWindowRateLimiter(_in_redis(redis_url) if redis_url else ForgetfulStorage())


def _in_redis(url: str) -> RedisStorage:
    return RedisStorage(
        url, key_prefix=REDIS_PREFIX, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )


class Count(NamedTuple):
    """A count of tries: how many of them, of what, by whom."""

    limit: RateLimitItem
    of: str
    by: str


class Step(StrEnum):
    """What is tried by somebody who knows the password, or holds the session, of an account."""

    CODE = "code"
    """To show the second factor."""
    CHANGE = "change"
    """To change the password or the second factor."""


class Origin(NamedTuple):
    """Where somebody tries to log in: a network address, and the browser if it is known to the account."""

    address: str
    known_browser: str | None = None

    def whose(self, email: str) -> str:
        """Return by what name the tries of ``email`` count here: in a known browser apart from others'."""
        return f"{self.known_browser} {email}" if self.known_browser else email


class LoginLimits(NamedTuple):
    """The pace of logins: 5 tries a minute an account, 20 wrong ones an hour a network address.

    A browser that the account knows has both for itself: strangers at the same address, or who try the same
    account from anywhere, don't use up its tries. Of each further step an account has 5 tries a minute and
    30 wrong ones a day, whatever the address: colleagues share one, and should not pay for what somebody
    mistypes.
    """

    limiter: MovingWindowRateLimiter

    @classmethod
    def build(cls, config: Config) -> "LoginLimits":
        """Count where ``config`` says."""
        return cls(moving_window(config.redis_url))

    def wait(self, email: str, origin: Origin, now: Callable[[], float]) -> int:
        """Count a try; return for how many seconds it must wait, 0 when it may go on.

        When the counter fails, everybody waits: a guesser must not win by breaking it.
        """
        return self._wait(_wrong_from(origin), Count(ACCOUNT, "login", origin.whose(email)), now)

    def wait_for(self, step: Step, whose: str, now: Callable[[], float]) -> int:
        """Do the same for a further step of the account ``whose``, or of it in a browser that it knows."""
        return self._wait(_wrong_at(step, whose), Count(ACCOUNT, step, whose), now)

    def note_wrong(self, origin: Origin) -> None:
        """Count a wrong password against where it came from."""
        self.limiter.hit(*_wrong_from(origin))

    def note_wrong_at(self, step: Step, whose: str) -> None:
        """Count what was wrong at a further step against the account."""
        self.limiter.hit(*_wrong_at(step, whose))

    def _wait(self, wrong: Count, tries: Count, now: Callable[[], float]) -> int:
        try:
            if not self.limiter.test(*wrong):
                return self._left(wrong, now)
            return 0 if self.limiter.hit(*tries) else self._left(tries, now)
        except Exception:  # whatever the store raises, it means that nothing is known
            return WHEN_BROKEN_SECONDS

    def _left(self, count: Count, now: Callable[[], float]) -> int:
        return max(1, round(self.limiter.get_window_stats(*count).reset_time - now()))


def _wrong_from(origin: Origin) -> Count:
    if origin.known_browser:
        return Count(ADDRESS, "login known", origin.known_browser)
    return Count(ADDRESS, "login", network(origin.address))


def _wrong_at(step: Step, whose: str) -> Count:
    return Count(WRONG, f"wrong {step}", whose)
