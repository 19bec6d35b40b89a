"""Organisation, its sites, users, memberships, staff sessions and API tokens."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, HasId


class Role(StrEnum):
    """What a member may do: see ``app.accounts.rights``."""

    UPLOADER = "uploader"
    VIEWER = "viewer"
    AUDITOR = "auditor"
    ADMIN = "admin"
    OPERATOR = "operator"


class Addresses(StrEnum):
    """How much of a visitor's network address an organisation shows in a link's history."""

    NETWORK = "network"
    FULL = "full"
    """To staff; visitors see the network."""
    NONE = "none"


class Organisation(HasId, Base):
    """A hospital or clinic. What stands here is what visitors see of the sender."""

    __tablename__ = "organisation"

    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    telephone: Mapped[str | None] = mapped_column(String(40))
    hours: Mapped[str | None] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(40), default="UTC")
    language: Mapped[str] = mapped_column(String(12), default="en")
    desk_mailbox: Mapped[str | None] = mapped_column(String(254))
    privacy_telephone: Mapped[str | None] = mapped_column(String(40))
    colour: Mapped[str] = mapped_column(String(7), default="#0b5cad")
    logo_key: Mapped[str | None] = mapped_column(String(120))
    asks_second_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether everybody on its staff needs a second factor to log in: see ``app.accounts.second_factor``."""
    asks_birth_date: Mapped[bool] = mapped_column(default=True)
    """Whether staff type a patient's birth date from an ID or order before a disc's first share."""
    measuring: Mapped[bool] = mapped_column(default=True)
    """Whether visitors can measure in the viewer."""
    reslicing: Mapped[bool] = mapped_column(default=False)
    """Whether visitors can see other planes through a volume (MPR) in the viewer."""
    reduces_viewing: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether keys without the right to download get reduced pictures only: see ``app.viewer.reduced``."""
    addresses: Mapped[str] = mapped_column(
        String(8), default=Addresses.NETWORK, server_default=Addresses.NETWORK
    )
    """How much of a visitor's network address a link's history shows."""
    quota_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """How many bytes of originals it may keep; None: as many as there is room for."""
    created_at: Mapped[datetime]


class OrganisationSite(HasId, Base):
    """A place of an organisation: a building, a department's desk."""

    __tablename__ = "organisation_site"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120))
    telephone: Mapped[str | None] = mapped_column(String(40))


class User(HasId, Base):
    """Somebody on the staff side. ``email`` is kept in lower case and is what they log in with."""

    __tablename__ = "user"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    memberships: Mapped[list["Membership"]] = relationship(back_populates="user")


class Membership(HasId, Base):
    """A user's role in one organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"),)

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    site_id: Mapped[str | None] = mapped_column(ForeignKey("organisation_site.id"))
    role: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]
    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()


class StaffSession(HasId, Base):
    """A login, kept by the server so that logging out ends it. The cookie's secret is hashed here."""

    __tablename__ = "staff_session"

    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    second_factor_at: Mapped[datetime | None]
    """When a second factor was shown, in this session or in the one that it goes on from."""
    ended_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()
    organisation: Mapped[Organisation] = relationship()


class SecondFactor(HasId, Base):
    """The authenticator app of a user; one at a time."""

    __tablename__ = "second_factor"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), unique=True)
    sealed_secret: Mapped[bytes]
    """The 20 bytes that the app holds too, sealed: see ``app.sealing``."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The time step (RFC 6238: 30 s since 1970) of the newest code taken; older ones are worth nothing."""
    created_at: Mapped[datetime]


class RecoveryCode(HasId, Base):
    """A code on paper that stands in once for the app; only its hash is kept."""

    __tablename__ = "recovery_code"

    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class ApiToken(HasId, Base):
    """A program's key to act as a user; only its hash is kept."""

    __tablename__ = "api_token"

    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
