"""Upload request, its keys, the visits of senders, and what came in by it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.db import Base, HasId
from app.shares.guarded import Guarded, Visiting
from app.studies.models import Disc


class UploadRequest(HasId, Base):
    """Leave for somebody without an account to send discs until it ends."""

    __tablename__ = "upload_request"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked: Mapped[str] = mapped_column(Text)
    """Who is asked: a person, practice or hospital. For staff alone."""
    reference: Mapped[str] = mapped_column(Text, default="")
    """The sender's own reference; stands on the link page before the PIN."""
    wanted: Mapped[str] = mapped_column(Text)
    """What is asked for, in plain words; the sender reads it after the PIN."""
    language: Mapped[str | None] = mapped_column(String(12))
    expected_name: Mapped[str | None] = mapped_column(String(200))
    """Whose images are expected. Never told to the sender: it is what their disc is held against."""
    expected_birth_date: Mapped[date | None]
    expected_patient_id: Mapped[str | None] = mapped_column(String(64))
    max_discs: Mapped[int]
    max_bytes: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When its time was found to be over; see ``ending``."""
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    organisation: Mapped[Organisation] = relationship()
    keys: Mapped[list["RequestKey"]] = relationship(
        back_populates="request", order_by="RequestKey.created_at"
    )
    deliveries: Mapped[list["Delivery"]] = relationship(
        back_populates="request", order_by="Delivery.begun_at, Delivery.disc_id"
    )


class RequestKey(Guarded, Base):
    """One way into an upload request: own link, short code, PIN and counters."""

    __tablename__ = "request_key"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    request_id: Mapped[str] = mapped_column(ForeignKey("upload_request.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    channel: Mapped[str] = mapped_column(String(12))
    """slip, mail, telephone, cli."""
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    request: Mapped[UploadRequest] = relationship(back_populates="keys")


class SenderVisit(Visiting, Base):
    """A browser in which a request's PIN was given: it may send to this request only."""

    __tablename__ = "sender_visit"

    request_id: Mapped[str] = mapped_column(ForeignKey("upload_request.id"), index=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("request_key.id"), index=True)
    request: Mapped[UploadRequest] = relationship()
    key: Mapped[RequestKey] = relationship()


class Delivery(Base):
    """A disc that came in by a request, and what staff decided of it."""

    __tablename__ = "delivery"

    disc_id: Mapped[str] = mapped_column(ForeignKey("disc.id"), primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("upload_request.id"), index=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("request_key.id"))
    visit_id: Mapped[str] = mapped_column(ForeignKey("sender_visit.id"))
    """The browser that sends it: the only one that may go on with it."""
    remark: Mapped[str] = mapped_column(Text, default="")
    """Why the sender says that several patients are one: their claim, proof of nothing."""
    begun_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    because: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused; for staff alone."""
    told_at: Mapped[datetime | None]
    """When staff were told by e-mail that it had arrived."""
    disc: Mapped[Disc] = relationship()
    request: Mapped[UploadRequest] = relationship(back_populates="deliveries")
