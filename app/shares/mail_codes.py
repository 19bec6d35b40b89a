"""One-time codes by e-mail: what a visitor proves where nobody could tell them a PIN.

Eight digits, good for ten minutes, once, for five tries; three an hour a key. Whoever asks gets the same
answer whether or not the address is the key's.
"""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import Sessions
from app.mail import check_address
from app.shares import pins
from app.shares.models import Factor, MailCode, ShareKey, ShareState
from app.shares.states import key_state
from app.shares.token import LinkSigner

LASTS = timedelta(minutes=10)
MOST_TRIES = 5
MOST_PER_HOUR = 3
PURPOSE = "mail code"


def new_mail_code(session: Session, signer: LinkSigner, key_id: str, typed: str, now: datetime) -> str | None:
    """Return a fresh code to send to the key's address, or None when none may be sent.

    None for another address than the key's, for a link that does not open, and for a fourth code in an hour.
    Raises Unacceptable for what is not one plain e-mail address.
    """
    address = check_address(typed)
    key = session.scalars(select(ShareKey).where(ShareKey.id == key_id).with_for_update()).one()
    sent = select(func.count()).where(MailCode.key_id == key.id, MailCode.sent_at > now - timedelta(hours=1))
    if (
        key.factor != Factor.MAIL_CODE
        or key.email != address
        or key_state(key, now) not in (ShareState.LIVE, ShareState.WAITING)
        or (session.scalar(sent) or 0) >= MOST_PER_HOUR
    ):
        return None
    digits = pins.new_pin()
    session.add(MailCode(key_id=key.id, code_hash=_hashes(signer, key.id, digits)[0], sent_at=now, tries=0))
    return digits


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
