"""Notes in the viewer: marks kept with the link by one visitor, looked at by all who hold it.

Marks lie on exact pictures: who gets reduced ones has none.
"""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.errors import Refused
from app.shares import notes
from app.shares.models import Right
from app.viewer import noted
from app.web.context import site
from app.web.security import same_origin
from app.web.texts import _
from app.web.visitor import require_exact, require_visit

bp = Blueprint("view_notes", __name__)


@bp.get("/view/<share_id>/notes/<note_id>")
def show(share_id: str, note_id: str) -> ResponseReturnValue:
    """Send a note's marks by picture, as ``app.shares.drawn`` describes them."""
    with site().sessions() as session:
        require_exact(require_visit(session, share_id, Right.VIEW))
        return jsonify(notes.find_note(session, share_id, note_id).marks)


@bp.post("/view/<share_id>/notes")
def keep(share_id: str) -> ResponseReturnValue:
    """Keep marks with the link: fields ``name``, ``text``, ``marks`` (JSON). Answer with the note's entry."""
    if not same_origin():
        raise Refused(_("Please open your link again and type there."))
    here = site()
    with here.sessions.begin() as session:
        visit = require_visit(session, share_id, Right.VIEW)
        require_exact(visit)
        note = notes.keep_note(
            session,
            visit.key,
            name=request.form.get("name", ""),
            text=request.form.get("text", ""),
            marks=request.form.get("marks", "{}"),
            by=visit.actor,
            now=here.now(),
        )
        return jsonify(noted.entry(note)), 201
