"""Which study a report or photo belongs to: told by where it lies on the disc, or by staff.

What is attached to no study is part of no share. While a link that may open shows it, nothing about it
changes: a share is a snapshot.
"""

from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.dicom.content import PDF
from app.errors import NotFound, Refused, Unacceptable
from app.ingest.names import plain
from app.ingest.surroundings import Folders, is_furniture
from app.shares.models import Share, ShareAttachment, ShareVersion
from app.storage import ObjectStore
from app.studies.models import (
    Attachment,
    AttachmentKind,
    Disc,
    DiscFile,
    DiscPatient,
    Instance,
    PatientDecision,
    Series,
    Study,
    Verdict,
)
from app.studies.retention import purge_files

LONGEST_TITLE = 80
SHARED = "A link shows it. Close that link first; then it can be changed or removed."
LETTERS = 3
"""A file's name with fewer letters in a row tells nobody what the file is."""


def attach_found(session: Session, disc: Disc, now: datetime) -> None:
    """Make attachments of the PDFs and pictures on a disc that was read; those done before are left alone."""
    done = select(Attachment.disc_file_id).where(Attachment.disc_id == disc.id)
    wanted = select(DiscFile).where(
        DiscFile.disc_id == disc.id,
        DiscFile.verdict == Verdict.DOCUMENT,
        DiscFile.media_type.is_not(None),
        DiscFile.id.not_in(done),
    )
    files = session.scalars(wanted.order_by(DiscFile.number)).all()
    if not files:
        return
    folders = _folders(session, disc)
    several = len(session.scalars(select(DiscPatient.id).where(DiscPatient.disc_id == disc.id)).all()) > 1
    reports = {PurePosixPath(file.path).parent for file in files if _is_report(file)}
    for file in files:
        attachment = attachment_of(file, "" if several else title_of(file.path), now)
        if _is_report(file) or _is_photo(file, folders, reports):
            attachment.study_id = folders.nearest_study(file.path)
        session.add(attachment)


def attachment_of(file: DiscFile, title: str, now: datetime) -> Attachment:
    """Return a new attachment of no study; without a title it is called what it is."""
    is_pdf = file.media_type == PDF
    return Attachment(
        organisation_id=file.organisation_id,
        disc_id=file.disc_id,
        disc_file_id=file.id,
        sha256=file.sha256,
        kind=AttachmentKind.REPORT if is_pdf else AttachmentKind.PHOTO,
        title=title or ("Report" if is_pdf else "Photo"),
        media_type=file.media_type,
        created_at=now,
    )


def title_of(path: str) -> str:
    """Return a file's name as a title, or nothing where it tells nobody anything."""
    words = " ".join(PurePosixPath(path).stem.replace("_", " ").split())
    tells = any(len(word) >= LETTERS for word in "".join(c if c.isalpha() else " " for c in words).split())
    return plain(words, LONGEST_TITLE) if tells else ""


def change(
    session: Session,
    disc: Disc,
    attachment: Attachment,
    *,
    study_id: str | None,
    kind: str,
    title: str,
    by: Actor,
    now: datetime,
) -> None:
    """Say which study an attachment belongs to (None: to none), what it is, and what it is called.

    Raises Refused while a link shows it; NotFound for a study of another disc, or of a patient left out.
    """
    _must_be_free(session, attachment)
    if study_id is not None:
        check_study(session, disc, study_id)
    attachment.study_id, attachment.kind = study_id, kind_of(kind)
    attachment.title = checked_title(title) or attachment.title
    record(
        session,
        Action.ATTACHMENT_CHANGED,
        by,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        attachment_id=attachment.id,
        study_id=study_id,
        kind=attachment.kind,
    )


def remove(
    session: Session, store: ObjectStore, disc: Disc, attachment: Attachment, *, by: Actor, now: datetime
) -> None:
    """Take an attachment that staff added off the disc again, with its bytes.

    Raises Refused while a link shows it, and for what was on the disc: of that, all stays accounted for.
    """
    _must_be_free(session, attachment)
    file = attachment.file
    if file.added_by is None:
        raise Refused("It came with the disc: choose no study, and no link shows it.")
    record(
        session,
        Action.ATTACHMENT_REMOVED,
        by,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        attachment_id=attachment.id,
        sha256=attachment.sha256,
    )
    session.flush()
    session.expunge(attachment)
    purge_files(session, store, disc.organisation_id, [file])


def check_study(session: Session, disc: Disc, study_id: str) -> None:
    """Raise NotFound unless the study is of a patient of this disc who was not left out."""
    study = session.get(Study, study_id)
    if study is None or study.disc_id != disc.id or study.patient.decision == PatientDecision.LEAVE_OUT:
        raise NotFound("That study is not on this disc.")


def only_study(session: Session, disc: Disc) -> str | None:
    """Return the study of a disc that holds one alone."""
    kept = (
        select(Study.id)
        .join(Study.patient)
        .where(Study.disc_id == disc.id, DiscPatient.decision.is_distinct_from(PatientDecision.LEAVE_OUT))
    )
    found = session.scalars(kept.limit(2)).all()
    return found[0] if len(found) == 1 else None


def checked_title(title: str) -> str:
    """Return a title as it is kept. Raises Unacceptable when it is too long."""
    words = " ".join(plain(title).split())
    if len(words) > LONGEST_TITLE:
        raise Unacceptable(f"A title may have {LONGEST_TITLE} characters.")
    return words


def kind_of(kind: str) -> AttachmentKind:
    """Return a kind. Raises Unacceptable."""
    try:
        return AttachmentKind(kind)
    except ValueError:
        raise Unacceptable("Say whether it is a report or a photo.") from None


def shown_by_links(session: Session, disc_id: str) -> set[str]:
    """Return the ids of the attachments of a disc that a link shows, unless it was closed for good."""
    shown = (
        select(ShareAttachment.attachment_id)
        .join(ShareVersion, ShareVersion.id == ShareAttachment.version_id)
        .join(Share, Share.id == ShareVersion.share_id)
        .where(Share.disc_id == disc_id, Share.revoked_at.is_(None))
    )
    return set(session.scalars(shown))


def _must_be_free(session: Session, attachment: Attachment) -> None:
    # Locked: a share that is being made now waits, and then sees what came of this.
    session.execute(select(Disc.id).where(Disc.id == attachment.disc_id).with_for_update())
    if attachment.id in shown_by_links(session, attachment.disc_id):
        raise Refused(SHARED)


def _folders(session: Session, disc: Disc) -> Folders:
    lying = (
        select(DiscFile.path, Series.study_id)
        .join(Instance, Instance.disc_file_id == DiscFile.id)
        .join(Series, Series.id == Instance.series_id)
        .where(DiscFile.disc_id == disc.id)
    )
    return Folders((path, study_id) for path, study_id in session.execute(lying))


def _is_report(file: DiscFile) -> bool:
    return file.media_type == PDF and not is_furniture(file.path)


def _is_photo(file: DiscFile, folders: Folders, reports: set[PurePosixPath]) -> bool:
    """Tell whether a picture certainly is no decoration: it lies beside images, or beside a report."""
    if file.media_type == PDF:
        return False
    return folders.has_images_beside(file.path) or PurePosixPath(file.path).parent in reports
