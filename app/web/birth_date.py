"""Before a disc's first share: the birth date, typed from an ID or order while the images' own is hidden."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts.rights import Staff, StaffRight
from app.errors import Unacceptable
from app.studies import birth_date, queries
from app.studies.models import Disc, DiscPatient
from app.web.context import site
from app.web.staff import current_staff, staff_actor, staff_only, staff_or_none
from app.web.texts import _

bp = Blueprint("birth_date", __name__)


def asked_first(session: Session, disc_id: str, patient_key: str | None = None) -> ResponseReturnValue | None:
    """Return where to go before ``disc_id`` may be shared, or None where nothing is in the way."""
    me = current_staff()
    disc = queries.find_disc(session, me.organisation.id, disc_id)
    meant = [one for one in _kept(session, disc) if patient_key in (None, "", one.id)]
    open_ = [one for one in meant if birth_date.is_awaited(me.organisation, disc, one)]
    if birth_date.is_unknown(me.organisation, disc) or (meant and len(open_) == len(meant)):
        return redirect(url_for("birth_date.ask", disc_id=disc_id), 303)
    return None


@bp.get("/discs/<disc_id>/birth-date")
@staff_only(StaffRight.SHARE)
def ask(disc_id: str) -> ResponseReturnValue:
    """Ask for the birth date."""
    return _page(disc_id)


@bp.post("/discs/<disc_id>/birth-date")
@staff_only(StaffRight.SHARE)
def answer(disc_id: str) -> ResponseReturnValue:
    """Compare what was typed; go on to the link, or stop."""
    here, me, typed = site(), current_staff(), _typed()
    with here.sessions.begin() as session:
        disc = queries.find_disc(session, me.organisation.id, disc_id)
        if birth_date.is_unknown(me.organisation, disc):
            birth_date.expect(session, disc, typed, by=staff_actor(), now=here.now())
            return redirect(url_for("shares.create", disc_id=disc_id), 303)
        awaited = [one for one in _kept(session, disc) if birth_date.is_awaited(me.organisation, disc, one)]
        right = not awaited or birth_date.check(
            session, disc, awaited, typed, by=staff_actor(), now=here.now()
        )
        wait = disc.state == "needs_review"
    if right:
        return redirect(url_for("shares.create", disc_id=disc_id), 303)
    if wait:
        flash(_("The birth date was wrong three times. Somebody must decide about this disc."), "warn")
        return redirect(url_for("discs.show", disc_id=disc_id), 303)
    return _page(disc_id, wrong=typed), 409


def _page(disc_id: str, wrong: date | None = None) -> str:
    here, me = site(), current_staff()
    with here.sessions() as session:
        disc = queries.find_disc(session, me.organisation.id, disc_id)
        return render_template(
            "discs/birth_date.html", disc=disc, patients=_kept(session, disc), wrong=wrong, today=here.now()
        )


def _typed() -> date:
    try:
        return date.fromisoformat(request.form.get("birth_date", ""))
    except ValueError:
        raise Unacceptable(_("Type the birth date: day, month and year.")) from None


def _kept(session: Session, disc: Disc) -> list[DiscPatient]:
    return queries.kept_patients(session, disc)


@bp.app_context_processor
def hiding() -> dict[str, object]:
    """Let pages hide a birth date that is still to be typed."""
    me: Staff | None = staff_or_none()

    def hides(disc: Disc, patient: DiscPatient) -> bool:
        return me is not None and birth_date.is_awaited(me.organisation, disc, patient)

    return {"hides_birth_date": hides}
