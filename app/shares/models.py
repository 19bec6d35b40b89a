"""Share, its snapshot versions, its keys, and visitors' sessions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation, User
from app.db import Base, HasId
from app.shares.guarded import Guarded, Visiting
from app.studies.models import Disc


class ShareState(StrEnum):
    """State of a share, an upload request or a key; derived from the rows at a moment, never stored."""

    WAITING = "waiting"
    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED_UP = "used_up"
    FROZEN = "frozen"


class Right(StrEnum):
    """What a visitor may do."""

    VIEW = "view"
    DOWNLOAD = "download"
    DICOMWEB = "dicomweb"
    GIVE = "give"


class Purpose(StrEnum):
    """Why a share is made; decides its defaults (docs/configuration.md)."""

    PATIENT_COPY = "patient_copy"
    APPOINTMENT = "appointment"
    EMERGENCY = "emergency"
    OTHER = "other"


class Factor(StrEnum):
    """What a visitor proves besides holding the link."""

    PIN = "pin"
    MAIL_CODE = "mail"


class RequestState(StrEnum):
    """What became of somebody who asked for a new link."""

    OPEN = "open"
    RENEWED = "renewed"
    CLOSED = "closed"


class Proof(StrEnum):
    """How we know that whoever asks for a new link is who held the old one."""

    PIN = "pin"
    """They gave the old link's PIN."""
    CALL_BACK = "call_back"
    """Not yet: somebody must call them on a number we know."""


class Share(HasId, Base):
    """A snapshot of one patient's instances on one disc, opened by its keys until it ends.

    ``scope`` is what was asked for, ``{"patient_key": …|None, "study_uids": […]|None, "series_uids":
    […]|None}``; it makes the first version once a waiting share's disc is ready.
    """

    __tablename__ = "share"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    disc_id: Mapped[str] = mapped_column(ForeignKey("disc.id"), index=True)
    disc_patient_id: Mapped[str | None] = mapped_column(ForeignKey("disc_patient.id", ondelete="SET NULL"))
    purpose: Mapped[str] = mapped_column(String(16), default=Purpose.OTHER)
    scope: Mapped[dict[str, Any]]
    allow: Mapped[list[str]]
    include_report: Mapped[bool] = mapped_column(default=True)
    recipient: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str] = mapped_column(Text, default="")
    given_to: Mapped[str | None] = mapped_column(String(16))
    identity_checked: Mapped[str | None] = mapped_column(Text)
    released_because: Mapped[str | None] = mapped_column(Text)
    """Why it was released in an emergency, before anybody decided whose disc it is."""
    call_back: Mapped[str | None] = mapped_column(String(200))
    """Whom to call about such a release."""
    visit_on: Mapped[date | None]
    language: Mapped[str | None] = mapped_column(String(12))
    max_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was first seen to have expired; see ``app.shares.ending``."""
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    disc: Mapped[Disc] = relationship()
    organisation: Mapped[Organisation] = relationship()
    keys: Mapped[list["ShareKey"]] = relationship(back_populates="share", order_by="ShareKey.created_at")
    versions: Mapped[list["ShareVersion"]] = relationship(order_by="ShareVersion.number")


class ShareVersion(HasId, Base):
    """What the share showed from a moment on. A waiting share has none yet. The newest one counts."""

    __tablename__ = "share_version"
    __table_args__ = (UniqueConstraint("share_id", "number"),)

    share_id: Mapped[str] = mapped_column(ForeignKey("share.id"))
    number: Mapped[int]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]


class ShareInstance(Base):
    """An instance in a version's snapshot."""

    __tablename__ = "share_instance"

    version_id: Mapped[str] = mapped_column(ForeignKey("share_version.id"), primary_key=True)
    instance_id: Mapped[str] = mapped_column(
        ForeignKey("instance.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ShareAttachment(Base):
    """An attachment in a version's snapshot."""

    __tablename__ = "share_attachment"

    version_id: Mapped[str] = mapped_column(ForeignKey("share_version.id"), primary_key=True)
    attachment_id: Mapped[str] = mapped_column(
        ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ShareKey(Guarded, Base):
    """One way into a share: own link, short code, PIN, counters and history."""

    __tablename__ = "share_key"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    share_id: Mapped[str] = mapped_column(ForeignKey("share.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("share_key.id"))
    """The key of the visitor who passed this one on."""
    factor: Mapped[str] = mapped_column(String(8), default=Factor.PIN)
    email: Mapped[str | None] = mapped_column(String(254))
    channel: Mapped[str] = mapped_column(String(12))
    """slip, mail, telephone, reprint, passed_on, cli, api."""
    allow: Mapped[list[str] | None]
    """Narrower rights than the share's, or None."""
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """As of a share."""
    opened_at: Mapped[datetime | None]
    share: Mapped[Share] = relationship(back_populates="keys")

    @property
    def language(self) -> str | None:
        """What its holder reads, where staff said so; whoever a patient passed it on to, nobody asked."""
        return None if self.parent_id else self.share.language

    parent: Mapped["ShareKey | None"] = relationship(remote_side="ShareKey.id")


class VisitorSession(Visiting, Base):
    """A visitor who proved the factor; opens this share only, for at most 4 hours."""

    __tablename__ = "visitor_session"

    share_id: Mapped[str] = mapped_column(ForeignKey("share.id"), index=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("share_key.id"), index=True)
    share: Mapped[Share] = relationship()
    key: Mapped[ShareKey] = relationship()


class LinkRequest(HasId, Base):
    """The holder of a link that ended or froze asks for a new one: the desk's worklist. One open a key."""

    __tablename__ = "link_request"
    __table_args__ = (Index("ix_link_request_organisation_id_state", "organisation_id", "state"),)

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    share_id: Mapped[str] = mapped_column(ForeignKey("share.id"), index=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("share_key.id"), index=True)
    state: Mapped[str] = mapped_column(String(8), default=RequestState.OPEN)
    proof: Mapped[str] = mapped_column(String(10), default=Proof.CALL_BACK)
    tries: Mapped[int] = mapped_column(default=0)
    """How many PINs were checked as a proof; see ``app.shares.asking``."""
    call_back: Mapped[str] = mapped_column(String(40), default="")
    """A telephone number as the asker typed it: to compare with the one on file, not to trust."""
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    """Who made the share; None when nobody in particular did."""
    asked_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    share: Mapped[Share] = relationship()
    key: Mapped[ShareKey] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])


class MailCode(HasId, Base):
    """A one-time code sent by e-mail to a key's address. Only a keyed hash of it is kept."""

    __tablename__ = "mail_code"

    key_id: Mapped[str] = mapped_column(ForeignKey("share_key.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class ShareNote(HasId, Base):
    """Marks that a visitor drew on pictures and kept with the link, for everybody who holds it."""

    __tablename__ = "share_note"

    share_id: Mapped[str] = mapped_column(ForeignKey("share.id", ondelete="CASCADE"), index=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("share_key.id", ondelete="CASCADE"), index=True)
    """The key by which its writer came."""
    name: Mapped[str] = mapped_column(Text)
    """As the writer typed it: nobody checked it."""
    text: Mapped[str] = mapped_column(Text, default="")
    marks: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """As ``app.shares.drawn`` describes them."""
    count: Mapped[int]
    """How many marks there are."""
    created_at: Mapped[datetime]
