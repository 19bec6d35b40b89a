"""The waiting room: staff accept, match or refuse what was sent to them."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts.rights import StaffRight
from app.errors import NotFound
from app.ingest.begin import Expected
from app.requests import service
from app.studies import queries
from app.studies.models import Disc
from app.web.context import site
from app.web.request_form import read_expected
from app.web.staff import current_staff, staff_actor, staff_only
from app.web.texts import _

bp = Blueprint("waiting_room", __name__)


@contextmanager
def _deed(disc_id: str) -> Iterator[tuple[Session, Disc]]:
    with site().sessions.begin() as session:
        yield session, queries.find_disc(session, current_staff().organisation.id, disc_id)


@bp.post("/discs/<disc_id>/accept")
@staff_only(StaffRight.REVIEW)
def accept(disc_id: str) -> ResponseReturnValue:
    """Make a waiting disc one like any other."""
    with _deed(disc_id) as (session, disc):
        service.accept(session, disc, by=staff_actor(), user_id=current_staff().user.id, now=site().now())
    flash(_("The disc is accepted. It can be shared like any other."), "good")
    return _back(disc_id)


@bp.post("/discs/<disc_id>/match")
@staff_only(StaffRight.REVIEW)
def match(disc_id: str) -> ResponseReturnValue:
    """Say whom a waiting disc is for; where its images say so too, it is accepted at once."""
    by, now = staff_actor(), site().now()
    with _deed(disc_id) as (session, disc):
        if matched := service.match(session, disc, _expected(session, disc), by=by, now=now):
            service.accept(session, disc, by=by, user_id=current_staff().user.id, now=now)
    if matched:
        flash(_("It matches. The disc is accepted and can be shared like any other."), "good")
    else:
        flash(_("The images say otherwise. Compare the two below."), "warn")
    return _back(disc_id)


@bp.post("/discs/<disc_id>/refuse")
@staff_only(StaffRight.REVIEW)
def refuse(disc_id: str) -> ResponseReturnValue:
    """Send a waiting disc away, with a reason."""
    said = [request.form.get(name, "").strip() for name in ("reason", "because")]
    with _deed(disc_id) as (session, disc):
        service.refuse(
            session,
            disc,
            because=". ".join(filter(None, said)),
            by=staff_actor(),
            user_id=current_staff().user.id,
            now=site().now(),
        )
    flash(
        _("Not accepted. Whoever sent it is told to call. For 24 hours you can bring it back: see below."),
        "good",
    )
    return redirect(url_for("discs.listing"), 303)


def _expected(session: Session, disc: Disc) -> Expected:
    """Return the person typed, or the one whom somebody chose among those who are here."""
    chosen = request.form.get("like")
    if not chosen:
        return read_expected(request.form)
    found = [one for one in service.candidates(session, disc) if one.id == chosen]
    if not found:
        raise NotFound(_("That person is not here any more."))
    return service.as_expected(found[0])


def _back(disc_id: str) -> ResponseReturnValue:
    return redirect(url_for("discs.show", disc_id=disc_id), 303)
