"""What the viewer is told of an attachment: a report as PDF or picture, or a photo."""

from typing import Any

from app.dicom.content import PDF
from app.studies.models import Attachment, AttachmentKind
from app.viewer import classes, names


def entry(base: str, attachment: Attachment, *, may_download: bool, is_new: bool) -> dict[str, Any]:
    """Return an attachment's line among the documents; ``base`` is the share's address, ``/view/<share_id>``.

    ``pdf`` is where it is had as one PDF, for whoever may download.
    """
    address = f"{base}/attachments/{attachment.id}"
    is_report = attachment.kind == AttachmentKind.REPORT
    original = f"{address}/original" if may_download else None
    return {
        "what": _what(attachment, is_report=is_report),
        "is_report": is_report,
        "is_photo": not is_report,
        "is_new": is_new,
        "title": attachment.title,
        "date": names.iso_date(attachment.study.date) if attachment.study else None,
        "original": original,
        "document": {"url": address, "kind": "photo" if attachment.is_picture else "pdf"},
        "pdf": original if is_report and attachment.media_type == PDF else None,
        "reason": None,
        "instance_uid": None,
    }


def _what(attachment: Attachment, *, is_report: bool) -> str:
    if not is_report:
        return classes.PHOTO
    return classes.NAMES[classes.PDF] if attachment.media_type == PDF else classes.REPORT
