"""How a disc begins on the staff side: the page, and the grant with which the page sends the files."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.rights import StaffRight
from app.audit.actor import ActorKind
from app.errors import Unacceptable
from app.ingest import receive, same_person, sending
from app.ingest.quotas import room_of
from app.studies import queries
from app.studies.models import Disc, DiscFile
from app.web.context import actor, site
from app.web.json_body import json_body, text_of
from app.web.looked_at import note_same_person
from app.web.staff import current_staff, staff_actor, staff_only

bp = Blueprint("new_disc", __name__)


@bp.get("/discs/new")
@staff_only(StaffRight.UPLOAD)
def new() -> str:
    """Show the page that takes a disc in, or goes on with the one that ``resume`` names."""
    disc_id, organisation_id = request.args.get("resume"), current_staff().organisation.id
    with site().sessions() as session:
        disc = queries.find_disc(session, organisation_id, disc_id) if disc_id else None
        return render_template("discs/new.html", disc=disc, room=room_of(session, organisation_id))


@bp.post("/discs")
@staff_only(StaffRight.UPLOAD)
def begin() -> tuple[Response, int]:
    """Begin a disc; answer its id and the grant that the rest of the upload needs."""
    staff, here, asked = current_staff(), site(), json_body()
    with here.sessions.begin() as session:
        receive.check_uploads(session, staff.organisation.id, staff.user.id)
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
        note_same_person(disc, asked, staff.user.id)
        return jsonify(_document(session, disc)), 201


@bp.post("/discs/<disc_id>/resume")
@staff_only(StaffRight.UPLOAD)
def resume(disc_id: str) -> Response:
    """Give a new grant to go on with an upload that was broken off, and tell which files it is about."""
    staff, here = current_staff(), site()
    with here.sessions.begin() as session:
        disc = queries.find_disc(session, staff.organisation.id, disc_id)
        receive.resume(session, disc, by=staff_actor(), now=here.now())
        document = _document(session, disc) | {"same_person_because": same_person.said(disc)}
    return jsonify(files=announced_files(disc_id), **document)


def _document(session: Session, disc: Disc) -> dict[str, Any]:
    user_id, now = current_staff().user.id, site().now()
    return {
        "disc_id": disc.id,
        "grant": receive.grant_upload(session, disc, created_by=user_id, now=now),
        "upload": url_for("uploads.progress", disc_id=disc.id),
        "page": url_for("discs.show", disc_id=disc.id),
        "share": url_for("shares.create", disc_id=disc.id),
    }


def announced_files(disc_id: str) -> list[dict[str, Any]]:
    """Return what a page that goes on with an upload is told of its files, after a look into the store."""
    here = site()
    sending.take_stock(here.sessions, here.store, disc_id, here.now())
    with here.sessions() as session:
        files = session.scalars(select(DiscFile).where(DiscFile.disc_id == disc_id).order_by(DiscFile.number))
        return [
            {
                "number": file.number,
                "path": file.path,
                "size": file.size,
                "received": bool(file.received_at or file.verdict),
            }
            for file in files
        ]


def _expected(asked: dict[str, Any]) -> receive.Expected:
    birth_date = text_of(asked, "birth_date")
    try:
        born = date.fromisoformat(birth_date) if birth_date else None
    except ValueError:
        raise Unacceptable("That birth date is not a date.") from None
    return receive.Expected(text_of(asked, "name") or None, born, text_of(asked, "patient_id", 64) or None)
