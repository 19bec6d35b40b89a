"""Attachments of a disc as DICOM objects; whatever must be decoded for it is decoded in the sandbox."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.dicom import jpeg
from app.dicom.content import JPEG, PDF
from app.dicom.wrapping import Belonging, Native, encapsulated_pdf, instance_uid, secondary_capture
from app.errors import Refused
from app.ingest.originals import opened
from app.ingest.sandbox import Blobs, DisplayResult
from app.storage import ObjectStore
from app.studies.models import Attachment, Instance, Series

MOST_PIXELS_A_SIDE = 65_535


class Decoder(Protocol):
    """The sandbox, as far as it decodes pictures."""

    def make_native(self, file: BinaryIO) -> tuple[DisplayResult, Blobs]:
        """Decode a JPEG or PNG; see ``photos.make_native``."""


class Wrapped(NamedTuple):
    """An attachment as a DICOM file."""

    attachment: Attachment
    instance_uid: str
    data: bytes


def wrapped(
    session: Session, store: ObjectStore, sandbox: Decoder, attachments: Sequence[Attachment]
) -> Iterator[Wrapped]:
    """Yield each attachment of a study as DICOM, numbered through; those of no study are left out.

    Raises Refused for a picture that DICOM cannot hold.
    """
    for number, attachment in enumerate((one for one in attachments if one.study), 1):
        belonging = _belonging(session, attachment, number)
        kept = attachment.original
        with opened(store, attachment.organisation_id, attachment.sha256, kept.encoding) as file:
            yield Wrapped(attachment, instance_uid(belonging), _object(file, attachment, belonging, sandbox))


def _belonging(session: Session, attachment: Attachment, number: int) -> Belonging:
    assert attachment.study is not None
    of_study = select(Instance.facts).join(Instance.series).where(Series.study_id == attachment.study_id)
    facts = session.scalars(of_study.order_by(Instance.instance_uid).limit(1)).one()
    return Belonging(attachment.study.study_uid, facts, number, attachment.title, attachment.sha256)


def _object(file: BinaryIO, attachment: Attachment, belonging: Belonging, sandbox: Decoder) -> bytes:
    if attachment.media_type == PDF:
        return encapsulated_pdf(file.read(), belonging)
    whole = jpeg.baseline(file.read()) if attachment.media_type == JPEG else None
    return secondary_capture(whole or _decoded(file, attachment, sandbox), belonging)


def _decoded(file: BinaryIO, attachment: Attachment, sandbox: Decoder) -> Native:
    result, blobs = sandbox.make_native(file)
    pixels = b"".join(data for _, data in blobs)
    if "reason" in result:
        raise Refused(f"{attachment.title}: {result['reason']}.")
    rows, columns, samples = (int(result[key]) for key in ("rows", "columns", "samples"))
    if max(rows, columns) > MOST_PIXELS_A_SIDE or len(pixels) != rows * columns * samples:
        raise Refused(f"{attachment.title}: it is wider or higher than DICOM allows.")
    return Native(rows, columns, samples, pixels)
