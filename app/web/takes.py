"""Taking pictures away: what a phone can keep and a friend can open, as a ZIP of JPEG or PNG, or as one PDF.

They are made while they flow, so that their length is an estimate and a break begins anew. A child process
that stands back for everybody else makes them; of such downloads one a link and two a host run at once.
"""

import re
from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

from flask import Blueprint, Response, request
from limits import parse

from app.dicom.picture import JPEG, PNG
from app.dicom.screen import sound
from app.dicom.window import FUNCTIONS, LINEAR, Window
from app.pictures.archive import archive
from app.pictures.choice import Choice, Mark, Selection, Shown, Which, select
from app.pictures.estimate import estimate
from app.pictures.layout import fewer
from app.shares import visits
from app.shares.models import Right
from app.viewer.manifest import manifest
from app.web.asked_series import ID, asked_series, unclear
from app.web.contact_sheet import LONGEST, contact_sheet
from app.web.context import site
from app.web.pace import keep_pace
from app.web.slots import StreamSlots
from app.web.take_words import Words, words_of
from app.web.taking import Taker
from app.web.visitor import require_visit

bp = Blueprint("takes", __name__)
PACE = parse("30/hour")
"""Downloads of pictures a key; each may take minutes of a processor."""
MARK = re.compile(r"([a-z2-7]{16})/([0-9]{1,6})")
MOST_EVERY = 1000
PAGE, EMPTY = 1500, 4000
"""Bytes of a page of the PDF and of what stands around all, besides the pictures."""


class Taking(NamedTuple):
    """One download as it was asked for."""

    taker: Taker
    choice: Choice
    selection: Selection
    words: Words


@bp.get("/view/<share_id>/pictures.zip")
def pictures_zip(share_id: str) -> Response:
    """Send pictures as JPEG or PNG. HEAD tells how many there are, and about how many bytes."""
    taking = _taking(share_id)
    choice, selection, words = taking.choice, taking.selection, taking.words
    store = taking.taker.here.store
    about = estimate(selection, store, choice.form)
    chunks = archive(store, selection, choice, words.band, words.readme(selection))
    return _answer(taking, chunks, about, "application/zip", "zip")


@bp.get("/view/<share_id>/pictures.pdf")
def pictures_pdf(share_id: str) -> Response:
    """Send the contact sheet. HEAD tells how many pictures are on it, and about how many bytes it has."""
    taking = _taking(share_id)
    selection = fewer(taking.selection)
    store = taking.taker.here.store
    about = EMPTY + estimate(selection, store, JPEG, LONGEST) + PAGE * ceil(selection.size / 20)
    chunks = contact_sheet(store, selection, taking.choice, taking.words)
    return _answer(taking._replace(selection=selection), chunks, about, "application/pdf", "pdf")


def _taking(share_id: str) -> Taking:
    here, choice = site(), _choice()
    with here.sessions() as session:
        visit = require_visit(session, share_id, Right.DOWNLOAD)
        selection = select(session, visit.share, choice)
        rights, now = visits.rights_of(visit.key), here.now()
        head = manifest(session, visit.share, visit.organisation, rights, now).head
        return Taking(Taker.of(visit), choice, selection, words_of(visit, head, selection, choice, now))


def _answer(taking: Taking, chunks: Iterator[bytes], about: int, mimetype: str, extension: str) -> Response:
    count, form = taking.selection.size, taking.choice.form
    response = Response(status=200, mimetype=mimetype, direct_passthrough=True)
    response.headers["X-Pictures"] = str(count)
    response.headers["X-Estimated-Length"] = str(about)
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that buffers would outlive a revocation
    name = f"pictures-{taking.taker.here.now():%Y-%m-%d}.{extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if request.method == "HEAD":
        return response
    keep_pace("takes", PACE, taking.taker.about["key_id"])
    response.response = taking.taker.begin(
        StreamSlots(taking.taker.here.config.data_dir / "run" / "streams").take_drawing,
        chunks,
        form=f"pictures-{extension}" if extension == "pdf" else f"pictures-{form}",
        pictures=count,
        named=bool(taking.words.person),
        study_uids=taking.selection.study_uids,
    )
    return response


def _choice() -> Choice:
    """Return what the address asks for. Raises Unacceptable for what it cannot mean."""
    asked = request.args
    try:
        which, every = Which(asked.get("which", Which.ALL)), int(asked.get("every", "1"))
        marks = [_mark(one) for one in asked.get("marks", "").split(",") if one]
    except ValueError:
        raise unclear() from None
    form = asked.get("form", JPEG)
    if form not in (JPEG, PNG) or not 1 <= every <= MOST_EVERY:
        raise unclear()
    return Choice(
        which,
        asked_series(),
        every,
        frozenset(marks),
        form,
        asked.get("name") == "yes",
        _shown(),
    )


def _mark(text: str) -> Mark:
    found = MARK.fullmatch(text)
    if not found:
        raise ValueError(text)
    return found[1], int(found[2])


def _shown() -> Shown | None:
    """Return how a series is set in the viewer: ``shown=<series>,<center>,<width>,<function>,<inverted>``."""
    text = request.args.get("shown")
    if text is None:
        return None
    try:
        series_id, center, width, function, inverted = text.split(",")
        window = Window(float(center), float(width), function=function or LINEAR)
    except ValueError:
        raise unclear() from None
    if not ID.fullmatch(series_id) or window.function not in FUNCTIONS or not sound(window):
        raise unclear()
    return Shown(series_id, window, inverted == "1")
