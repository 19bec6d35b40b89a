"""Which of an organisation's shares a list holds: all of them, however many, by what has become of them.

The database tells which may fit, each share's own rows then which do: a state follows from share, keys and
disc together (``states``).
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.shares.models import Share, ShareKey, ShareState
from app.shares.queries import load_shares
from app.shares.states import state_of
from app.studies.models import Disc, DiscState

ALL, SOON, UNOPENED = "", "soon", "unopened"
WITHIN = timedelta(days=7)
"""How near the end is of what ends soon."""
AT_ONCE = 200


class Line(NamedTuple):
    """What a share is found by."""

    id: str
    recipient: str
    reference: str
    patient_key: str | None


Found = Callable[[Session, list[Line]], list[Line]]
"""Which of these lines hold the words that were searched for."""


def listed(
    session: Session, organisation_id: str, wanted: str, now: datetime, found: Found
) -> Iterator[Share]:
    """Yield the shares in state ``wanted`` that ``found`` finds, with disc, keys, versions, the newest first.

    ``wanted`` is a state's name, SOON (still opening, and ending within a week), UNOPENED or ALL; what was
    used up counts as expired, too.
    """
    columns = select(Share.id, Share.recipient, Share.reference, Share.disc_patient_id)
    may_fit = columns.where(Share.organisation_id == organisation_id, *_hints(wanted, now))
    rows = session.execute(may_fit.order_by(Share.created_at.desc(), Share.id)).all()
    for start in range(0, len(rows), AT_ONCE):
        some = [Line(*row) for row in rows[start : start + AT_ONCE]]
        ids = [line.id for line in found(session, some)]
        yield from (share for share in load_shares(session, ids) if _fits(share, wanted, now))


def _fits(share: Share, wanted: str, now: datetime) -> bool:
    if wanted == ALL:
        return True
    state = state_of(share, now)
    opens = state in (ShareState.LIVE, ShareState.FROZEN)
    if wanted == SOON:
        return opens and share.expires_at <= now + WITHIN
    if wanted == UNOPENED:
        return opens and not share.uses
    return state == wanted or (wanted == ShareState.EXPIRED and state == ShareState.USED_UP)


def _hints(wanted: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what must be so of every share that fits, and of few others."""
    over = or_(Share.ended_at.is_not(None), Share.expires_at <= now)
    goes_on = and_(Share.revoked_at.is_(None), Share.ended_at.is_(None), Share.expires_at > now)
    hints: dict[str, tuple[ColumnElement[bool], ...]] = {
        SOON: (goes_on, Share.expires_at <= now + WITHIN),
        UNOPENED: (goes_on, Share.uses == 0),
        ShareState.LIVE: (goes_on,),
        ShareState.WAITING: (goes_on, ~Share.versions.any()),
        ShareState.FROZEN: (goes_on, Share.keys.any(ShareKey.frozen_at.is_not(None))),
        ShareState.EXPIRED: (Share.revoked_at.is_(None), or_(over, Share.max_uses.is_not(None))),
        ShareState.REVOKED: (_may_be_revoked(now),),
    }
    return hints.get(wanted, ())


def _may_be_revoked(now: datetime) -> ColumnElement[bool]:
    """Tell whether a share, its disc or all the keys that staff made for it were closed."""
    stopped = or_(Disc.deleted_at.is_not(None), Disc.blocked_at.is_not(None), Disc.state == DiscState.FAILED)
    usable = and_(
        ShareKey.parent_id.is_(None),
        ShareKey.revoked_at.is_(None),
        ShareKey.ended_at.is_(None),
        or_(ShareKey.expires_at.is_(None), ShareKey.expires_at > now),
    )
    return or_(Share.revoked_at.is_not(None), Share.disc.has(stopped), ~Share.keys.any(usable))
