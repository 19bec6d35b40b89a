"""Opening a link to a share: proving that one knows its PIN (``app.shares.attempts``)."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from app.audit import Action, Actor
from app.db import Sessions
from app.errors import Gone, VirtualCdError
from app.shares import mail_codes, pins
from app.shares.attempts import Claim, Door, Frozen, StillWaiting
from app.shares.ending import keep_ends
from app.shares.models import Factor, Share, ShareKey, VisitorSession
from app.shares.states import ENDED, key_state
from app.shares.token import LinkSigner
from app.shares.visits import begin_visit, hindrance


class Opened(NamedTuple):
    """A visit: its cookie's secret, and where it leads."""

    secret: str
    share_id: str


def open_with_pin(
    sessions: Sessions, signer: LinkSigner, key: ShareKey, pin: str, *, by: Actor, now: datetime
) -> Opened:
    """Check ``pin`` and start a visit. Every outcome but a malformed PIN is written to the audit log.

    Raises Unacceptable (malformed, not counted), Gone (ended), Frozen, TooSoon (not evaluated, not counted),
    WrongPin, StillWaiting (right, but there is nothing to see yet). TooSoon for too many visits an hour, too.
    """
    answer = pins.read_pin(pin)
    try:
        claim = DOOR.claim(sessions, signer, key.id, answer, by=by, now=now)
    except Gone:
        with sessions.begin() as session:
            keep_ends(session, now, key.share_id)
        raise
    if not _proves(sessions, signer, key, claim, answer, now):
        raise DOOR.fail(sessions, claim, by, now)
    return _admit(sessions, claim, by, now)


def _proves(
    sessions: Sessions, signer: LinkSigner, key: ShareKey, claim: Claim, answer: str, now: datetime
) -> bool:
    if key.factor == Factor.MAIL_CODE:
        return mail_codes.proves(sessions, signer, claim.key_id, answer, now)
    return pins.matches(answer, claim.pin_hash)


def _admit(sessions: Sessions, claim: Claim, by: Actor, now: datetime) -> Opened:
    with sessions.begin() as session:
        key = DOOR.give_back(session, claim, now)
        refusal = _hindrance(session, key, now)
        if refusal is None:
            key.uses += 1
            key.opened_at = key.opened_at or now
            DOOR.note(session, Action.OPENED, key, by, now, channel=key.channel)
            return Opened(begin_visit(session, key, now), key.share_id)
        DOOR.deny(session, key, refusal, by, now)
    raise refusal


def _hindrance(session: Session, key: ShareKey, now: datetime) -> VirtualCdError | None:
    """Return why a right answer opens nothing after all, or None; then one use of the share is counted."""
    if key_state(key, now) in ENDED:
        return Gone("This link has ended.")
    if key.frozen_at:
        return Frozen()
    if not key.share.versions:
        return StillWaiting()
    if often := hindrance(session, VisitorSession, key.id, now):
        return often
    counted = (
        update(Share)
        .where(Share.id == key.share_id, or_(Share.max_uses.is_(None), Share.uses < Share.max_uses))
        .values(uses=Share.uses + 1)
        .returning(Share.id)
    )
    return None if session.execute(counted).first() else Gone("This link has ended.")


def _about(key: ShareKey) -> dict[str, Any]:
    return {
        "organisation_id": key.organisation_id,
        "disc_id": key.share.disc_id,
        "share_id": key.share_id,
        "key_id": key.id,
    }


DOOR = Door(ShareKey, lambda key, now: key_state(key, now) in ENDED, _about)
