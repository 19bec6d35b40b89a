"""Looking up what belongs to studies besides their instances: reports as PDF, photos."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFound
from app.studies.models import Attachment, Disc, DiscFile


def attachments_of(session: Session, disc: Disc) -> list[Attachment]:
    """Return the attachments of a disc with their files, in the order in which the files came."""
    wanted = select(Attachment).join(Attachment.file).where(Attachment.disc_id == disc.id)
    return list(session.scalars(wanted.order_by(DiscFile.number).options(joinedload(Attachment.file))))


def attachments_of_studies(session: Session, study_ids: Iterable[str]) -> list[Attachment]:
    """Return what is attached to these studies with its originals, in the order in which the files came."""
    wanted = select(Attachment).join(Attachment.file).where(Attachment.study_id.in_(list(study_ids)))
    loaded = (joinedload(Attachment.study), joinedload(Attachment.original))
    return list(session.scalars(wanted.order_by(DiscFile.number).options(*loaded)))


def find_attachment(session: Session, disc: Disc, attachment_id: str) -> Attachment:
    """Return an attachment of ``disc``. Raises NotFound."""
    attachment = session.get(Attachment, attachment_id)
    if attachment is None or attachment.disc_id != disc.id:
        raise NotFound("There is no such report or photo.")
    return attachment
