"""The viewer for a verified visitor: its page, what it loads, and the pictures; asked anew for every byte.

The page carries the manifest and the first picture's preview: something is seen before any script runs.
"""

import gzip
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import TypeVar

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.dicom import blobs
from app.errors import NotFound, TooSoon
from app.pictures.choice import Picture
from app.pictures.reduced import picture_of, reduced
from app.shares import visits
from app.shares.models import Right
from app.storage import keys
from app.studies.models import DisplayState, Instance, Original
from app.viewer import looking
from app.viewer.access import shared_instance
from app.viewer.looking import Look
from app.viewer.manifest import Manifest, manifest
from app.web.context import site
from app.web.papers import inert
from app.web.pictures import ask_again, send_picture, wait
from app.web.stored import send_stored
from app.web.view_page import page_html
from app.web.visitor import (
    Visit,
    cookie_name,
    is_given,
    note_download,
    require_exact,
    require_visit,
    visit_row,
)

bp = Blueprint("view", __name__)

TYPES = {"htj2k": "image/jphc", "raw": "application/octet-stream"}
DOCUMENT_TYPES = {"pdf": "application/pdf", "report": "application/json"}
COMPRESSION = 5
CLEAR = '"cache", "storage"'
MOST_REDUCING = 12
"""How many requests may wait for reduced pictures at once: the other threads are for everybody else."""
_reducing = BoundedSemaphore(MOST_REDUCING)
T = TypeVar("T")


def _visiting(share_id: str, right: Right, look: Callable[[Session, Visit], T]) -> T:
    """Return what ``look`` finds for a visitor with that right; what it returns must outlive the session."""
    with site().sessions() as session:
        return look(session, require_visit(session, share_id, right))


@bp.get("/view/<share_id>")
def page(share_id: str) -> Response:
    """Show the viewer."""
    return _visiting(share_id, Right.VIEW, lambda session, visit: _compressed(_page(session, visit)))


def _page(session: Session, visit: Visit) -> str:
    return page_html(_manifest(session, visit), visit)


def _manifest(session: Session, visit: Visit) -> Manifest:
    rights = visits.rights_of(visit.key)
    return manifest(session, visit.share, visit.organisation, rights, site().now())


def _compressed(html: str) -> Response:
    """Return a page gzipped where the browser takes it: most of it is the manifest.

    Compression tells secrets only of pages that repeat what the request said; this one repeats nothing.
    """
    response = make_response(html)
    if request.accept_encodings["gzip"] > 0:
        response.data = gzip.compress(response.get_data(), COMPRESSION, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response


@bp.get("/view/<share_id>/manifest.json")
def manifest_json(share_id: str) -> Response:
    """Send what there is to see."""
    text = _visiting(share_id, Right.VIEW, lambda session, visit: _manifest(session, visit).text)
    return Response(text, mimetype="application/json")


@bp.get("/view/<share_id>/frames/<instance_id>/<int:index>")
def frame(share_id: str, instance_id: str, index: int) -> Response:
    """Send one display frame or overlay, ``index`` from 0, and note the first look at its series."""
    instance, looked = _visiting(
        share_id, Right.VIEW, lambda session, visit: _exact_picture(session, visit, instance_id)
    )
    there = blobs.stored(instance.display or {})
    if index >= len(there):
        raise NotFound("There is no such picture.")
    kept = there[index]
    if is_given() and not looked:
        _note_look(share_id, Look.at(instance.series))
    key = keys.display_frame(instance.organisation_id, instance.sha256, index)
    gzipped = bool(kept.get("gzip"))
    return send_picture(instance, key, TYPES[kept["encoding"]], gzipped=gzipped, size=kept["size"])


def _exact_picture(session: Session, visit: Visit, instance_id: str) -> tuple[Instance, bool]:
    require_exact(visit)
    return _picture(session, visit, instance_id)


@bp.get("/view/<share_id>/reduced/<instance_id>/<int:index>.jpg")
def reduced_frame(share_id: str, instance_id: str, index: int) -> Response:
    """Send one frame, ``index`` from 0, reduced to what is for looking only, and note the first look."""
    picture, instance, looked = _visiting(
        share_id, Right.VIEW, lambda session, visit: _to_reduce(session, visit, instance_id, index)
    )
    if is_given() and not looked:
        _note_look(share_id, Look.at(instance.series))
    if not is_given():
        return Response(mimetype="image/jpeg")
    if not _reducing.acquire(blocking=False):
        raise TooSoon(_("Pictures are being made for others just now. Please try again in a moment."), 1)
    try:
        painted = reduced(site().store, picture)
    finally:
        _reducing.release()
    if painted is None:
        return ask_again(instance)
    return Response(painted.data, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})


def _to_reduce(
    session: Session, visit: Visit, instance_id: str, index: int
) -> tuple[Picture, Instance, bool]:
    instance, looked = _picture(session, visit, instance_id)
    return picture_of(instance, index), instance, looked


def _picture(session: Session, visit: Visit, instance_id: str) -> tuple[Instance, bool]:
    instance = shared_instance(session, visit.share.id, instance_id)
    if instance.display_state == DisplayState.PENDING:
        wait()
    if instance.display_state != DisplayState.SHOWN:
        raise NotFound("This picture cannot be shown.")
    look = Look.at(instance.series)
    return instance, looking.has_looked(session, visit.share, visit_row(session, visit), look)


def _note_look(share_id: str, look: Look) -> None:
    now = site().now()
    with site().sessions.begin() as session:
        visit = require_visit(session, share_id, Right.VIEW)
        looking.note_look(session, visit.share, visit_row(session, visit), look, by=visit.actor, now=now)


@bp.get("/view/<share_id>/previews/<instance_id>.webp")
def preview(share_id: str, instance_id: str) -> Response:
    """Send the small picture of an instance."""
    instance, _ = _visiting(
        share_id, Right.VIEW, lambda session, visit: _picture(session, visit, instance_id)
    )
    if not (instance.display or {}).get("preview"):
        raise NotFound("There is no such picture.")
    key = keys.preview(instance.organisation_id, instance.sha256)
    return send_picture(instance, key, "image/webp")


@bp.get("/view/<share_id>/documents/<instance_id>")
def document(share_id: str, instance_id: str) -> Response:
    """Send what can be read of a document: a PDF that can do nothing, or a report's words as JSON."""
    instance, looked = _visiting(
        share_id, Right.VIEW, lambda session, visit: _document(session, visit, instance_id)
    )
    told = (instance.display or {})["document"]
    if is_given() and not looked:
        _note_look(share_id, Look.at(instance.series))
    key = keys.display_frame(instance.organisation_id, instance.sha256, 0)
    return inert(send_stored(key, DOCUMENT_TYPES[told["kind"]], gzipped=False))


def _document(session: Session, visit: Visit, instance_id: str) -> tuple[Instance, bool]:
    instance = shared_instance(session, visit.share.id, instance_id)
    if "document" not in (instance.display or {}):
        raise NotFound("There is nothing to read here.")
    look = Look.at(instance.series)
    return instance, looking.has_looked(session, visit.share, visit_row(session, visit), look)


@bp.get("/view/<share_id>/instances/<instance_id>")
def original(share_id: str, instance_id: str) -> Response:
    """Send one instance as it was received, for what cannot be shown here; the log says so."""
    with site().sessions.begin() as session:
        visit = require_visit(session, share_id, Right.DOWNLOAD)
        instance = shared_instance(session, visit.share.id, instance_id)
        kept = _to_send(session, instance)
        key, gzipped, size = (
            keys.original(kept.organisation_id, kept.sha256),
            kept.encoding == "gzip",
            kept.size,
        )
        note_download(session, visit, instance_uid=instance.instance_uid)
    response = send_stored(key, "application/dicom", gzipped=gzipped, size=size)
    response.headers["Content-Disposition"] = f'attachment; filename="{instance_id}.dcm"'
    return response


def _to_send(session: Session, instance: Instance) -> Original:
    """Return the original, or its twin with a harmless preamble where it begins like a program or a page."""
    received = session.get_one(Original, (instance.organisation_id, instance.sha256))
    if received.scrubbed_sha256 is None:
        return received
    return session.get_one(Original, (instance.organisation_id, received.scrubbed_sha256))


@bp.post("/view/<share_id>/leave")
def leave(share_id: str) -> ResponseReturnValue:
    """End the visit and let the browser forget what it saw."""
    now = site().now()
    with site().sessions.begin() as session:
        visit = require_visit(session, share_id)
        looking.leave(session, visit_row(session, visit), now)
        html = render_template("view/left.html", organisation=visit.organisation)
    response = make_response(html)
    response.delete_cookie(cookie_name(share_id), path="/")
    response.headers["Clear-Site-Data"] = CLEAR
    return response
