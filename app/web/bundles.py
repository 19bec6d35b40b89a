"""Saving what a link shows: one ZIP that every importer takes, its length known, any range to be had."""

import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from app.audit import Action, Actor, record
from app.bundles.cache import Plans
from app.bundles.of_share import plan_of
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
PLANS = "virtual-cd-plans"
logger = logging.getLogger(__name__)


@bp.record
def _init(state: BlueprintSetupState) -> None:
    state.app.extensions[PLANS] = Plans()


@bp.get("/view/<share_id>/bundle.zip")
def bundle_zip(share_id: str) -> Response:
    """Send the ZIP, or one range of it. HEAD tells the length and leaves no trace."""
    with site().sessions() as session:
        visit = require_visit(session, share_id, Right.DOWNLOAD)
        plan = plan_of(session, visit.share, visit.organisation, current_app.extensions[PLANS])
        by, about = visit.actor, _about(visit)
    archive = plan.archive
    if request.method == "HEAD":
        return _answer(plan, None)
    try:
        headers = request.headers
        span = wanted(headers.get("Range"), headers.get("If-Range"), archive.etag, archive.length)
    except Unsatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{archive.length}"})
    response = _answer(plan, span)
    response.response = _started(by, about, plan, span or Span(0, archive.length))
    return response


def _about(visit: Visit) -> dict[str, str]:
    share = visit.share
    return {
        "organisation_id": share.organisation_id,
        "disc_id": share.disc_id,
        "share_id": share.id,
        "key_id": visit.key.id,
    }


def _answer(plan: Plan, span: Span | None) -> Response:
    """Return the answer without its body."""
    archive = plan.archive
    response = Response(status=206 if span else 200, mimetype="application/zip", direct_passthrough=True)
    if span:
        response.headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{archive.length}"
    response.headers["Content-Length"] = str(span.end - span.start if span else archive.length)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="medical-images-{plan.made_at:%Y-%m-%d}.zip"'
    )
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = archive.etag
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that buffers would outlive a revocation
    return response


def _started(by: Actor, about: dict[str, str], plan: Plan, span: Span) -> Download:
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
            of=plan.archive.length,
            study_uids=list(plan.study_uids),
            instances=plan.listed + plan.unlisted,
        )
    except BaseException:
        slot.release()
        raise

    def ended(sent: int, outcome: str) -> None:
        slot.release()
        note(Action.DOWNLOAD_ENDED, bytes=sent, outcome=outcome)

    chunks = _logged(stream(plan.archive, here.store, span.start, span.end), about["share_id"])
    return Download(chunks, lambda: _goes_on(here, about["key_id"]), ended)


def _note(here: Site, by: Actor, about: dict[str, str], action: Action, **details: Any) -> None:
    with here.sessions.begin() as session:
        record(session, action, by, here.now(), **about, **details)


def _goes_on(here: Site, key_id: str) -> bool:
    """Tell whether the key and its share still allow what was begun, by the rows as they are now."""
    with here.sessions() as session:
        key = session.get(ShareKey, key_id)
        return key is not None and key_over(key, here.now()) is None


def _logged(chunks: Iterator[bytes], share_id: str) -> Iterator[bytes]:
    try:
        yield from chunks
    except Damaged:
        logger.exception("the bundle of share %s stops", share_id)
        raise
