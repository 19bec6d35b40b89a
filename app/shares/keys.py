"""Making keys: each its own link, short code, PIN, counters and history. Nothing secret is stored."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import Action
from app.errors import Refused, Unacceptable
from app.shares.cut import CutKey
from app.shares.logged import record_of
from app.shares.models import Factor, Share, ShareKey
from app.shares.orders import KeyOrder, NewKey, check_channel
from app.shares.queries import find_share
from app.shares.resemblance import holds_birth_date
from app.shares.states import ENDED, state_of
from app.studies.models import DiscPatient


def add_key(session: Session, organisation_id: str, share_id: str, order: KeyOrder) -> NewKey:
    """Give a share a further key: a reprint, another way, a fresh start after a freeze.

    Raises NotFound, Refused when the share has ended, Unacceptable for a PIN or channel that will not do.
    """
    share = find_share(session, organisation_id, share_id)
    if state_of(share, order.now) in ENDED:
        raise Refused("This link has ended. Make a new one.")
    check_channel(order.channel)
    return make_key(session, share, order)


def make_key(
    session: Session,
    share: Share,
    order: KeyOrder,
    *,
    parent: ShareKey | None = None,
    allow: list[str] | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Add the key that was cut to ``share``; return its secrets. Raises Unacceptable for a birth date."""
    cut = order.cut
    _check_pin(session, share, cut)
    if order.factor == Factor.MAIL_CODE and not order.email:
        raise Unacceptable("A code by e-mail needs an e-mail address.")
    key = ShareKey(
        organisation_id=share.organisation_id,
        share=share,
        link_hash=cut.link_hash,
        code_hash=cut.code_hash,
        pin_hash=None if order.factor == Factor.MAIL_CODE else cut.pin_hash,
        factor=order.factor,
        channel=order.channel,
        email=order.email,
        parent=parent,
        allow=allow,
        expires_at=expires_at,
        created_by=order.created_by,
        created_at=order.now,
    )
    session.add(key)
    session.flush()
    record_of(
        session,
        Action.KEY_CREATED,
        share,
        order.by,
        order.now,
        key_id=key.id,
        channel=order.channel,
    )
    return NewKey(
        share.id, key.id, cut.token, cut.code, "" if key.pin_hash is None else cut.pin, share.expires_at
    )


def _check_pin(session: Session, share: Share, cut: CutKey) -> None:
    if not cut.chosen:
        return
    patient = session.get(DiscPatient, share.disc_patient_id) if share.disc_patient_id else None
    if holds_birth_date(cut.pin, patient.birth_date if patient else _expected_birth_date(share)):
        raise Unacceptable("A birth date is no PIN: relatives know it. Let Virtual CD choose one.")


def _expected_birth_date(share: Share) -> str:
    expected = share.disc.expected_birth_date
    return expected.strftime("%Y%m%d") if expected else ""
