"""Discs for staff: the list, one disc with its verdict, and how far it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.rights import StaffRight, may
from app.errors import NotFound
from app.ingest.decisions import can_undo
from app.ingest.quotas import room_of
from app.requests import service as requests
from app.shares import service as shares
from app.shares.models import Share, ShareState
from app.shares.stop import reach, shares_by_disc
from app.storage import keys
from app.studies import elsewhere, overview, queries, retention
from app.studies.models import Disc, DiscState
from app.studies.overview import PatientLine
from app.studies.receipt import numbers_missing
from app.web.asked_page import asked_page, asked_words
from app.web.attachments import attached
from app.web.context import site
from app.web.differences import beside
from app.web.history_words import opening_words
from app.web.pictures import send_picture
from app.web.review_words import discs_in_question, review_words
from app.web.staff import current_staff, staff_only
from app.web.states import disc_state, times
from app.web.texts import _

bp = Blueprint("discs", __name__)

PAGE = 25


class Progress(NamedTuple):
    """How far a disc is: ``done`` of ``total`` files, or of pictures once it is ready."""

    title: str
    done: int
    total: int
    going_on: bool

    @property
    def percent(self) -> int:
        """Done in whole per cent, 100 only at the end."""
        return min(99, self.done * 100 // self.total) if self.going_on and self.total else 100


@bp.get("/")
@staff_only(None)
def start() -> ResponseReturnValue:
    """Lead to the discs."""
    return redirect(url_for("discs.listing"))


@bp.get("/discs")
@staff_only()
def listing() -> ResponseReturnValue:
    """List discs, the newest first."""
    here, me = site(), current_staff()
    search, page = asked_words(request.args), asked_page(request.args)
    with here.sessions() as session:
        found = queries.list_discs(
            session, me.organisation.id, search=search, limit=PAGE + 1, offset=(page - 1) * PAGE
        )
        discs = found[:PAGE]
        deleted = retention.deleted_discs(session, me.organisation.id, here.now())
        waiting = requests.waiting_room(session, me.organisation.id) if page == 1 and not search else []
        return render_template(
            "discs/list.html",
            discs=discs,
            waiting=waiting,
            contents=overview.contents(session, [*discs, *deleted, *(one.disc for one in waiting)]),
            links=shares_by_disc(session, [disc.id for disc in discs], here.now()),
            deleted=deleted,
            room=room_of(session, me.organisation.id) if may(me.role, StaffRight.ADMINISTER) else None,
            address=lambda number: url_for("discs.listing", q=search or None, page=number),
            search=search,
            page=page,
            more=len(found) > PAGE,
            now=here.now(),
        )


@bp.get("/discs/<disc_id>")
@staff_only()
def show(disc_id: str) -> ResponseReturnValue:
    """Show a disc: one verdict, then patient, studies and links, then the account of its files."""
    here, me = site(), current_staff()
    with here.sessions() as session:
        disc = queries.find_disc(session, me.organisation.id, disc_id)
        patients = overview.contents(session, [disc]).get(disc.id, [])
        links = shares.list_shares(session, me.organisation.id, disc_id=disc.id)
        return render_template(
            "discs/disc.html",
            disc=disc,
            progress=progress_of(disc, overview.file_counts(session, disc), patients),
            patients=patients,
            elsewhere=elsewhere.same_studies(session, disc),
            discs_in_question=elsewhere.named(session, me.organisation.id, discs_in_question(disc)),
            can_undo=can_undo(session, disc),
            delivery=requests.find_delivery(session, disc),
            candidates=requests.candidates(session, disc) if disc.waiting_since else [],
            middles=overview.middles(session, disc),
            receipt=queries.receipt(session, disc),
            told=overview.files_to_explain(session, disc),
            gaps=numbers_missing(session, disc),
            shares=links,
            released_until=_released_until(links, here.now()),
            **attached(session, disc),
            reach=reach(session, disc) if disc.blocked_at else None,
            state_of=shares.state_of,
            now=here.now(),
        )


@bp.get("/discs/<disc_id>/progress")
@staff_only(passive=True)
def progress(disc_id: str) -> Response:
    """Tell how far a disc is; pages ask this by themselves, so it does not prolong a session."""
    with site().sessions() as session:
        disc = queries.find_disc(session, current_staff().organisation.id, disc_id)
        counts = overview.file_counts(session, disc)
        far = progress_of(disc, counts, overview.contents(session, [disc]).get(disc.id, []))
        return jsonify(state=disc.state, percent=far.percent, **far._asdict())


@bp.get("/discs/<disc_id>/preview/<instance_id>.webp")
@staff_only(passive=True)
def preview(disc_id: str, instance_id: str) -> Response:
    """Send the small picture of an instance."""
    here, me = site(), current_staff()
    with here.sessions() as session:
        disc = queries.find_disc(session, me.organisation.id, disc_id)
        instance = overview.find_shown(session, disc, instance_id)
        if instance is None:
            raise NotFound(_("There is no such picture."))
    response = send_picture(instance, keys.preview(me.organisation.id, instance.sha256), "image/webp")
    response.headers["Cache-Control"] = "private, max-age=900"
    return response


def _released_until(links: Iterable[Share], now: datetime) -> datetime | None:
    """Return until when emergency links of a disc are open, if one is."""
    released = (share for share in links if share.released_because)
    return max(
        (share.expires_at for share in released if shares.state_of(share, now) is ShareState.LIVE),
        default=None,
    )


def progress_of(disc: Disc, counts: overview.FileCounts, patients: list[PatientLine]) -> Progress:
    """Return how far a disc is on the step where it stands."""
    if disc.state == DiscState.RECEIVING:
        return Progress(_("Still arriving"), counts.received, counts.announced, True)
    if disc.state == DiscState.INGESTING:
        return Progress(_("Being checked"), counts.read, counts.received, True)
    images = sum(patient.images for patient in patients)
    prepared = sum(
        line.prepared for patient in patients for study in patient.studies for line in study.series
    )
    return Progress(_("Pictures are being prepared"), prepared, images, prepared < images)


def deeds(disc: Disc) -> dict[str, Any]:
    """Return what a disc allows now: to be shared, decided, stopped."""
    shareable = disc.state in (DiscState.READY, DiscState.RECEIVING, DiscState.INGESTING)
    return {
        "share": shareable and not disc.blocked_at and not disc.waiting_since,
        "decide": disc.state == DiscState.NEEDS_REVIEW and not disc.blocked_at,
        "stop": not disc.blocked_at and not disc.waiting_since and disc.state != DiscState.FAILED,
    }


@bp.app_context_processor
def words() -> dict[str, Any]:
    """Give pages the words for states."""
    return {
        "disc_state": disc_state,
        "deeds": deeds,
        "review_words": review_words,
        "beside": beside,
        "opening_words": opening_words,
        "times": times,
    }
