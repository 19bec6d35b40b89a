"""Denials that come again and again: the first is an entry at once, those that follow are told by one more.

Whoever is turned away may knock as often as they like, and must not fill the log by it. Two denials are the
same when they have action, key, network and details in common.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.actor import Actor, ActorKind, network
from app.audit.log import SYSTEM_CHAIN, locked_head, record
from app.audit.models import AuditRepeat
from app.db import Sessions

WITHIN = timedelta(minutes=10)
"""For how long repeats are counted before an entry tells how many there were."""
MOST_PLACES = 20
"""Networks that the same denial is told of by itself; those of all others are told as one."""


def record_denial(
    session: Session,
    action: Action,
    by: Actor,
    now: datetime,
    *,
    organisation_id: str | None = None,
    key_id: str | None = None,
    disc_id: str | None = None,
    share_id: str | None = None,
    **details: Any,
) -> None:
    """Append an entry as ``record`` does, or count it to one of the last minutes that says the same.

    Nothing may be recorded after it in the same transaction: who counts holds a row that others, who hold
    the chain, may wait for.
    """
    of = _digest(organisation_id, action, key_id, details)
    own = _digest(of, network(by.address or ""))
    if _counted(session, own, now) or _counted(session, elsewhere := _digest(of), now):
        return
    locked_head(session, organisation_id or SYSTEM_CHAIN)  # from here on, one at a time
    if _counted(session, own, now) or _counted(session, elsewhere, now):
        return
    places = session.scalar(select(func.count()).where(AuditRepeat.of == of, AuditRepeat.id != own)) or 0
    crowd = places >= MOST_PLACES
    repeat = AuditRepeat(
        id=elsewhere if crowd else own,
        of=of,
        since=now,
        again=0,
        last_at=now,
        chain=organisation_id or SYSTEM_CHAIN,
        action=action,
        actor_kind=by.kind,
        actor_id=by.id,
        address=None if crowd else by.address,
        disc_id=disc_id,
        share_id=share_id,
        key_id=key_id,
        details=details,
    )
    _tell(session, repeat.id)
    session.add(repeat)
    record(
        session,
        action,
        by,
        now,
        organisation_id=organisation_id,
        disc_id=disc_id,
        share_id=share_id,
        key_id=key_id,
        **details,
    )


def tell_repeats(sessions: Sessions, now: datetime) -> None:
    """Write down how often denials were repeated whose minutes are over."""
    over = select(AuditRepeat.id, AuditRepeat.chain).where(AuditRepeat.since <= now - WITHIN)
    with sessions() as session:
        due = session.execute(over).all()
    for repeat_id, chain in due:
        with sessions.begin() as session:
            locked_head(session, chain)
            _tell(session, repeat_id, now - WITHIN)


def _counted(session: Session, repeat_id: str, now: datetime) -> bool:
    """Count one more to a denial whose minutes last; tell whether there is one."""
    counted = session.execute(
        update(AuditRepeat)
        .where(AuditRepeat.id == repeat_id, AuditRepeat.since > now - WITHIN)
        .values(again=AuditRepeat.again + 1, last_at=now)
        .returning(AuditRepeat.id)
        .execution_options(synchronize_session=False)
    )
    return counted.first() is not None


def _tell(session: Session, repeat_id: str, since: datetime | None = None) -> None:
    """Append the entry about repeats, if there were any, dated by the last, and forget them.

    With ``since``: only if they began no later.
    """
    wanted = select(AuditRepeat).where(AuditRepeat.id == repeat_id).with_for_update()
    if since is not None:
        wanted = wanted.where(AuditRepeat.since <= since)
    repeat = session.scalars(wanted).one_or_none()
    if repeat is None:
        return
    session.delete(repeat)
    session.flush()
    if repeat.again:
        record(
            session,
            Action(repeat.action),
            Actor(ActorKind(repeat.actor_kind), repeat.actor_id, repeat.address),
            repeat.last_at,
            organisation_id=None if repeat.chain == SYSTEM_CHAIN else repeat.chain,
            disc_id=repeat.disc_id,
            share_id=repeat.share_id,
            key_id=repeat.key_id,
            more=repeat.again,
            **repeat.details,
        )


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
