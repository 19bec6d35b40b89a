"""What ingest alone needs to remember."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId


class UploadGrant(HasId, Base):
    """Leave to send files to one disc and to see how it goes, for 24 hours; only the secret's hash is kept.

    It outlives the page's session on purpose: the page may lock, the upload goes on.
    """

    __tablename__ = "upload_grant"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    disc_id: Mapped[str] = mapped_column(ForeignKey("disc.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    asked_key_id: Mapped[str | None] = mapped_column(String(16))
    """The key of the upload request by which somebody outside sends; see ``app.requests``."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
