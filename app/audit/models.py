"""The rows of the chained log."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Told:
    """What is told of a deed or a denial: what it was, by whom, of what."""

    action: Mapped[str] = mapped_column(String(40))
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(String(16))
    address: Mapped[str | None] = mapped_column(String(45))
    disc_id: Mapped[str | None] = mapped_column(String(16))
    share_id: Mapped[str | None] = mapped_column(String(16))
    key_id: Mapped[str | None] = mapped_column(String(16))
    details: Mapped[dict[str, Any]]


class AuditEntry(Told, Base):
    """One link of a chain. ``chain`` is the organisation's id, or ``system`` for what belongs to none.

    ``mac`` is an HMAC-SHA-256 over this row and the one before it, so that no row can be changed, added or
    taken out unseen by somebody who lacks the key.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_chain_share_id", "chain", "share_id"),
        Index("ix_audit_entry_chain_disc_id", "chain", "disc_id"),
        Index("ix_audit_entry_chain_at", "chain", "at"),
    )

    chain: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    mac: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of a chain, with a MAC of its own: taking rows off the tail shows."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int]
    mac: Mapped[str] = mapped_column(String(64))
    head_mac: Mapped[str] = mapped_column(String(64))


class AuditRepeat(Told, Base):
    """A denial that may repeat: of its first time there is an entry, how often it came since is counted.

    Outside the chain, and for minutes only; see ``app.audit.repeats``.
    """

    __tablename__ = "audit_repeat"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 (hex) of what makes two denials the same."""
    of: Mapped[str] = mapped_column(String(64), index=True)
    """The same without the place it came from."""
    since: Mapped[datetime]
    again: Mapped[int] = mapped_column(default=0)
    """How often it came after the entry."""
    last_at: Mapped[datetime]
    chain: Mapped[str] = mapped_column(String(16))
