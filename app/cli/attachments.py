"""``flask disc attachments``: what a disc has besides its instances, and all that as DICOM for archives."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from app.audit import Action, record
from app.audit.actor import OPERATOR
from app.cli.output import common, emit, organisation, site
from app.errors import NeedsReview, Refused
from app.ingest.sandbox import Sandbox
from app.ingest.wrapped import wrapped
from app.studies import queries
from app.studies.attachments import attachments_of
from app.studies.models import Attachment, Disc, DiscState


@click.command("attachments")
@common
@click.argument("disc_id")
@click.option(
    "--wrap",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each that belongs to a study as a DICOM file into this folder.",
)
def attachments(disc_id: str, folder: Path | None) -> None:
    """List reports and photos of a disc; with --wrap also write them as DICOM, to be sent to an archive."""
    here = site()
    with here.sessions.begin() as session:
        disc = queries.find_disc(session, organisation(session).id, disc_id)
        found = attachments_of(session, disc)
        files = _wrap(session, disc, found, folder) if folder else {}
        documents = [_document(one) | files.get(one.id, {}) for one in found]
    emit(documents, *(_line(document) for document in documents))


def _wrap(session: Session, disc: Disc, found: list[Attachment], folder: Path) -> dict[str, dict[str, str]]:
    """Write what belongs to a study; return file and SOP Instance UID of each by the attachment's id."""
    if disc.blocked_at:
        raise Refused("This disc was stopped: nothing on it may leave.")
    if disc.state == DiscState.NEEDS_REVIEW:
        raise NeedsReview("Somebody must first decide about this disc.")
    here, written = site(), {}
    folder.mkdir(parents=True, exist_ok=True)
    with Sandbox(1) as sandbox:
        for one in wrapped(session, here.store, sandbox, found):
            path = folder / f"{one.instance_uid}.dcm"
            path.write_bytes(one.data)
            written[one.attachment.id] = {"file": str(path), "instance_uid": one.instance_uid}
    record(
        session,
        Action.DOWNLOADED,
        OPERATOR,
        here.now(),
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        form="dicom",
        attachment_ids=sorted(written),
    )
    return written


def _document(attachment: Attachment) -> dict[str, Any]:
    return {
        "attachment_id": attachment.id,
        "study_uid": attachment.study.study_uid if attachment.study else None,
        "kind": attachment.kind,
        "title": attachment.title,
        "media_type": attachment.media_type,
        "path": attachment.file.path,
        "bytes": attachment.file.size,
        "sha256": attachment.sha256,
    }


def _line(document: dict[str, Any]) -> str:
    where = document.get("file") or document["study_uid"] or "of no study"
    return f"{document['attachment_id']}  {document['kind']:<6}  {document['title']}  {where}"
