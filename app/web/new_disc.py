"""How a disc begins on the staff side: the page, and the grant with which the page sends the files."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, url_for

from app.accounts.rights import StaffRight
from app.audit.actor import ActorKind
from app.errors import Unacceptable
from app.ingest import receive
from app.web.context import actor, site
from app.web.json_body import json_body, text_of
from app.web.login import current_staff, staff_only

bp = Blueprint("new_disc", __name__)


@bp.get("/discs/new")
@staff_only(StaffRight.UPLOAD)
def new() -> str:
    """Show the page that takes a disc in."""
    return render_template("discs/new.html")


@bp.post("/discs")
@staff_only(StaffRight.UPLOAD)
def begin() -> tuple[Response, int]:
    """Begin a disc; answer its id and the grant that the rest of the upload needs."""
    staff, here, asked = current_staff(), site(), json_body()
    with here.sessions.begin() as session:
        disc = receive.begin_disc(
            session,
            staff.organisation.id,
            source="browser",
            label=text_of(asked, "label"),
            expected=_expected(asked),
            by=actor(ActorKind.STAFF, staff.user.id),
            created_by=staff.user.id,
            now=here.now(),
        )
        grant = receive.grant_upload(session, disc, created_by=staff.user.id, now=here.now())
        disc_id = disc.id
    return jsonify(
        disc_id=disc_id,
        grant=grant,
        upload=url_for("uploads.progress", disc_id=disc_id),
        page=url_for("discs.show", disc_id=disc_id),
        share=url_for("shares.create", disc_id=disc_id),
    ), 201


def _expected(asked: dict[str, Any]) -> receive.Expected:
    birth_date = text_of(asked, "birth_date")
    try:
        born = date.fromisoformat(birth_date) if birth_date else None
    except ValueError:
        raise Unacceptable("That birth date is not a date.") from None
    return receive.Expected(text_of(asked, "name") or None, born, text_of(asked, "patient_id", 64) or None)
