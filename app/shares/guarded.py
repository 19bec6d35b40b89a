"""What guards a link, whatever it leads to: the hashes of its secrets, and how often its PIN was mistyped."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import HasId


class Guarded(HasId):
    """A key: one way into something. Only hashes of its link, short code and PIN are kept."""

    organisation_id: Mapped[str]
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 (hex) of the 32-byte link id inside the token."""
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """HMAC-SHA-256 (hex) of the short code: 59 bits are too few for a plain hash."""
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    revoked_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None]
    failed_answer: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of the last wrong answer: the same answer again is not another failure."""
    uses: Mapped[int] = mapped_column(default=0)


class Visiting(HasId):
    """A browser in which a key's PIN was given; only the hash of its cookie is kept."""

    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    key_id: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
