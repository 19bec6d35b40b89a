"""Writing and checking the chain."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.actor import Actor
from app.audit.models import AuditEntry, AuditHead

SYSTEM_CHAIN = "system"
FIRST_MAC = "0" * 64


class Fault(NamedTuple):
    """Where a chain does not hold, and why."""

    chain: str
    number: int
    reason: str


class AuditLog:
    """The keys of the chain. It rides in ``session.info["audit"]``, so that no service has to pass it on."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = tuple(hmac.digest(key, b"virtual-cd audit chain", "sha256") for key in keys)

    def mac(self, text: bytes, key_index: int = 0) -> str:
        """Return the hex HMAC-SHA-256 of ``text`` under the newest key, or an older one."""
        return hmac.new(self._keys[key_index], text, hashlib.sha256).hexdigest()

    def holds(self, text: bytes, mac: str) -> bool:
        """Tell whether ``mac`` was made from ``text`` under any of the keys."""
        return any(hmac.compare_digest(self.mac(text, i), mac) for i in range(len(self._keys)))

    def verify(self, session: Session) -> list[Fault]:
        """Read every chain from its start; return what does not hold, the first fault of each chain."""
        chains = set(session.scalars(select(AuditHead.chain))) | set(
            session.scalars(select(AuditEntry.chain).distinct())
        )
        return [fault for chain in sorted(chains) for fault in self._verify_chain(session, chain)]

    def _verify_chain(self, session: Session, chain: str) -> Iterator[Fault]:
        mac, number = FIRST_MAC, 0
        wanted = select(AuditEntry).where(AuditEntry.chain == chain).order_by(AuditEntry.number)
        with closing(session.scalars(wanted.execution_options(yield_per=1000))) as entries:
            for entry in entries:
                number += 1
                if entry.number != number:
                    yield Fault(chain, number, "an entry is missing")
                    return
                if not self.holds(_text(entry, mac), entry.mac):
                    yield Fault(chain, number, "an entry was changed")
                    return
                mac = entry.mac
        head = session.get(AuditHead, chain)
        if head is None or not self.holds(_head_text(head), head.head_mac):
            yield Fault(chain, number, "the end mark was changed")
        elif (head.number, head.mac) != (number, mac):
            yield Fault(chain, number, "entries were taken off the end")


def record(
    session: Session,
    action: Action,
    by: Actor,
    now: datetime,
    *,
    organisation_id: str | None = None,
    disc_id: str | None = None,
    share_id: str | None = None,
    key_id: str | None = None,
    **details: Any,
) -> None:
    """Append an entry in the caller's transaction: it is written exactly if the deed is.

    ``details`` are JSON values: ids, UIDs, counts, reasons; never a name, a PIN or a token. What staff
    wrote comes here by ``shares.reasons.lasting_reason``, which leaves names out.
    A refusal is recorded in a fresh transaction, since raising rolls back.
    """
    log: AuditLog = session.info["audit"]
    chain = organisation_id or SYSTEM_CHAIN
    head = locked_head(session, chain)
    entry = AuditEntry(
        chain=chain,
        number=head.number + 1,
        at=now,
        action=action,
        actor_kind=by.kind,
        actor_id=by.id,
        address=by.address,
        disc_id=disc_id,
        share_id=share_id,
        key_id=key_id,
        details=details,
    )
    entry.mac = log.mac(_text(entry, head.mac))
    session.add(entry)
    head.number, head.mac = entry.number, entry.mac
    head.head_mac = log.mac(_head_text(head))
    session.flush()


def locked_head(session: Session, chain: str) -> AuditHead:
    """Return the end of ``chain``, begun if need be; until the deed commits nobody else can append."""
    wanted = select(AuditHead).where(AuditHead.chain == chain).with_for_update()
    if head := session.scalars(wanted).one_or_none():
        return head
    # Another writer may begin the same chain at this moment; then theirs counts.
    with suppress(IntegrityError), session.begin_nested():
        session.add(AuditHead(chain=chain, number=0, mac=FIRST_MAC, head_mac=""))
    return session.scalars(wanted).one()


def _text(entry: AuditEntry, mac_before: str) -> bytes:
    """Return what an entry's MAC covers, the same however a database hands it back."""
    columns = {
        column.key: getattr(entry, column.key)
        for column in AuditEntry.__table__.columns
        if column.key not in ("mac", "at")
    }
    columns |= {"at": entry.at.isoformat(timespec="microseconds"), "before": mac_before}
    return json.dumps(columns, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def _head_text(head: AuditHead) -> bytes:
    return f"{head.chain}:{head.number}:{head.mac}".encode()
