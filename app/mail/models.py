"""What is to be sent, and what became of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId


class LetterState(StrEnum):
    """Where a letter stands."""

    QUEUED = "queued"
    SENT = "sent"
    """The mail server took it."""
    KEPT = "kept"
    """No mail server is set up: written to the data folder's outbox, not sent."""
    FAILED = "failed"


class Letter(HasId, Base):
    """One e-mail. Its text is kept encrypted while it waits, and not at all once it left or failed."""

    __tablename__ = "letter"

    organisation_id: Mapped[str] = mapped_column(String(16), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    """link, code, or which notice."""
    share_id: Mapped[str | None] = mapped_column(String(16), index=True)
    key_id: Mapped[str | None] = mapped_column(String(16), index=True)
    state: Mapped[str] = mapped_column(String(8), default=LetterState.QUEUED)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """See ``app.sealing``."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it waits or failed, in a sentence for staff."""
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
