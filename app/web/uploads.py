"""How a disc's files come in from a browser: announced, sent one by one, closed.

Every request but the first shows the disc's own grant (``Authorization: Upload …``) instead of a login: the
page may lock after idle time, the upload goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from sqlalchemy.orm import Session

from app.accounts.rights import StaffRight
from app.audit.actor import Actor, ActorKind
from app.errors import NotFound, Unacceptable
from app.ingest import receive
from app.ingest.models import UploadGrant
from app.studies import queries
from app.studies.models import Disc
from app.web.context import actor, site
from app.web.login import current_staff, staff_only
from app.web.security import csrf

bp = Blueprint("uploads", __name__)

LARGEST_FILE = 2 << 30
SCHEME = "Upload "


@bp.get("/discs/new")
@staff_only(StaffRight.UPLOAD)
def new() -> str:
    """Show the page that takes a disc in."""
    return render_template("discs/new.html")


@bp.post("/discs")
@staff_only(StaffRight.UPLOAD)
def begin() -> tuple[Response, int]:
    """Begin a disc; answer its id and the grant that the rest of the upload needs."""
    staff, here, asked = current_staff(), site(), _json()
    with here.sessions.begin() as session:
        disc = receive.begin_disc(
            session,
            staff.organisation.id,
            source="browser",
            label=_text(asked, "label"),
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


@bp.post("/uploads/<disc_id>/files")
@csrf.exempt
def announce(disc_id: str) -> Response:
    """Say which files will come; answer the number of each."""
    files = _json().get("files")
    if not isinstance(files, list):
        raise Unacceptable("Name the files that will come.")
    with _granted(disc_id) as (session, disc, _grant):
        numbers = receive.announce(session, disc, [_announced(file) for file in files])
    return jsonify(numbers=numbers)


@bp.put("/uploads/<disc_id>/files/<int:number>")
@csrf.exempt
def accept(disc_id: str, number: int) -> tuple[str, int]:
    """Take one file's bytes, exactly as many as were announced."""
    request.max_content_length = LARGEST_FILE
    here = site()
    with here.sessions() as session:
        receive.find_grant(session, _secret(), disc_id, here.now())
    receive.accept(here.sessions, here.store, disc_id, number, request.stream, here.now())  # type: ignore[arg-type]  # werkzeug types its streams as IO[bytes]
    return "", 204


@bp.post("/uploads/<disc_id>/files/<int:number>/unreadable")
@csrf.exempt
def unreadable(disc_id: str, number: int) -> tuple[str, int]:
    """Note that the disc's own drive could not read a file; the receipt names it."""
    with _granted(disc_id) as (session, disc, _grant):
        receive.note_unreadable(session, disc, number)
    return "", 204


@bp.post("/uploads/<disc_id>/complete")
@csrf.exempt
def complete(disc_id: str) -> Response:
    """Close the upload: from here the server goes on alone."""
    here = site()
    with _granted(disc_id) as (session, disc, grant):
        disc.left_behind = _count(_json(), "left_behind")
        receive.close_disc(session, here.jobs, disc, by=_uploader(grant), now=here.now())
    return progress(disc_id)


@bp.get("/uploads/<disc_id>")
@csrf.exempt
def progress(disc_id: str) -> Response:
    """Tell how far a disc is."""
    here = site()
    with here.sessions() as session:
        grant = receive.find_grant(session, _secret(), disc_id, here.now())
        disc = queries.find_disc(session, grant.organisation_id, disc_id)
        return jsonify(queries.progress(session, disc)._asdict())


@contextmanager
def _granted(disc_id: str) -> Iterator[tuple[Session, Disc, UploadGrant]]:
    """Yield the disc that the shown grant is for, in a transaction."""
    here = site()
    with here.sessions.begin() as session:
        grant = receive.find_grant(session, _secret(), disc_id, here.now())
        yield session, queries.find_disc(session, grant.organisation_id, disc_id), grant


def _secret() -> str:
    header = request.headers.get("Authorization", "")
    if not header.startswith(SCHEME):
        raise NotFound("There is no such upload.")
    return header.removeprefix(SCHEME)


def _uploader(grant: UploadGrant) -> Actor:
    return actor(ActorKind.STAFF, grant.created_by)


def _json() -> dict[str, Any]:
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise Unacceptable("That is not the JSON we take here.")
    return asked


def _text(asked: dict[str, Any], name: str, longest: int = 120) -> str:
    value = asked.get(name) or ""
    if not isinstance(value, str) or len(value) > longest:
        raise Unacceptable(f"{name} is too long.")
    return value.strip()


def _count(asked: dict[str, Any], name: str) -> int:
    value = asked.get(name, 0)
    if not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise Unacceptable(f"{name} is not a count.")
    return value


def _announced(file: Any) -> tuple[str, int]:
    if not isinstance(file, dict):
        raise Unacceptable("Name each file with path and size.")
    path, size = file.get("path"), file.get("size")
    if not isinstance(path, str) or not isinstance(size, int) or size < 0:
        raise Unacceptable("Name each file with path and size.")
    return path, size


def _expected(asked: dict[str, Any]) -> receive.Expected:
    birth_date = _text(asked, "birth_date")
    try:
        born = date.fromisoformat(birth_date) if birth_date else None
    except ValueError:
        raise Unacceptable("That birth date is not a date.") from None
    return receive.Expected(_text(asked, "name") or None, born, _text(asked, "patient_id", 64) or None)
