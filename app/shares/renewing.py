"""A new way into the same share, in the same audit thread: renewed after its end, or all keys replaced."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import Action
from app.errors import Refused
from app.shares.asking import settle
from app.shares.change import set_end
from app.shares.edition import check_edition
from app.shares.keys import make_key
from app.shares.logged import record_of
from app.shares.models import RequestState, Share
from app.shares.orders import KeyOrder, NewKey, check_channel
from app.shares.queries import find_share
from app.shares.states import ENDED, state_of
from app.studies.models import DiscState


def renew(
    session: Session,
    organisation_id: str,
    share_id: str,
    order: KeyOrder,
    *,
    expires_at: datetime,
    seen: str | None = None,
) -> NewKey:
    """Give a share whose link ended or froze a new key, and a later end; whoever asked for it is settled.

    Keys that had ended stay ended: only the new one opens. ``expires_at`` never shortens the share; ``seen``
    is the edition that was decided from. Raises NotFound, Outdated, Refused for what was closed on purpose,
    Unacceptable for an end out of range.
    """
    share = find_share(session, organisation_id, share_id, lock=True)
    check_edition(share, seen)
    _check_renewable(share)
    check_channel(order.channel)
    if state_of(share, order.now) in ENDED:
        _leave_ended(share, order.now)
    share.ended_at = None
    if expires_at > share.expires_at:
        set_end(session, share, expires_at, order.by, order.now)
    return _handed_over(session, share, order)


def replace_keys(
    session: Session, organisation_id: str, share_id: str, order: KeyOrder, *, seen: str | None = None
) -> NewKey:
    """Give a share a new key and close all earlier ones: visits that began with them end too.

    ``seen`` is the edition that was decided from. Raises NotFound, Outdated, Refused for a share that ended.
    """
    share = find_share(session, organisation_id, share_id, lock=True)
    check_edition(share, seen)
    if state_of(share, order.now) in ENDED:
        raise Refused("This link has ended. Make a new one.")
    check_channel(order.channel)
    for key in share.keys:
        if key.revoked_at is None:
            key.revoked_at = order.now
            record_of(session, Action.KEY_REVOKED, share, order.by, order.now, key_id=key.id)
    return _handed_over(session, share, order)


def _handed_over(session: Session, share: Share, order: KeyOrder) -> NewKey:
    """Make the key, and settle what was asked for about the share."""
    key = make_key(session, share, order)
    settle(session, share, RequestState.RENEWED, by=order.by, user_id=order.created_by, now=order.now)
    return key


def _check_renewable(share: Share) -> None:
    disc = share.disc
    if disc.deleted_at or disc.blocked_at or disc.state == DiscState.FAILED:
        raise Refused("The disc behind this link is closed or deleted: there is nothing to renew.")
    if share.revoked_at:
        raise Refused("This link was closed for good. Make a new one from its disc.")


def _leave_ended(share: Share, now: datetime) -> None:
    for key in share.keys:
        key.expires_at = min(key.expires_at or share.expires_at, now)
        key.ended_at = key.ended_at or now
    if share.max_uses is not None:
        share.max_uses += share.uses
