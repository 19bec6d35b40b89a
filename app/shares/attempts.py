"""Answers to a guarded link: counted before they are checked, whatever the link leads to.

An attempt is claimed before it is evaluated: in one short transaction, under the key's row lock, it is
counted as if it were wrong. Only then the PIN is hashed, outside any transaction; a right answer gives the
count back. So however many answers arrive at once, no more are evaluated than a key's life allows, and a
crash in between errs on the safe side.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record, record_denial
from app.db import Sessions
from app.errors import Gone, NeedsReview, Refused, TooSoon, VirtualCdError
from app.shares import pins
from app.shares.guarded import Guarded
from app.shares.token import LinkSigner

LAST_FAILURE = 10
FIRST_DELAYED = 3
LONGEST_DELAY = 60
WRONG_ANSWER = "wrong answer"

Key = TypeVar("Key", bound=Guarded)


class WrongPin(Refused):
    """Not this link's PIN. ``counted`` is False when the same wrong answer was only sent again."""

    def __init__(self, counted: bool) -> None:
        super().__init__("That PIN doesn't match. Check both groups of four.")
        self.counted = counted


class Frozen(Refused):
    """Too many wrong answers in this key's life. Nothing opens it, the right PIN neither."""

    def __init__(self) -> None:
        super().__init__("Closed for safety. The images are safe. Ask for a new PIN.")


class StillWaiting(NeedsReview):
    """The PIN is right; the images are not there yet."""

    def __init__(self) -> None:
        super().__init__("Your link is right; images are still being checked.")


REASONS: dict[type[VirtualCdError], str] = {
    Gone: "ended",
    Frozen: "frozen",
    TooSoon: "too_soon",
    WrongPin: "wrong_pin",
    StillWaiting: "waiting",
}


class Claim(NamedTuple):
    """An attempt that may be evaluated."""

    key_id: str
    pin_hash: str | None
    mark: str
    """Keyed hash of the answer."""
    failed_before: datetime | None


class Door(Generic[Key]):
    """One kind of key: the rows, when such a key has ended, and what entries of the audit log name of it."""

    def __init__(
        self,
        kind: type[Key],
        has_ended: Callable[[Key, datetime], bool],
        about: Callable[[Key], dict[str, Any]],
    ) -> None:
        self._kind, self._has_ended, self._about = kind, has_ended, about

    def claim(
        self, sessions: Sessions, signer: LinkSigner, key_id: str, answer: str, *, by: Actor, now: datetime
    ) -> Claim:
        """Count an answer before it is evaluated.

        Raises, audited: Gone (ended), Frozen, TooSoon (not counted), WrongPin when it is the last wrong one.
        """
        marks = signer.keyed_hashes(WRONG_ANSWER, f"{key_id}\0{answer}")
        with sessions.begin() as session:
            key = self.locked(session, key_id)
            refusal = self._refusal(session, key, marks, by, now)
            if refusal is None:
                claim = Claim(key.id, key.pin_hash, marks[0], key.failed_at)
                key.failures, key.failed_at = key.failures + 1, now
                return claim
            self.deny(session, key, refusal, by, now)
        if isinstance(refusal, Frozen):
            pins.spend_time()
        raise refusal

    def fail(self, sessions: Sessions, claim: Claim, by: Actor, now: datetime) -> VirtualCdError:
        """Let a claimed answer stand as wrong; return what to raise."""
        with sessions.begin() as session:
            key = self.locked(session, claim.key_id)
            key.failed_answer = claim.mark
            wrong = WrongPin(counted=True)
            self.deny(session, key, wrong, by, now)
            if key.failures < LAST_FAILURE:
                return wrong
            self._freeze(session, key, by, now)
            return Frozen()

    def give_back(self, session: Session, claim: Claim, now: datetime) -> Key:
        """Take a claimed answer back, for it was right; return the key, locked."""
        key = self.locked(session, claim.key_id)
        key.failures -= 1
        if key.failed_at == now:
            key.failed_at = claim.failed_before
        return key

    def locked(self, session: Session, key_id: str) -> Key:
        """Return a key that nobody else changes until the deed is done."""
        return session.scalars(select(self._kind).where(self._kind.id == key_id).with_for_update()).one()

    def deny(self, session: Session, key: Key, why: VirtualCdError, by: Actor, now: datetime) -> None:
        """Write down that an answer opened nothing: each wrong one, since they are few; the rest bounded."""
        wrong = isinstance(why, WrongPin) and why.counted
        write = record if wrong else record_denial
        write(session, Action.OPEN_DENIED, by, now, **self._about(key), reason=REASONS[type(why)])

    def note(self, session: Session, action: Action, key: Key, by: Actor, now: datetime, **told: Any) -> None:
        """Write down what became of a key."""
        record(session, action, by, now, **self._about(key), **told)

    def _refusal(
        self, session: Session, key: Key, marks: list[str], by: Actor, now: datetime
    ) -> VirtualCdError | None:
        """Return why an answer is not evaluated, or None."""
        if self._has_ended(key, now):
            return Gone("This link has ended.")
        rest = delay_after(key.failures) - (now - key.failed_at) if key.failed_at else timedelta(0)
        if key.failures >= LAST_FAILURE and rest <= timedelta(0):
            self._freeze(session, key, by, now)
        if key.frozen_at:
            return Frozen()
        if rest > timedelta(0):
            return TooSoon("Please wait a little, then try again.", -int(-rest.total_seconds() // 1))
        return WrongPin(counted=False) if key.failed_answer in marks else None

    def _freeze(self, session: Session, key: Key, by: Actor, now: datetime) -> None:
        if key.frozen_at is None:
            key.frozen_at = now
            self.note(session, Action.KEY_FROZEN, key, by, now, failures=key.failures)


def delay_after(failures: int) -> timedelta:
    """Return how long a key rests after its n-th failure: 1, 2, 4 … 60 s from the third on."""
    if failures < FIRST_DELAYED:
        return timedelta(0)
    return timedelta(seconds=min(2 ** (failures - FIRST_DELAYED), LONGEST_DELAY))
