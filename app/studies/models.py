"""Disc, the account of its files, the patients, studies, series and instances on it, and the originals."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, HasId


class DiscState(StrEnum):
    """Where a disc stands on its way."""

    RECEIVING = "receiving"
    INGESTING = "ingesting"
    READY = "ready"
    NEEDS_REVIEW = "needs_review"
    FAILED = "failed"


class Verdict(StrEnum):
    """What a received file is. Every file gets exactly one."""

    INSTANCE = "instance"
    DICOMDIR = "dicomdir"
    DOCUMENT = "document"
    DUPLICATE = "duplicate"
    NOT_DICOM = "not_dicom"
    REFUSED = "refused"


class DisplayState(StrEnum):
    """Whether the viewer can show an instance."""

    PENDING = "pending"
    SHOWN = "shown"
    NOT_SHOWN = "not_shown"


class PatientDecision(StrEnum):
    """What staff decided of a patient found on a disc that needed review."""

    KEEP = "keep"
    LEAVE_OUT = "leave_out"


class LeftBehind(StrEnum):
    """Why something stayed on the disc when a browser sent the rest."""

    PROGRAM = "program"
    AUTORUN = "autorun"
    VIEWER = "viewer"
    SYSTEM = "system"
    TOO_LARGE = "too_large"
    LEFT_OUT = "left_out"
    """Staff left its patient or study out."""


class AttachmentKind(StrEnum):
    """What an attachment is: ``report yes/no`` of a share decides about reports alone."""

    REPORT = "report"
    PHOTO = "photo"


class Disc(HasId, Base):
    """One upload: a file-set as received."""

    __tablename__ = "disc"
    __table_args__ = (Index("ix_disc_organisation_id_created_at", "organisation_id", "created_at"),)

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    site_id: Mapped[str | None] = mapped_column(ForeignKey("organisation_site.id"))
    created_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    label: Mapped[str] = mapped_column(String(120), default="")
    source: Mapped[str] = mapped_column(String(12))
    """browser, folder, zip, request (later: iso, dimse, stow)."""
    state: Mapped[str] = mapped_column(String(12), default=DiscState.RECEIVING)
    state_reason: Mapped[str | None] = mapped_column(Text)
    """Why it failed, in a sentence for staff."""
    review_reasons: Mapped[list[Any]] = mapped_column(default=list)
    """Why a person must decide: ``{"code": …, …}`` each; see ``app.ingest.review``."""
    expected_name: Mapped[str | None] = mapped_column(String(200))
    expected_birth_date: Mapped[date | None]
    expected_patient_id: Mapped[str | None] = mapped_column(String(64))
    files_announced: Mapped[int | None]
    left_behind: Mapped[int] = mapped_column(default=0)
    """How many files stayed on the disc; ``left_paths`` names the first of them."""
    left_paths: Mapped[list[Any]] = mapped_column(default=list)
    """``{"path", "kind"}`` each, the kind a ``LeftBehind``."""
    same_person: Mapped[dict[str, Any] | None]
    """Why whoever sent it took these for one person, the expected one: see ``app.ingest.same_person``."""
    missing: Mapped[list[Any]] = mapped_column(default=list)
    """Listed in a DICOMDIR but not there: File IDs, joined by slashes."""
    directory_patients: Mapped[list[Any]] = mapped_column(default=list)
    """Whom its DICOMDIRs name: ``{"name", "patient_id", "birth_date"}`` each, as written there."""
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    decided_because: Mapped[str | None] = mapped_column(Text)
    sent_back_at: Mapped[datetime | None]
    """When staff sent the whole disc back; ``decided_because`` says why."""
    birth_date_failures: Mapped[int] = mapped_column(default=0)
    """How often somebody typed another birth date than the images have."""
    waiting_since: Mapped[datetime | None]
    """Set while it lies in the waiting room: somebody outside sent it, and nobody has accepted it yet."""
    blocked_at: Mapped[datetime | None]
    keep_until: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]


class DiscFile(HasId, Base):
    """One received file and what became of it. ``number`` counts from 0 in the order of arrival."""

    __tablename__ = "disc_file"
    __table_args__ = (
        UniqueConstraint("disc_id", "number"),
        Index("ix_disc_file_organisation_id_sha256", "organisation_id", "sha256"),
        Index("ix_disc_file_organisation_id_announced_sha256", "organisation_id", "announced_sha256"),
    )

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    disc_id: Mapped[str] = mapped_column(ForeignKey("disc.id"))
    number: Mapped[int]
    path: Mapped[str] = mapped_column(Text)
    """As the disc called it: for people to read, never to open."""
    size: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime | None]
    verdict: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[list[str]] = mapped_column(default=list)
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the bytes as received; set once read. Kept as an original unless not_dicom or refused."""
    announced_sha256: Mapped[str | None] = mapped_column(String(64))
    """What the sender says the bytes hash to; held against them when they are read."""
    held: Mapped[bool] = mapped_column(default=False)
    """Whether the organisation held the announced bytes already, so that they were not sent."""
    image_offset: Mapped[int | None] = mapped_column(BigInteger)
    """Where its bytes begin in the image of a disc (ISO), which was received as file 0."""
    media_type: Mapped[str | None] = mapped_column(String(40))
    """Of a document that can be an attachment: what it is by its content (RFC 6838)."""
    added_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    """Who put it beside what was on the disc; None for what was on it."""


class Original(Base):
    """Immutable bytes, kept once an organisation. ``encoding`` is ``gzip`` (one member) or ``identity``.

    The stored object is ``stored_size`` bytes; inflated it is ``size`` bytes with that CRC-32 and SHA-256.
    ``scrubbed_sha256`` names a second original: the same with its preamble zeroed, for bundles.
    """

    __tablename__ = "original"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    crc32: Mapped[int] = mapped_column(BigInteger)
    encoding: Mapped[str] = mapped_column(String(10))
    stored_size: Mapped[int] = mapped_column(BigInteger)
    block_sums: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the stored object; see ``app.storage.blocks``."""
    scrubbed_sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class PlainCopy(HasId, Base):
    """An original as Explicit VR Little Endian without compression, made on request and kept for a while.

    ``reason`` says why there is none; else the rest describes the stored object as ``Original`` does.
    """

    __tablename__ = "plain_copy"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "original_sha256"],
            ["original.organisation_id", "original.sha256"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("organisation_id", "original_sha256"),
    )

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    original_sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    crc32: Mapped[int] = mapped_column(BigInteger, default=0)
    encoding: Mapped[str] = mapped_column(String(10), default="")
    stored_size: Mapped[int] = mapped_column(BigInteger, default=0)
    block_sums: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    kept_until: Mapped[datetime] = mapped_column(index=True)


class DiscPatient(HasId, Base):
    """One patient identity found on a disc; its id is the ``patient_key`` that outsiders use."""

    __tablename__ = "disc_patient"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    disc_id: Mapped[str] = mapped_column(ForeignKey("disc.id"), index=True)
    name: Mapped[str] = mapped_column(Text, default="")
    """As in the instances: PS3.5 6.2 PN, components by ``^``, groups by ``=``."""
    patient_id: Mapped[str] = mapped_column(Text, default="")
    issuer: Mapped[str] = mapped_column(Text, default="")
    birth_date: Mapped[str] = mapped_column(String(16), default="")
    """As in the instances (DA, usually YYYYMMDD)."""
    sex: Mapped[str] = mapped_column(String(16), default="")
    decision: Mapped[str | None] = mapped_column(String(12))
    corrected_name: Mapped[str | None] = mapped_column(Text)
    """What staff say the identifiers are; never written into an original. None: as in the instances."""
    corrected_patient_id: Mapped[str | None] = mapped_column(Text)
    corrected_birth_date: Mapped[str | None] = mapped_column(String(16))
    birth_date_checked_at: Mapped[datetime | None]
    """When somebody typed this patient's birth date from an ID or order, and it was right."""
    studies: Mapped[list["Study"]] = relationship(back_populates="patient", order_by="Study.date.desc()")


class Study(HasId, Base):
    """A study of one patient on one disc. The same UID under two patients makes two rows (and a review)."""

    __tablename__ = "study"
    __table_args__ = (
        UniqueConstraint("disc_patient_id", "study_uid"),
        Index("ix_study_organisation_id_study_uid", "organisation_id", "study_uid"),
    )

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    disc_id: Mapped[str] = mapped_column(ForeignKey("disc.id"), index=True)
    disc_patient_id: Mapped[str] = mapped_column(ForeignKey("disc_patient.id"))
    study_uid: Mapped[str] = mapped_column(String(64))
    date: Mapped[str] = mapped_column(String(16), default="")
    time: Mapped[str] = mapped_column(String(20), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    accession_number: Mapped[str] = mapped_column(Text, default="")
    patient: Mapped[DiscPatient] = relationship(back_populates="studies")
    series: Mapped[list["Series"]] = relationship(
        back_populates="study", order_by="Series.number, Series.series_uid"
    )


class Series(HasId, Base):
    """A series of a study on one disc."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("study_id", "series_uid"),)

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    disc_id: Mapped[str] = mapped_column(ForeignKey("disc.id"), index=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"))
    series_uid: Mapped[str] = mapped_column(String(64))
    modality: Mapped[str] = mapped_column(String(16), default="")
    number: Mapped[int | None]
    description: Mapped[str] = mapped_column(Text, default="")
    body_part: Mapped[str] = mapped_column(Text, default="")
    study: Mapped[Study] = relationship(back_populates="series")
    instances: Mapped[list["Instance"]] = relationship(
        back_populates="series", order_by="Instance.number, Instance.instance_uid"
    )


COUNTED = (
    "disc_id",
    "series_id",
    "number",
    "id",
    "frames",
    "display_state",
    "collides",
    "sop_class_uid",
)
"""What pages count of a disc's instances: from one index they need no row, of which a disc has thousands."""


class Instance(HasId, Base):
    """An instance on one disc. Same UID with other bytes: both are kept, ``collides`` is set on both.

    ``facts`` is the DICOM JSON Model (PS3.18 F) of the header attributes that the product uses, file meta
    included, without pixel data: ``app.dicom.dicomjson`` reads it.
    ``display`` tells the viewer how its display frames are kept; see ``app.ingest.display``.
    """

    __tablename__ = "instance"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sha256"], ["original.organisation_id", "original.sha256"]),
        Index("ix_instance_disc_id_instance_uid", "disc_id", "instance_uid"),
        Index("ix_instance_counted", *COUNTED),
        Index("ix_instance_organisation_id_instance_uid", "organisation_id", "instance_uid"),
        Index("ix_instance_organisation_id_sha256", "organisation_id", "sha256"),
    )

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    disc_id: Mapped[str] = mapped_column(ForeignKey("disc.id"))
    disc_file_id: Mapped[str] = mapped_column(ForeignKey("disc_file.id"), unique=True)
    series_id: Mapped[str] = mapped_column(ForeignKey("series.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    instance_uid: Mapped[str] = mapped_column(String(64))
    sop_class_uid: Mapped[str] = mapped_column(String(64))
    transfer_syntax_uid: Mapped[str] = mapped_column(String(64))
    number: Mapped[int | None]
    rows: Mapped[int | None]
    columns: Mapped[int | None]
    frames: Mapped[int] = mapped_column(default=0)
    """Number of frames; 0 when there are no pixels."""
    unlisted_reason: Mapped[str | None] = mapped_column(Text)
    """Why it cannot stand in a conformant file-set (it travels under UNLISTED/), or None."""
    collides: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[dict[str, Any]]
    display_state: Mapped[str] = mapped_column(String(10), default=DisplayState.PENDING)
    display_reason: Mapped[str | None] = mapped_column(Text)
    display: Mapped[dict[str, Any] | None]
    series: Mapped[Series] = relationship(back_populates="instances")
    original: Mapped[Original] = relationship(
        primaryjoin=(
            "and_(Instance.organisation_id == Original.organisation_id, Instance.sha256 == Original.sha256)"
        ),
        viewonly=True,
    )
    file: Mapped[DiscFile] = relationship(viewonly=True)


class Attachment(HasId, Base):
    """A PDF, a JPEG or a PNG that belongs to a study; without one it is part of no share.

    Its bytes are those of its file, kept as received. Of a picture there is a display copy beside the
    original (``keys.display_frame`` 0, JPEG, and a preview): see ``app.dicom.photos``.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sha256"], ["original.organisation_id", "original.sha256"]),
        Index("ix_attachment_organisation_id_sha256", "organisation_id", "sha256"),
    )

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    disc_id: Mapped[str] = mapped_column(ForeignKey("disc.id"), index=True)
    disc_file_id: Mapped[str] = mapped_column(ForeignKey("disc_file.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    study_id: Mapped[str | None] = mapped_column(ForeignKey("study.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(80))
    media_type: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    study: Mapped[Study | None] = relationship()
    file: Mapped[DiscFile] = relationship()
    original: Mapped[Original] = relationship(
        primaryjoin=(
            "and_(Attachment.organisation_id == Original.organisation_id,"
            " Attachment.sha256 == Original.sha256)"
        ),
        foreign_keys="[Attachment.organisation_id, Attachment.sha256]",
        viewonly=True,
    )

    @property
    def is_picture(self) -> bool:
        """Whether it is looked at as a picture."""
        return self.media_type.startswith("image/")
