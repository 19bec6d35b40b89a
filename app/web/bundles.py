"""Saving what a link shows, as a ZIP or an ISO image that every importer takes: length known, any range."""

import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple, cast

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audit import Action
from app.bundles.choice import Choice
from app.bundles.compatible import NotMade
from app.bundles.entries import Layout
from app.bundles.of_share import Bundles
from app.bundles.plan import Plan
from app.bundles.stream import Damaged, stream
from app.errors import NotFound
from app.shares.models import Right
from app.web.asked_series import asked_series
from app.web.context import site
from app.web.download import Download
from app.web.i18n import spoken
from app.web.ranges import Span, Unsatisfiable, wanted
from app.web.slots import StreamSlots
from app.web.taking import Taker
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
    choice: Choice = Choice()


@bp.get("/view/<share_id>/bundle.zip")
def bundle_zip(share_id: str) -> Response:
    """Send the ZIP, or one range of it. HEAD tells the length and leaves no trace.

    ``series=<id>,<id>``: these alone. ``compatible=yes``: everything in Explicit VR Little Endian, once made.
    """
    return _send(share_id, lambda plan: Taken(plan, plan.archive, "application/zip", "zip"))


@bp.get("/view/<share_id>/bundle.iso")
def bundle_iso(share_id: str) -> Response:
    """Send the same as an ISO image, to be burned or mounted."""
    return _send(share_id, lambda plan: Taken(plan, plan.iso, "application/x-iso9660-image", "iso"))


def _send(share_id: str, take: Callable[[Plan], Taken]) -> Response:
    with site().sessions() as session:
        visit = require_visit(session, share_id, Right.DOWNLOAD)
        choice = Choice(asked_series(), request.args.get("compatible") == "yes")
        taken = take(plan_of(session, visit, choice))._replace(choice=choice)
        taker = Taker.of(visit)
    length = taken.layout.length
    if request.method == "HEAD":
        return _answer(taken, None)
    try:
        headers = request.headers
        span = wanted(headers.get("Range"), headers.get("If-Range"), taken.layout.etag, length)
    except Unsatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{length}"})
    response = _answer(taken, span)
    response.response = _body(taker, taken, span or Span(0, length))
    return response


def plan_of(session: Session, visit: Visit, choice: Choice) -> Plan:
    """Return the plan of what is chosen, in the page's language.

    Raises NotFound for what there is not, or not yet.
    """
    try:
        return _bundles().chosen(session, visit.share, visit.organisation, choice, site().now(), spoken())
    except NotMade:
        raise NotFound(
            _("This copy is not ready, or its time is over. Go back and have it made again.")
        ) from None


def _bundles() -> Bundles:
    """Return this application's bundles; their memory lasts as long as the process."""
    known = current_app.extensions
    if BUNDLES not in known:
        known[BUNDLES] = Bundles(site().store, site().documents, site().config.base_url)
    return cast(Bundles, known[BUNDLES])


def _answer(taken: Taken, span: Span | None) -> Response:
    """Return the answer without its body."""
    length, made_at = taken.layout.length, taken.plan.made_at
    response = Response(status=206 if span else 200, mimetype=taken.mimetype, direct_passthrough=True)
    if span:
        response.headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{length}"
    response.headers["Content-Length"] = str(span.end - span.start if span else length)
    kind = "-some" * bool(taken.choice.series_ids) + "-compatible" * taken.choice.plain
    response.headers["Content-Disposition"] = (
        f'attachment; filename="medical-images-{made_at:%Y-%m-%d}{kind}.{taken.extension}"'
    )
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = taken.layout.etag
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that buffers would outlive a revocation
    return response


def _body(taker: Taker, taken: Taken, span: Span) -> Download:
    """Return a range of a bundle on its way out. Raises TooSoon."""
    here, plan = taker.here, taken.plan
    chunks = stream(taken.layout, here.store, span.start, span.end)
    return taker.begin(
        StreamSlots(here.config.data_dir / "run" / "streams").take,
        _watched(chunks, taker),
        start=span.start,
        end=span.end,
        of=taken.layout.length,
        form=taken.extension,
        study_uids=list(plan.study_uids),
        instances=plan.listed + plan.unlisted,
        **({"choice": taken.choice.name} if taken.choice.name else {}),
    )


def _watched(chunks: Iterator[bytes], taker: Taker) -> Iterator[bytes]:
    """Tell the operator, in the log and the audit log, of an original that is not what it was."""
    try:
        yield from chunks
    except Damaged as why:
        logger.exception(
            "ALERT: the bundle of share %s stops: an original is damaged", taker.about["share_id"]
        )
        taker.note(Action.ORIGINAL_DAMAGED, file=why.name, reason=why.reason)
        raise
