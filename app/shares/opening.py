"""Opening a link: proving that one knows its PIN.

An attempt is claimed before it is evaluated: in one short transaction, under the key's row lock, it is
counted as if it were wrong. Only then the PIN is hashed, outside any transaction; a right answer gives the
count back. So however many answers arrive at once, no more are evaluated than a key's life allows, and a
crash in between errs on the safe side.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.db import Sessions
from app.errors import Gone, NeedsReview, Refused, TooSoon, VirtualCdError
from app.shares import mail_codes, pins
from app.shares.models import Factor, Share, ShareKey
from app.shares.states import ENDED, key_state
from app.shares.token import ShareSigner
from app.shares.visits import begin_visit

LAST_FAILURE = 10
FIRST_DELAYED = 3
LONGEST_DELAY = 60
WRONG_ANSWER = "wrong answer"


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


class Opened(NamedTuple):
    """A visit: its cookie's secret, and where it leads."""

    secret: str
    share_id: str


class _Claim(NamedTuple):
    """An attempt that may be evaluated."""

    key_id: str
    pin_hash: str | None
    factor: str
    failed_before: datetime | None


def open_with_pin(
    sessions: Sessions, signer: ShareSigner, key: ShareKey, pin: str, *, by: Actor, now: datetime
) -> Opened:
    """Check ``pin`` and start a visit. Every outcome but a malformed PIN is written to the audit log.

    Raises Unacceptable (malformed, not counted), Gone (ended), Frozen, TooSoon (not evaluated, not counted),
    WrongPin, StillWaiting (right, but there is nothing to see yet).
    """
    answer = pins.read_pin(pin)
    marks = signer.keyed_hashes(WRONG_ANSWER, f"{key.id}\0{answer}")
    claim = _claim(sessions, key.id, marks, by, now)
    if not _proves(sessions, signer, claim, answer, now):
        raise _fail(sessions, claim, marks[0], by, now)
    return _admit(sessions, claim, by, now)


def _proves(sessions: Sessions, signer: ShareSigner, claim: _Claim, answer: str, now: datetime) -> bool:
    if claim.factor == Factor.MAIL_CODE:
        return mail_codes.proves(sessions, signer, claim.key_id, answer, now)
    return pins.matches(answer, claim.pin_hash)


def delay_after(failures: int) -> timedelta:
    """Return how long a key rests after its n-th failure: 1, 2, 4 … 60 s from the third on."""
    if failures < FIRST_DELAYED:
        return timedelta(0)
    return timedelta(seconds=min(2 ** (failures - FIRST_DELAYED), LONGEST_DELAY))


def _claim(sessions: Sessions, key_id: str, marks: list[str], by: Actor, now: datetime) -> _Claim:
    with sessions.begin() as session:
        key = _locked(session, key_id)
        refusal = _refusal(session, key, marks, by, now)
        if refusal is None:
            claim = _Claim(key.id, key.pin_hash, key.factor, key.failed_at)
            key.failures, key.failed_at = key.failures + 1, now
            return claim
        _deny(session, key, refusal, by, now)
    if isinstance(refusal, Frozen):
        pins.spend_time()
    raise refusal


def _refusal(
    session: Session, key: ShareKey, marks: list[str], by: Actor, now: datetime
) -> VirtualCdError | None:
    """Return why an answer is not evaluated, or None."""
    if key_state(key, now) in ENDED:
        return Gone("This link has ended.")
    rest = delay_after(key.failures) - (now - key.failed_at) if key.failed_at else timedelta(0)
    if key.failures >= LAST_FAILURE and rest <= timedelta(0):
        _freeze(session, key, by, now)
    if key.frozen_at:
        return Frozen()
    if rest > timedelta(0):
        return TooSoon("Please wait a little, then try again.", -int(-rest.total_seconds() // 1))
    return WrongPin(counted=False) if key.failed_answer in marks else None


def _fail(sessions: Sessions, claim: _Claim, mark: str, by: Actor, now: datetime) -> VirtualCdError:
    with sessions.begin() as session:
        key = _locked(session, claim.key_id)
        key.failed_answer = mark
        wrong = WrongPin(counted=True)
        _deny(session, key, wrong, by, now)
        if key.failures < LAST_FAILURE:
            return wrong
        _freeze(session, key, by, now)
        return Frozen()


def _admit(sessions: Sessions, claim: _Claim, by: Actor, now: datetime) -> Opened:
    with sessions.begin() as session:
        key = _locked(session, claim.key_id)
        key.failures -= 1
        if key.failed_at == now:
            key.failed_at = claim.failed_before
        refusal = _hindrance(session, key, now)
        if refusal is None:
            key.uses += 1
            key.opened_at = key.opened_at or now
            _record(session, Action.OPENED, key, by, now, channel=key.channel)
            return Opened(begin_visit(session, key, now), key.share_id)
        _deny(session, key, refusal, by, now)
    raise refusal


def _hindrance(session: Session, key: ShareKey, now: datetime) -> VirtualCdError | None:
    """Return why a right answer opens nothing after all, or None; then one use of the share is counted."""
    if key_state(key, now) in ENDED:
        return Gone("This link has ended.")
    if key.frozen_at:
        return Frozen()
    if not key.share.versions:
        return StillWaiting()
    counted = (
        update(Share)
        .where(Share.id == key.share_id, or_(Share.max_uses.is_(None), Share.uses < Share.max_uses))
        .values(uses=Share.uses + 1)
        .returning(Share.id)
    )
    return None if session.execute(counted).first() else Gone("This link has ended.")


def _locked(session: Session, key_id: str) -> ShareKey:
    return session.scalars(select(ShareKey).where(ShareKey.id == key_id).with_for_update()).one()


def _freeze(session: Session, key: ShareKey, by: Actor, now: datetime) -> None:
    if key.frozen_at is None:
        key.frozen_at = now
        _record(session, Action.KEY_FROZEN, key, by, now, failures=key.failures)


REASONS: dict[type[VirtualCdError], str] = {
    Gone: "ended",
    Frozen: "frozen",
    TooSoon: "too_soon",
    WrongPin: "wrong_pin",
    StillWaiting: "waiting",
}


def _deny(session: Session, key: ShareKey, why: VirtualCdError, by: Actor, now: datetime) -> None:
    _record(session, Action.OPEN_DENIED, key, by, now, reason=REASONS[type(why)])


def _record(
    session: Session, action: Action, key: ShareKey, by: Actor, now: datetime, **details: str | int
) -> None:
    record(
        session,
        action,
        by,
        now,
        organisation_id=key.organisation_id,
        disc_id=key.share.disc_id,
        share_id=key.share_id,
        key_id=key.id,
        **details,
    )
