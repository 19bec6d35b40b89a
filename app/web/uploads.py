"""How a disc's files come in from a browser: announced, sent one by one, closed.

Every request shows the disc's own grant instead of a login: the page may lock after idle time, the upload
goes on. ``transfers`` has the ways past us, straight to the store.
"""

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from app.errors import Unacceptable
from app.ingest import receive
from app.ingest.held import take_held
from app.ingest.limits import MAX_DISC_BYTES
from app.requests import service as requests
from app.studies import queries
from app.studies.models import DiscState
from app.web.context import site
from app.web.grant import granted, looking, require_grant, uploader
from app.web.json_body import count_of, json_body
from app.web.looked_at import left_paths, note_same_person
from app.web.security import csrf

bp = Blueprint("uploads", __name__)
csrf.exempt(bp)

RECEIVED = "received"
"""All that a sender who was asked for images is told of a disc that is closed."""
SHA256 = re.compile("[0-9a-f]{64}")


@bp.post("/uploads/<disc_id>/files")
def announce(disc_id: str) -> Response:
    """Say which files will come, and the number of the first; answer the number of each.

    Asking again after an answer was lost announces once. ``known`` are those that need not be sent: members
    of staff hold their bytes already. Nobody else is told, for a hash proves nothing.
    """
    files = json_body().get("files")
    if not isinstance(files, list):
        raise Unacceptable("Name the files that will come.")
    with granted(disc_id) as (session, disc, grant):
        first = count_of(json_body(), "first")
        numbers = receive.announce(session, disc, [_announced(file) for file in files], first=first)
        if grant.asked_key_id:
            requests.check_room(session, disc)
        known = take_held(session, disc, numbers, site().now()) if grant.created_by else []
    return jsonify(numbers=numbers, known=known)


@bp.put("/uploads/<disc_id>/files/<int:number>")
def accept(disc_id: str, number: int) -> tuple[str, int]:
    """Take one file's bytes, exactly as many as were announced."""
    request.max_content_length = MAX_DISC_BYTES
    require_grant(disc_id)
    here = site()
    receive.accept(here.sessions, here.store, disc_id, number, request.stream, here.now())  # type: ignore[arg-type]  # werkzeug types its streams as IO[bytes]
    return "", 204


@bp.post("/uploads/<disc_id>/files/<int:number>/unreadable")
def unreadable(disc_id: str, number: int) -> tuple[str, int]:
    """Note that the disc's own drive could not read a file; the receipt names it."""
    with granted(disc_id) as (session, disc, _grant):
        receive.note_unreadable(session, disc, number)
    return "", 204


@bp.post("/uploads/<disc_id>/complete")
def complete(disc_id: str) -> Response:
    """Close the upload: from here the server goes on alone.

    ``left_behind`` counts what stayed on the disc, ``left_paths`` names the first thousand of it with their
    kind. ``same_person`` is heard from staff alone.
    """
    here, asked = site(), json_body()
    with granted(disc_id) as (session, disc, grant):
        disc.left_paths = left_paths(asked)
        disc.left_behind = max(count_of(asked, "left_behind"), len(disc.left_paths))
        if grant.created_by:
            note_same_person(disc, asked, grant.created_by)
        receive.close_disc(session, here.jobs, disc, by=uploader(grant), now=here.now())
        if grant.asked_key_id:
            requests.note_received(session, disc, here.now())
    return progress(disc_id)


@bp.get("/uploads/<disc_id>")
def progress(disc_id: str) -> Response:
    """Tell how far a disc is; ``have`` are the files that need not be sent, as ranges of numbers."""
    with looking(disc_id) as (session, disc, grant):
        done = queries.progress(session, disc)
        have = queries.arrived_ranges(session, disc)
    if grant.asked_key_id and done.state != DiscState.RECEIVING:
        # What we make of it is ours: a sender could guess from it whom we expect.
        done = done._replace(state=RECEIVED, read=0, reason=None)
    return jsonify(**done._asdict(), have=have)


def _announced(file: Any) -> receive.Announced:
    if not isinstance(file, dict):
        raise Unacceptable("Name each file with path and size.")
    path, size, sha256 = file.get("path"), file.get("size"), file.get("sha256")
    if not isinstance(path, str) or not isinstance(size, int) or size < 0:
        raise Unacceptable("Name each file with path and size.")
    return receive.Announced(path, size, sha256_of(sha256) if sha256 else None)


def sha256_of(value: Any) -> str:
    """Return a SHA-256 in hex. Raises Unacceptable when it is none."""
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise Unacceptable("That is not a SHA-256 in lower-case hex.")
    return value
