"""The ways of a file's bytes past us: forms and parts that the store signs.

Where the store can't sign, the same questions are answered with addresses of our own, under the same rules.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from app.errors import Unacceptable
from app.ingest import parts, sending
from app.ingest.parts import Part, PartStore
from app.storage import SignedUpload
from app.web.context import site
from app.web.grant import SCHEME, looking, require_grant, secret
from app.web.json_body import json_body
from app.web.security import csrf
from app.web.uploads import sha256_of

bp = Blueprint("transfers", __name__)
csrf.exempt(bp)


@bp.post("/uploads/<disc_id>/sign")
def sign(disc_id: str) -> Response:
    """Give leave to send files that are awaited, 15 minutes each; those that have arrived are left out."""
    here, numbers = site(), _numbers()
    with looking(disc_id) as (session, disc, _grant):
        signed = sending.sign(session, here.store, disc, numbers)
    return jsonify(uploads=[_leave(disc_id, number, one) for number, one in signed.items()])


@bp.post("/uploads/<disc_id>/arrived")
def arrived(disc_id: str) -> Response:
    """Count files that the store has whole; answer those that it has not.

    ``sha256`` may name hashes by number, for files that were hashed while they were sent.
    """
    here = site()
    require_grant(disc_id)
    missing = sending.arrived(here.sessions, here.store, disc_id, _numbers(), here.now(), _hashes())
    return jsonify(missing=missing)


@bp.post("/uploads/<disc_id>/files/<int:number>/parts")
def plan(disc_id: str, number: int) -> Response:
    """Give leave to send a large file in parts, in any order; ``there`` are those that have arrived."""
    found = _parts(disc_id, number)
    return jsonify(
        parts=[_part(disc_id, number, part) for part in found.plan()],
        headers={} if site().store.browser_origins() else _ours(),
        expires_at=_lapses(),
    )


@bp.put("/uploads/<disc_id>/files/<int:number>/parts/<int:part_size>/<int:part_number>")
def accept_part(disc_id: str, number: int, part_size: int, part_number: int) -> tuple[str, int]:
    """Take one part's bytes, where the store does not take them itself."""
    request.max_content_length = parts.LARGEST_PART
    require_grant(disc_id)
    here = site()
    found = PartStore(here.sessions, here.store, disc_id, number, part_size)
    found.accept(part_number, request.stream)  # type: ignore[arg-type]  # werkzeug types its streams as IO[bytes]
    return "", 204


@bp.post("/uploads/<disc_id>/files/<int:number>/parts/complete")
def join(disc_id: str, number: int) -> Response:
    """Make the file of its parts, and count it as arrived."""
    _parts(disc_id, number).join(site().now())
    return jsonify(missing=[])


def _parts(disc_id: str, number: int) -> PartStore:
    require_grant(disc_id)
    here, part_size = site(), json_body().get("part_size")
    if not isinstance(part_size, int):
        raise Unacceptable("part_size is not a number of bytes.")
    return PartStore(here.sessions, here.store, disc_id, number, part_size)


def _leave(disc_id: str, number: int, signed: SignedUpload | None) -> dict[str, Any]:
    if signed:
        how: dict[str, Any] = {"method": "POST", "url": signed.url, "fields": signed.fields, "headers": {}}
    else:
        url = url_for("uploads.accept", disc_id=disc_id, number=number)
        how = {"method": "PUT", "url": url, "fields": None, "headers": _ours()}
    return {"number": number, "expires_at": _lapses(), **how}


def _part(disc_id: str, number: int, part: Part) -> dict[str, Any]:
    url = part.url or url_for(
        ".accept_part",
        disc_id=disc_id,
        number=number,
        part_size=json_body()["part_size"],
        part_number=part.number,
    )
    return {"part": part.number, "size": part.size, "url": url, "there": part.there}


def _ours() -> dict[str, str]:
    """Return the headers that our own addresses ask for."""
    return {"Authorization": SCHEME + secret()}


def _lapses() -> str:
    return (site().now() + sending.LASTING).isoformat()


def _numbers() -> list[int]:
    numbers = json_body().get("numbers")
    if not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
        raise Unacceptable("Name the files by their numbers.")
    if any(not 0 <= number < 1 << 31 for number in numbers):
        raise Unacceptable("No file has such a number.")
    return numbers


def _hashes() -> dict[int, str]:
    hashes = json_body().get("sha256", {})
    if not isinstance(hashes, dict) or not all(number.isdecimal() for number in hashes):
        raise Unacceptable("Name hashes by the numbers of their files.")
    return {int(number): sha256_of(sha256) for number, sha256 in hashes.items()}
