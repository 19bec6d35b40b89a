"""Stop: a disc that must not be seen any more. Its links end, and what was opened before is told plainly.

A stop is final: whoever stopped the wrong disc sends it once more, and the review asks (``STOPPED_BEFORE``).
What a visitor has downloaded stays with them: nothing here claims to take it back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.audit.models import AuditEntry
from app.shares.models import Share, ShareKey
from app.shares.service import revoke
from app.studies.models import Disc


class Opening(NamedTuple):
    """One opening of a disc's link, or one thing of the disc that somebody took along.

    Without a share it was taken at the command line. ``what`` are the details of a download, as logged.
    """

    at: datetime
    downloaded: bool
    share: Share | None
    key: ShareKey | None
    address: str | None
    what: dict[str, Any]


class Reach(NamedTuple):
    """How far a disc went: its links, and every opening of them, the newest first."""

    shares: list[Share]
    openings: list[Opening]

    @property
    def opened(self) -> int:
        """How often a link was opened."""
        return sum(not opening.downloaded for opening in self.openings)

    @property
    def downloaded(self) -> int:
        """How often something was downloaded."""
        return sum(opening.downloaded for opening in self.openings)


def stop_disc(session: Session, disc: Disc, *, by: Actor, user_id: str | None, now: datetime) -> None:
    """Block a disc for good and revoke all its shares, waiting ones too. Again changes nothing."""
    if disc.blocked_at:
        return
    disc.blocked_at = now
    shares = session.scalars(select(Share).where(Share.disc_id == disc.id, Share.revoked_at.is_(None))).all()
    for share in shares:
        revoke(session, disc.organisation_id, share.id, by=by, user_id=user_id, now=now)
    record(
        session,
        Action.DISC_STOPPED,
        by,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        shares=len(shares),
    )


def reach(session: Session, disc: Disc) -> Reach:
    """Return the links of a disc and who used them."""
    shares = {
        share.id: share
        for share in session.scalars(
            select(Share).where(Share.disc_id == disc.id).order_by(Share.created_at.desc())
        )
    }
    keys = {key.id: key for share in shares.values() for key in share.keys}
    entries = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.chain == disc.organisation_id,
            or_(
                and_(AuditEntry.share_id.in_(shares), AuditEntry.action == Action.OPENED),
                and_(AuditEntry.disc_id == disc.id, AuditEntry.action == Action.DOWNLOADED),
            ),
        )
        .order_by(AuditEntry.number.desc())
    )
    openings = [
        Opening(
            entry.at,
            entry.action == Action.DOWNLOADED,
            shares.get(entry.share_id or ""),
            keys.get(entry.key_id or ""),
            entry.address,
            entry.details,
        )
        for entry in entries
    ]
    return Reach(list(shares.values()), openings)


def shares_by_disc(session: Session, disc_ids: Sequence[str], now: datetime) -> dict[str, int]:
    """Return how many links of each disc have neither been revoked nor run out."""
    counted = session.execute(
        select(Share.disc_id, func.count())
        .where(Share.disc_id.in_(disc_ids), Share.revoked_at.is_(None), Share.expires_at > now)
        .group_by(Share.disc_id)
    )
    return {row[0]: row[1] for row in counted}
