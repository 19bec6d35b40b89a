"""What staff decide about a whole disc: whose images it holds, that it was the wrong one, that it goes."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts.rights import StaffRight
from app.errors import Unacceptable
from app.ingest import decisions
from app.shares.stop import stop_disc
from app.studies import queries, retention
from app.studies.models import Disc, PatientDecision
from app.web.context import site
from app.web.staff import current_staff, staff_actor, staff_only
from app.web.texts import _

bp = Blueprint("decisions", __name__)

LONGEST_REASON = 500
AS_EXPECTED = "expected"


@contextmanager
def _deed(disc_id: str) -> Iterator[tuple[Session, Disc]]:
    with site().sessions.begin() as session:
        yield session, queries.find_disc(session, current_staff().organisation.id, disc_id)


def _back(disc_id: str) -> ResponseReturnValue:
    return redirect(url_for("discs.show", disc_id=disc_id), 303)


@bp.post("/discs/<disc_id>/decide")
@staff_only(StaffRight.REVIEW)
def decide(disc_id: str) -> ResponseReturnValue:
    """Keep each patient found, as found or as the expected one, or leave them out; with a reason."""
    because, me = _because(), current_staff()
    with _deed(disc_id) as (session, disc):
        chosen = {
            patient.id: request.form.get(f"patient-{patient.id}")
            for patient in queries.patients_of(session, disc)
        }
        decisions.decide(
            session,
            disc,
            keep=[key for key, choice in chosen.items() if choice in (PatientDecision.KEEP, AS_EXPECTED)],
            as_expected=[key for key, choice in chosen.items() if choice == AS_EXPECTED],
            because=because,
            by=staff_actor(),
            user_id=me.user.id,
            now=site().now(),
        )
    flash(_("Your decision is kept. You can take it back until the disc is shared."), "good")
    return _back(disc_id)


@bp.post("/discs/<disc_id>/undo")
@staff_only(StaffRight.REVIEW)
def undo(disc_id: str) -> ResponseReturnValue:
    """Take a decision back."""
    with _deed(disc_id) as (session, disc):
        decisions.undo(session, disc, by=staff_actor(), now=site().now())
    flash(_("The decision is taken back."), "good")
    return _back(disc_id)


@bp.post("/discs/<disc_id>/send-back")
@staff_only(StaffRight.REVIEW)
def send_back(disc_id: str) -> ResponseReturnValue:
    """Refuse the whole disc."""
    because, me = _because(), current_staff()
    with _deed(disc_id) as (session, disc):
        decisions.send_back(
            session, disc, because=because, by=staff_actor(), user_id=me.user.id, now=site().now()
        )
    flash(
        _("Give the disc back. Here it is deleted; for 24 hours you can bring it back: see below the list."),
        "good",
    )
    return redirect(url_for("discs.listing"), 303)


def _because() -> str:
    """Return the reason: the one that was clicked, and what was written beside it."""
    said = [request.form.get(name, "").strip() for name in ("reason", "because")]
    because = ". ".join(filter(None, said))[:LONGEST_REASON]
    if not because:
        raise Unacceptable(_("Say why: it is kept with the disc."))
    return because


@bp.post("/discs/<disc_id>/stop")
@staff_only(StaffRight.SHARE)
def stop(disc_id: str) -> ResponseReturnValue:
    """Block a disc that holds the wrong patient, and close all its links."""
    me, now = current_staff(), site().now()
    with _deed(disc_id) as (session, disc):
        stop_disc(session, disc, by=staff_actor(), user_id=me.user.id, now=now)
    return _back(disc_id)


@bp.post("/discs/<disc_id>/delete")
@staff_only(StaffRight.UPLOAD)
def delete(disc_id: str) -> ResponseReturnValue:
    """Delete a disc; for 24 hours it can be brought back."""
    now = site().now()
    with _deed(disc_id) as (session, disc):
        retention.delete_disc(session, disc, by=staff_actor(), now=now)
    flash(_("The disc is deleted. For 24 hours you can bring it back: see below the list."), "good")
    return redirect(url_for("discs.listing"), 303)


@bp.post("/discs/<disc_id>/restore")
@staff_only(StaffRight.UPLOAD)
def restore(disc_id: str) -> ResponseReturnValue:
    """Bring a deleted disc back."""
    here, me = site(), current_staff()
    with here.sessions.begin() as session:
        retention.restore_disc(session, me.organisation.id, disc_id, by=staff_actor(), now=here.now())
    flash(_("The disc is back."), "good")
    return _back(disc_id)
