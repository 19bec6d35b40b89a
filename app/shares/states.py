"""What state a share or a key is in: derived from the rows at a moment, never stored.

Ends are inclusive: at ``expires_at`` it is over, and stays so once that was seen (``app.shares.ending``).
What ended for good is told before what is only frozen or waiting, since nothing opens it again but staff.
"""

from datetime import datetime

from app.shares.models import Share, ShareKey, ShareState
from app.studies.models import DiscState

ENDED = frozenset({ShareState.EXPIRED, ShareState.REVOKED, ShareState.USED_UP})


def state_of(share: Share, now: datetime) -> ShareState:
    """Return the state of a share; frozen when every key that could open it is."""
    usable = [key for key in share.keys if key_over(key, now) is None]
    if over := _share_end(share, now):
        return over
    if share.keys and not usable:
        return ShareState.REVOKED
    if usable and all(key.frozen_at for key in usable):
        return ShareState.FROZEN
    return _open_state(share)


def key_state(key: ShareKey, now: datetime) -> ShareState:
    """Return the state of a key: its share's end is its own."""
    if over := key_over(key, now):
        return over
    if key.share.max_uses is not None and key.share.uses >= key.share.max_uses:
        return ShareState.USED_UP
    return ShareState.FROZEN if key.frozen_at else _open_state(key.share)


def key_over(key: ShareKey, now: datetime) -> ShareState | None:
    """Return how a key ended, or None; this ends visits too, while freezing and using up do not.

    A key that was passed on ends with the key it came from.
    """
    if over := _share_end(key.share, now) or _key_end(key, now):
        return over
    return key_over(key.parent, now) if key.parent else None


def _share_end(share: Share, now: datetime) -> ShareState | None:
    disc = share.disc
    if share.revoked_at or disc.deleted_at or disc.blocked_at or disc.state == DiscState.FAILED:
        return ShareState.REVOKED
    return ShareState.EXPIRED if share.ended_at or now >= share.expires_at else None


def _key_end(key: ShareKey, now: datetime) -> ShareState | None:
    if key.revoked_at:
        return ShareState.REVOKED
    over = key.ended_at or (key.expires_at and now >= key.expires_at)
    return ShareState.EXPIRED if over else None


def _open_state(share: Share) -> ShareState:
    if share.max_uses is not None and share.uses >= share.max_uses:
        return ShareState.USED_UP
    return ShareState.LIVE if share.versions else ShareState.WAITING
