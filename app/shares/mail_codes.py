"""One-time codes by e-mail: what a visitor proves where nobody could tell them a PIN.

Eight digits, good for ten minutes, once, for five tries; three an hour a key. Whoever asks gets the same
answer whether or not the address is the key's.
"""

import hmac
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db import Sessions
from app.shares import pins
from app.shares.models import Factor, MailCode, ShareKey, ShareState
from app.shares.states import key_state
from app.shares.token import LinkSigner

LASTS = timedelta(minutes=10)
MOST_TRIES = 5
MOST_PER_HOUR = 3
PURPOSE = "mail code"


class NewCode(NamedTuple):
    """A code just made."""

    digits: str
    may_leave: bool
    """Not to another address than the key's, nor for a link that does not open, nor a fourth in an hour."""


def new_mail_code(session: Session, signer: LinkSigner, key_id: str, address: str, now: datetime) -> NewCode:
    """Make a code to send to the key's address. The caller takes it back when it may not leave."""
    key = session.scalars(select(ShareKey).where(ShareKey.id == key_id).with_for_update()).one()
    sent = select(func.count()).where(MailCode.key_id == key.id, MailCode.sent_at > now - timedelta(hours=1))
    may_leave = (
        key.factor == Factor.MAIL_CODE
        and key.email == address
        and key_state(key, now) in (ShareState.LIVE, ShareState.WAITING)
        and (session.scalar(sent) or 0) < MOST_PER_HOUR
    )
    digits = pins.new_pin()
    session.add(MailCode(key_id=key.id, code_hash=_hashes(signer, key.id, digits)[0], sent_at=now, tries=0))
    return NewCode(digits, may_leave)


def write_as_is(session: Session, key_id: str) -> None:
    """Write a key without changing it: a deed that keeps nothing takes as long as one that does."""
    session.execute(update(ShareKey).where(ShareKey.id == key_id).values(uses=ShareKey.uses))


def proves(sessions: Sessions, signer: LinkSigner, key_id: str, digits: str, now: datetime) -> bool:
    """Tell whether ``digits`` are the key's newest code, still good; then it is spent. Each look is a try."""
    newest = (
        select(MailCode)
        .where(MailCode.key_id == key_id)
        .order_by(MailCode.sent_at.desc(), MailCode.id)
        .limit(1)
    )
    with sessions.begin() as session:
        code = session.scalars(newest.with_for_update()).first()
        if code is None or code.used_at or code.tries >= MOST_TRIES or now >= code.sent_at + LASTS:
            return False
        code.tries += 1
        right = any(hmac.compare_digest(code.code_hash, one) for one in _hashes(signer, key_id, digits))
        code.used_at = now if right else None
        return right


def _hashes(signer: LinkSigner, key_id: str, digits: str) -> list[str]:
    return signer.keyed_hashes(PURPOSE, f"{key_id}\0{digits}")
