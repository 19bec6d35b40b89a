"""Documents as answers: a PDF that can do nothing, a photo written anew, or the file as it was received."""

from flask import Response
from flask_babel import gettext as _

from app.dicom.content import JPEG, PDF, PNG
from app.errors import NotFound
from app.storage import ObjectNotFound, keys
from app.studies.models import Attachment
from app.web.stored import send_stored

POLICY = "sandbox; default-src 'none'; frame-ancestors 'self'"
"""Of what a stranger wrote. The frame around it needs no sandbox attribute: with one, no PDF is shown."""
EXTENSIONS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}


def send_to_read(attachment: Attachment) -> Response:
    """Send an attachment to be looked at: of a picture the copy that the sandbox wrote, not its bytes."""
    if attachment.is_picture:
        response = _sent(keys.display_frame(attachment.organisation_id, attachment.sha256, 0), JPEG)
    else:
        response = _original(attachment, PDF)
    return inert(response)


def send_small(attachment: Attachment) -> Response:
    """Send the small picture of a photo. Raises NotFound for what is none."""
    if not attachment.is_picture:
        raise NotFound(_("There is nothing here."))
    return _sent(keys.preview(attachment.organisation_id, attachment.sha256), "image/webp")


def send_to_keep(attachment: Attachment) -> Response:
    """Send an attachment as it was received, to be saved; its name tells nothing."""
    response = inert(_original(attachment, attachment.media_type))
    name = f"{attachment.kind}.{EXTENSIONS[attachment.media_type]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def inert(response: Response) -> Response:
    """Make an answer one that is shown and can do nothing."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Disposition"] = "inline"
    return response


def _original(attachment: Attachment, content_type: str) -> Response:
    kept = attachment.original
    key = keys.original(attachment.organisation_id, attachment.sha256)
    return _sent(key, content_type, gzipped=kept.encoding == "gzip", size=kept.size)


def _sent(key: str, content_type: str, *, gzipped: bool = False, size: int | None = None) -> Response:
    try:
        return send_stored(key, content_type, gzipped=gzipped, size=size)
    except ObjectNotFound:
        raise NotFound(_("There is nothing here.")) from None
