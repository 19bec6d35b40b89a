"""What became of a link: every deed and denial of its audit thread, the newest first."""

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit.actor import ActorKind
from app.audit.models import AuditEntry
from app.shares.models import Share, ShareKey
from app.studies.models import Study

MOST = 300
KEPT_BITS = {4: 24, 6: 48}
"""How much of an address is shown: enough to tell two places apart, too little to name a household."""


class Event(NamedTuple):
    """One line of a link's history."""

    at: datetime
    action: str
    by: str
    """Which member of staff, by name or e-mail; empty for a visitor and for the service itself."""
    by_visitor: bool
    key: ShareKey | None
    place: str
    """The network it came from, shortened."""
    details: dict[str, Any]


def history(session: Session, share: Share, *, key_ids: set[str] | None = None) -> list[Event]:
    """Return the share's events, or those of some of its keys."""
    wanted = select(AuditEntry).where(
        AuditEntry.chain == share.organisation_id, AuditEntry.share_id == share.id
    )
    if key_ids is not None:
        wanted = wanted.where(AuditEntry.key_id.in_(key_ids))
    entries = session.scalars(wanted.order_by(AuditEntry.number.desc()).limit(MOST)).all()
    staff = _names(session, {e.actor_id for e in entries if e.actor_kind == ActorKind.STAFF and e.actor_id})
    keys = {key.id: key for key in share.keys}
    return [
        Event(
            entry.at,
            entry.action,
            staff.get(entry.actor_id or "", ""),
            entry.actor_kind == ActorKind.VISITOR,
            keys.get(entry.key_id or ""),
            shortened(entry.address),
            entry.details,
        )
        for entry in entries
    ]


def studies_of(session: Session, disc_id: str) -> dict[str, str]:
    """Return what the studies of a disc are called, by Study Instance UID."""
    found = session.execute(select(Study.study_uid, Study.description).where(Study.disc_id == disc_id))
    return {study_uid: description for study_uid, description in found if description}


def shortened(address: str | None) -> str:
    """Return the network of an address: ``192.0.2.x``, ``2001:db8:1::/48``; empty when there is none."""
    try:
        network = ip_network(address or "")
    except ValueError:
        return ""
    wider = network.supernet(new_prefix=KEPT_BITS[network.version])
    return _written(wider)


def _written(network: IPv4Network | IPv6Network) -> str:
    if network.version == 4:
        return f"{str(network.network_address).rpartition('.')[0]}.x"
    return str(network)


def _names(session: Session, user_ids: set[str]) -> dict[str, str]:
    users = session.scalars(select(User).where(User.id.in_(user_ids)))
    return {user.id: user.name or user.email for user in users}
