"""Adding to a link what it does not show yet: papers that came later, series that were left out."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.rights import StaffRight
from app.errors import Outdated
from app.shares.newer import add_to_share
from app.web.context import site
from app.web.outdated import shown_again
from app.web.staff import current_staff, staff_actor, staff_only
from app.web.texts import _

bp = Blueprint("share_papers", __name__)
bp.register_error_handler(Outdated, shown_again)


@bp.post("/shares/<share_id>/attachments")
@staff_only(StaffRight.SHARE)
def add(share_id: str) -> ResponseReturnValue:
    """Let a link show the chosen ones from now on."""
    here, me = site(), current_staff()
    with here.sessions.begin() as session:
        add_to_share(
            session,
            me.organisation.id,
            share_id,
            [*request.form.getlist("attachment"), *request.form.getlist("series")],
            seen=request.form.get("seen"),
            by=staff_actor(),
            created_by=me.user.id,
            now=here.now(),
        )
    flash(_("Added. Whoever holds the link sees it now, marked as new."), "good")
    return redirect(url_for("shares.show", share_id=share_id), 303)
