"""A copy for importers that take nothing but uncompressed pictures: asked for, watched, taken."""

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.audit import Action, record
from app.bundles import compatible
from app.bundles.choice import Choice
from app.bundles.compatible import Progress
from app.errors import NotFound
from app.shares.models import Right
from app.web.bundles import plan_of
from app.web.context import site
from app.web.errors import wants_json
from app.web.landing_pages import Sender
from app.web.texts import _
from app.web.visitor import Visit, require_visit
from app.web.words import count, day, size

bp = Blueprint("view_compatible", __name__)
PLAIN = Choice(plain=True)


@bp.get("/view/<share_id>/compatible")
def page(share_id: str) -> ResponseReturnValue:
    """Say what the copy is and how far it is: ``{total, done, making, failed, ready}`` to our own script."""
    with site().sessions() as session:
        visit = require_visit(session, share_id, Right.DOWNLOAD)
        found = compatible.progress(session, _version_id(visit), site().now())
        if wants_json():
            return jsonify(
                total=found.total,
                done=found.done,
                making=found.making,
                failed=found.failed,
                ready=found.ready,
                text=_so_far(found),
            )
        return render_template("view/compatible.html", **_words(session, visit, found))


@bp.post("/view/<share_id>/compatible")
def ask(share_id: str) -> ResponseReturnValue:
    """Have the copy made; the log says so. Asking twice changes nothing."""
    here = site()
    with here.sessions.begin() as session:
        visit = require_visit(session, share_id, Right.DOWNLOAD)
        if compatible.ask(session, here.jobs, _version_id(visit), here.now()):
            record(session, Action.COPY_ASKED, visit.actor, here.now(), **visit.about)
    return redirect(url_for("view_compatible.page", share_id=share_id), 303)


def _version_id(visit: Visit) -> str:
    if not visit.share.versions:
        raise NotFound(_("There is nothing here."))
    return visit.share.versions[-1].id


def _words(session: Session, visit: Visit, found: Progress) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sender": Sender.of(visit.organisation),
        "share_id": visit.share.id,
        "progress": found,
        "so_far": _so_far(found),
    }
    if found.ready:
        made = plan_of(session, visit, PLAIN)
        told |= {
            "sizes": {"iso": size(made.iso.length), "zip": size(made.archive.length)},
            "unlisted": made.unlisted,
            "until": day(found.kept_until, visit.organisation),
        }
    return told


def _so_far(found: Progress) -> str:
    return _("%(done)s of %(total)s files are ready.", done=count(found.done), total=count(found.total))
