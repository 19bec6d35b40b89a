"""The page that sends a disc which was asked for: for whoever gave the request's PIN, without an account."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.audit.actor import Actor, ActorKind
from app.errors import Away, Gone, NotFound
from app.ingest import receive
from app.requests import service
from app.requests.models import SenderVisit
from app.shares import visits
from app.studies import queries
from app.web.context import actor, site
from app.web.i18n import prefer
from app.web.json_body import json_body, text_of
from app.web.landing_pages import Sender, remember_sender
from app.web.new_disc import announced_files
from app.web.send_words import words
from app.web.texts import _
from app.web.visitor import afterwards, cookie_name

bp = Blueprint("send", __name__)

COOKIE = "r"
LONGEST_REMARK = 500


@bp.get("/send/<request_id>")
def page(request_id: str) -> ResponseReturnValue:
    """Show what is asked for, take a disc, and tell what has arrived: in numbers, and no more.

    What could not be read is named to the browser that sent the rest.
    """
    here = site()
    with _visited(request_id) as (session, visit, _by):
        asked = visit.key.request
        mine = [one for one in asked.deliveries if one.visit_id == visit.id]
        unfinished = [one for one in mine if service.standing(one) is service.Standing.ARRIVING]
        return render_template(
            "send/send.html",
            asked=asked,
            sender=Sender.of(asked.organisation),
            deliveries=[
                (
                    one,
                    service.standing(one),
                    queries.progress(session, one.disc),
                    receive.unreadable_paths(session, one.disc_id) if one in mine else [],
                )
                for one in reversed(asked.deliveries)
            ],
            is_filled=service.is_filled(asked),
            unfinished=unfinished[-1] if unfinished else None,
            words=words(),
            now=here.now(),
        )


@bp.post("/send/<request_id>/discs")
def begin(request_id: str) -> ResponseReturnValue:
    """Begin a disc; answer the grant that the rest of the upload needs.

    Why a sender takes several patients for one is kept as a remark: their word proves nothing.
    """
    said = json_body().get("same_person")
    remark = text_of(said, "because", LONGEST_REMARK) if isinstance(said, dict) else ""
    with _visited(request_id, writing=True) as (session, visit, by):
        begun = service.begin(session, visit, remark=remark, by=by, now=site().now())
        return jsonify(_document(request_id, begun)), 201


@bp.post("/send/<request_id>/discs/<disc_id>/resume")
def resume(request_id: str, disc_id: str) -> Response:
    """Give a new grant to go on with what this browser began, and tell which files it is about."""
    with _visited(request_id, writing=True) as (session, visit, by):
        begun = service.resume(session, visit, disc_id, by=by, now=site().now())
        document = _document(request_id, begun)
    return jsonify(files=announced_files(disc_id), **document)


@contextmanager
def _visited(request_id: str, *, writing: bool = False) -> Iterator[tuple[Session, SenderVisit, Actor]]:
    """Yield the visit that the cookie proves. Raises NotFound for a stranger, Gone once it is over."""
    here, now = site(), site().now()
    with here.sessions.begin() if writing else here.sessions() as session:
        secret = request.cookies.get(cookie_name(request_id, COOKIE), "")
        try:
            visit = service.find_visit(session, request_id, secret)
        except NotFound:
            raise NotFound(_("Open your link again and enter your PIN.")) from None
        asked = visit.key.request
        prefer(asked.language, asked.organisation.language)
        remember_sender(asked.organisation)
        if service.key_over(visit.key, now):
            afterwards(partial(service.keep_ends, now=now, request_id=request_id))
            hospital = asked.organisation.name
            raise Gone(_("This request has ended. Ask %(hospital)s.", hospital=hospital))
        if visits.has_ended(visit, now):
            afterwards(partial(visits.end, visit_id=visit.id, now=now, kind=SenderVisit))
            raise Away(_("Open your link again and enter your PIN."))
        seen = visit.id if visits.needs_touch(visit, now) else None
        yield session, visit, actor(ActorKind.VISITOR, visit.key_id)
    if seen:
        with here.sessions.begin() as session:
            visits.touch(session, seen, now, SenderVisit)


def _document(request_id: str, begun: service.Begun) -> dict[str, Any]:
    disc_id = begun.disc.id
    here = url_for(".page", request_id=request_id)
    upload = url_for("uploads.progress", disc_id=disc_id)
    return {"disc_id": disc_id, "grant": begun.grant, "upload": upload, "page": here, "share": here}
