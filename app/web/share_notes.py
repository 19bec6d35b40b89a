"""What visitors kept with a link, taken away again by staff."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.rights import StaffRight
from app.shares.notes import delete_note
from app.web.context import site
from app.web.staff import current_staff, staff_actor, staff_only
from app.web.texts import _

bp = Blueprint("share_notes", __name__)


@bp.post("/shares/<share_id>/notes/<note_id>/delete")
@staff_only(StaffRight.SHARE)
def remove(share_id: str, note_id: str) -> ResponseReturnValue:
    """Delete a note for everybody who holds the link."""
    here, me = site(), current_staff()
    with here.sessions.begin() as session:
        delete_note(session, me.organisation.id, share_id, note_id, by=staff_actor(), now=here.now())
    flash(_("The note is deleted. Whoever holds the link does not see it any more."), "good")
    return redirect(url_for("shares.show", share_id=share_id), 303)
