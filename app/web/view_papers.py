"""Reports and photos for a verified visitor: looked at, or taken along; asked anew for every byte."""

import json

from flask import Blueprint, Response
from flask_babel import gettext as _

from app.errors import NotFound
from app.shares.models import Right
from app.storage import ObjectNotFound, keys
from app.studies.models import Attachment, Study
from app.viewer import looking
from app.viewer.access import shared_attachment, shared_instance
from app.web.context import site
from app.web.papers import inert, send_to_keep, send_to_read
from app.web.report_pdf import report_pdf
from app.web.visitor import is_given, note_download, require_visit, visit_row

bp = Blueprint("view_papers", __name__)


@bp.get("/view/<share_id>/attachments/<attachment_id>")
def attachment(share_id: str, attachment_id: str) -> Response:
    """Send a report or photo to be looked at, and note the first look at its study."""
    with site().sessions.begin() as session:
        visit = require_visit(session, share_id, Right.VIEW)
        found = shared_attachment(session, share_id, attachment_id)
        if is_given():
            row, look = visit_row(session, visit), looking.Look(_study(found).study_uid)
            looking.note_look(session, visit.share, row, look, by=visit.actor, now=site().now())
        return send_to_read(found)


@bp.get("/view/<share_id>/attachments/<attachment_id>/original")
def attachment_original(share_id: str, attachment_id: str) -> Response:
    """Send a report or photo as it was received; the log says so."""
    with site().sessions.begin() as session:
        visit = require_visit(session, share_id, Right.DOWNLOAD)
        found = shared_attachment(session, share_id, attachment_id)
        note_download(session, visit, attachment_id=found.id)
        return send_to_keep(found)


@bp.get("/view/<share_id>/reports/<instance_id>.pdf")
def report(share_id: str, instance_id: str) -> Response:
    """Send one report of DICOM's as a PDF: the one inside it, or its words as pages; the log says so."""
    here = site()
    with here.sessions.begin() as session:
        visit = require_visit(session, share_id, Right.DOWNLOAD)
        instance = shared_instance(session, share_id, instance_id)
        told = (instance.display or {}).get("document")
        if told is None:
            raise NotFound(_("There is nothing here."))
        data = _read(keys.display_frame(instance.organisation_id, instance.sha256, 0))
        if told["kind"] != "pdf" and is_given():
            data = report_pdf(json.loads(data), visit.organisation.name)
        note_download(session, visit, instance_uid=instance.instance_uid)
    response = inert(Response(data, mimetype="application/pdf"))
    response.headers["Content-Disposition"] = 'attachment; filename="report.pdf"'
    return response


def _read(key: str) -> bytes:
    try:
        with site().store.open(key) as file:
            return file.read()
    except ObjectNotFound:
        raise NotFound(_("There is nothing here.")) from None


def _study(found: Attachment) -> Study:
    assert found.study is not None
    return found.study
