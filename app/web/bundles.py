"""Saving what a link shows, as a ZIP or an ISO image that every importer takes: length known, any range."""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple, cast

from flask import Blueprint, Response, current_app, request

from app.audit import Action, Actor, record
from app.bundles.entries import Layout
from app.bundles.of_share import Bundles
from app.bundles.plan import Plan
from app.bundles.stream import Damaged, stream
from app.errors import TooSoon
from app.shares.models import Right, ShareKey
from app.shares.states import key_over
from app.site import Site
from app.web.context import site
from app.web.download import Download
from app.web.ranges import Span, Unsatisfiable, wanted
from app.web.slots import StreamSlots
from app.web.visitor import Visit, require_visit

bp = Blueprint("bundles", __name__)
BUNDLES = "virtual-cd-bundles"
logger = logging.getLogger(__name__)


class Taken(NamedTuple):
    """A bundle as it is sent: the plan, its bytes' layout, and what a browser is told of it."""

    plan: Plan
    layout: Layout
    mimetype: str
    extension: str


@bp.get("/view/<share_id>/bundle.zip")
def bundle_zip(share_id: str) -> Response:
    """Send the ZIP, or one range of it. HEAD tells the length and leaves no trace."""
    return _send(share_id, lambda plan: Taken(plan, plan.archive, "application/zip", "zip"))


@bp.get("/view/<share_id>/bundle.iso")
def bundle_iso(share_id: str) -> Response:
    """Send the same as an ISO image, to be burned or mounted."""
    return _send(share_id, lambda plan: Taken(plan, plan.iso, "application/x-iso9660-image", "iso"))


def _send(share_id: str, take: Callable[[Plan], Taken]) -> Response:
    with site().sessions() as session:
        visit = require_visit(session, share_id, Right.DOWNLOAD)
        taken = take(_bundles().plan_of(session, visit.share, visit.organisation))
        by, about = visit.actor, _about(visit)
    length = taken.layout.length
    if request.method == "HEAD":
        return _answer(taken, None)
    try:
        headers = request.headers
        span = wanted(headers.get("Range"), headers.get("If-Range"), taken.layout.etag, length)
    except Unsatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{length}"})
    response = _answer(taken, span)
    response.response = _started(by, about, taken, span or Span(0, length))
    return response


def _bundles() -> Bundles:
    """Return this application's bundles; their memory lasts as long as the process."""
    known = current_app.extensions
    if BUNDLES not in known:
        known[BUNDLES] = Bundles(site().store, site().documents, site().config.base_url)
    return cast(Bundles, known[BUNDLES])


def _about(visit: Visit) -> dict[str, str]:
    share = visit.share
    return {
        "organisation_id": share.organisation_id,
        "disc_id": share.disc_id,
        "share_id": share.id,
        "key_id": visit.key.id,
    }


def _answer(taken: Taken, span: Span | None) -> Response:
    """Return the answer without its body."""
    length, made_at = taken.layout.length, taken.plan.made_at
    response = Response(status=206 if span else 200, mimetype=taken.mimetype, direct_passthrough=True)
    if span:
        response.headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{length}"
    response.headers["Content-Length"] = str(span.end - span.start if span else length)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="medical-images-{made_at:%Y-%m-%d}.{taken.extension}"'
    )
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = taken.layout.etag
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that buffers would outlive a revocation
    return response


def _started(by: Actor, about: dict[str, str], taken: Taken, span: Span) -> Download:
    """Take a slot, write down that it starts, and return the body. Raises TooSoon, audited."""
    here, note = site(), partial(_note, site(), by, about)
    try:
        slot = StreamSlots(here.config.data_dir / "run" / "streams").take(about["key_id"])
    except TooSoon:
        note(Action.DOWNLOAD_DENIED, reason="too_many_at_once")
        raise
    try:
        note(
            Action.DOWNLOADED,
            start=span.start,
            end=span.end,
            of=taken.layout.length,
            form=taken.extension,
            study_uids=list(taken.plan.study_uids),
            instances=taken.plan.listed + taken.plan.unlisted,
        )
    except BaseException:
        slot.release()
        raise

    def ended(sent: int, outcome: str) -> None:
        slot.release()
        note(Action.DOWNLOAD_ENDED, bytes=sent, outcome=outcome)

    chunks = stream(taken.layout, here.store, span.start, span.end)
    return Download(_watched(chunks, note, about["share_id"]), lambda: _goes_on(here, about["key_id"]), ended)


def _note(here: Site, by: Actor, about: dict[str, str], action: Action, **details: Any) -> None:
    with here.sessions.begin() as session:
        record(session, action, by, here.now(), **about, **details)


def _goes_on(here: Site, key_id: str) -> bool:
    """Tell whether the key and its share still allow what was begun, by the rows as they are now."""
    with here.sessions() as session:
        key = session.get(ShareKey, key_id)
        return key is not None and key_over(key, here.now()) is None


def _watched(chunks: Iterator[bytes], note: Callable[..., None], share_id: str) -> Iterator[bytes]:
    """Tell the operator, in the log and the audit log, of an original that is not what it was."""
    try:
        yield from chunks
    except Damaged as why:
        logger.exception("ALERT: the bundle of share %s stops: an original is damaged", share_id)
        note(Action.ORIGINAL_DAMAGED, file=why.name, reason=why.reason)
        raise
