"""What became of a link: every deed and denial of its audit thread, the newest first."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.accounts.models import Addresses, User
from app.audit.actions import Action
from app.audit.actor import ActorKind
from app.audit.models import AuditEntry
from app.shares.models import Share, ShareKey
from app.studies.models import Series, Study

MOST, MOST_DENIALS = 300, 100
"""Lines of a history; of denials by themselves, so that whoever is turned away pushes out no deed."""
DENIALS = (Action.OPEN_DENIED, Action.DOWNLOAD_DENIED)
KEPT_BITS = {4: 24, 6: 48}
"""Of a shortened address: enough to tell two places apart, too little to name a household."""


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


def history(session: Session, share: Share) -> list[Event]:
    """Return the share's events, for staff."""
    return _events(session, share, AuditEntry.share_id == share.id, share.organisation.addresses)


def history_of_key(session: Session, key: ShareKey) -> list[Event]:
    """Return what became of one key and of those passed on from it, for whoever holds it.

    Other ways into the same share are other people's: of them nothing is told.
    """
    share = key.share
    own = {key.id, *(one.id for one in share.keys if one.parent_id == key.id)}
    added = AuditEntry.key_id.is_(None) & (AuditEntry.action == Action.SHARE_VERSION_ADDED)
    wanted = (AuditEntry.share_id == share.id) & (AuditEntry.key_id.in_(own) | added)
    nobody = share.organisation.addresses == Addresses.NONE
    return _events(session, share, wanted, Addresses.NONE if nobody else Addresses.NETWORK)


def _events(session: Session, share: Share, wanted: ColumnElement[bool], addresses: str) -> list[Event]:
    found = select(AuditEntry).where(AuditEntry.chain == share.organisation_id, wanted)
    newest = found.order_by(AuditEntry.number.desc())
    deeds = session.scalars(newest.where(AuditEntry.action.not_in(DENIALS)).limit(MOST)).all()
    denials = session.scalars(newest.where(AuditEntry.action.in_(DENIALS)).limit(MOST_DENIALS)).all()
    entries = sorted((*deeds, *denials), key=lambda entry: (entry.at, entry.number), reverse=True)
    staff = _names(session, {e.actor_id for e in entries if e.actor_kind == ActorKind.STAFF and e.actor_id})
    keys = {key.id: key for key in share.keys}
    return _gathered(
        Event(
            entry.at,
            entry.action,
            staff.get(entry.actor_id or "", ""),
            entry.actor_kind == ActorKind.VISITOR,
            keys.get(entry.key_id or ""),
            place(entry.address, addresses),
            entry.details,
        )
        for entry in entries
    )


def _gathered(events: Iterable[Event]) -> list[Event]:
    """Return the events with one visit's looks at a study as one, ``series_uids`` in the order looked at."""
    found: list[Event] = []
    for event in events:
        if event.action != Action.VIEWED:
            found.append(event)
            continue
        look = (event.details.get("visit"), event.details.get("study_uid"))
        after = found[-1] if found and found[-1].action == Action.VIEWED else None
        if after and look == (after.details.get("visit"), after.details.get("study_uid")):
            later = found.pop().details["series_uids"]
        else:
            later = []
        series_uids = [*filter(None, [event.details.get("series_uid")]), *later]
        found.append(event._replace(details=event.details | {"series_uids": series_uids}))
    return found


def is_one_file(details: Mapping[str, Any]) -> bool:
    """Tell whether a download is of one file: of such only the beginning is written down."""
    return "instance_uid" in details or "attachment_id" in details


def studies_of(session: Session, disc_id: str) -> dict[str, str]:
    """Return what the studies of a disc are called, by Study Instance UID."""
    found = session.execute(select(Study.study_uid, Study.description).where(Study.disc_id == disc_id))
    return {study_uid: description for study_uid, description in found if description}


def series_of(session: Session, disc_id: str) -> dict[str, str]:
    """Return what the series of a disc are called, or their modality, by Series Instance UID."""
    found = session.execute(
        select(Series.series_uid, Series.description, Series.modality).where(Series.disc_id == disc_id)
    )
    return {row.series_uid: row.description or row.modality or "" for row in found}


def place(address: str | None, addresses: str) -> str:
    """Return as much of an address as an organisation shows; empty when there is none."""
    if addresses == Addresses.NONE:
        return ""
    return (address or "") if addresses == Addresses.FULL else shortened(address)


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
