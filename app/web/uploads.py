"""How a disc's files come in from a browser: announced, sent one by one, closed.

Every request shows the disc's own grant (``Authorization: Upload …``) instead of a login: the
page may lock after idle time, the upload goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session

from app.audit.actor import Actor, ActorKind
from app.errors import NotFound, Unacceptable
from app.ingest import receive
from app.ingest.models import UploadGrant
from app.studies import overview, queries
from app.studies.models import Disc
from app.web.context import actor, site
from app.web.json_body import count_of, json_body
from app.web.security import csrf

bp = Blueprint("uploads", __name__)
csrf.exempt(bp)

LARGEST_FILE = 2 << 30
SCHEME = "Upload "


@bp.post("/uploads/<disc_id>/files")
def announce(disc_id: str) -> Response:
    """Say which files will come, and the number of the first; answer the number of each.

    Asking again after an answer was lost announces once.
    """
    files = json_body().get("files")
    if not isinstance(files, list):
        raise Unacceptable("Name the files that will come.")
    with _granted(disc_id) as (session, disc, _grant):
        first = count_of(json_body(), "first")
        numbers = receive.announce(session, disc, [_announced(file) for file in files], first=first)
    return jsonify(numbers=numbers)


@bp.put("/uploads/<disc_id>/files/<int:number>")
def accept(disc_id: str, number: int) -> tuple[str, int]:
    """Take one file's bytes, exactly as many as were announced."""
    request.max_content_length = LARGEST_FILE
    here = site()
    with here.sessions() as session:
        receive.find_grant(session, _secret(), disc_id, here.now())
    receive.accept(here.sessions, here.store, disc_id, number, request.stream, here.now())  # type: ignore[arg-type]  # werkzeug types its streams as IO[bytes]
    return "", 204


@bp.post("/uploads/<disc_id>/files/<int:number>/unreadable")
def unreadable(disc_id: str, number: int) -> tuple[str, int]:
    """Note that the disc's own drive could not read a file; the receipt names it."""
    with _granted(disc_id) as (session, disc, _grant):
        receive.note_unreadable(session, disc, number)
    return "", 204


@bp.post("/uploads/<disc_id>/complete")
def complete(disc_id: str) -> Response:
    """Close the upload: from here the server goes on alone."""
    here = site()
    with _granted(disc_id) as (session, disc, grant):
        disc.left_behind = count_of(json_body(), "left_behind")
        receive.close_disc(session, here.jobs, disc, by=_uploader(grant), now=here.now())
    return progress(disc_id)


@bp.get("/uploads/<disc_id>")
def progress(disc_id: str) -> Response:
    """Tell how far a disc is."""
    here = site()
    with here.sessions() as session:
        grant = receive.find_grant(session, _secret(), disc_id, here.now())
        disc = queries.find_disc(session, grant.organisation_id, disc_id)
        counts = overview.file_counts(session, disc)
    return jsonify(state=disc.state, files=counts.announced, received=counts.received, read=counts.read)


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


def _announced(file: Any) -> tuple[str, int]:
    if not isinstance(file, dict):
        raise Unacceptable("Name each file with path and size.")
    path, size = file.get("path"), file.get("size")
    if not isinstance(path, str) or not isinstance(size, int) or size < 0:
        raise Unacceptable("Name each file with path and size.")
    return path, size
