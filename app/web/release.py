"""Emergency release: a disc that waits for a decision is shared for a week, with a reason and a name."""

from datetime import timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.accounts.rights import StaffRight
from app.shares import service
from app.shares.models import Purpose
from app.shares.orders import LONGEST_RELEASE
from app.web.context import site
from app.web.made import made_page
from app.web.share_form import DEFAULTS
from app.web.staff import current_staff, staff_actor, staff_only

bp = Blueprint("release", __name__)

CHANNELS = ("telephone", "slip")
SHORTLY_BEFORE = timedelta(seconds=1)


@bp.post("/discs/<disc_id>/release")
@staff_only(StaffRight.SHARE)
def release(disc_id: str) -> ResponseReturnValue:
    """Make the link and show it, once."""
    here, me, now = site(), current_staff(), site().now()
    channel = request.form.get("channel", "")
    order = service.Order(
        disc_id=disc_id,
        expires_at=now + LONGEST_RELEASE - SHORTLY_BEFORE,
        channel=channel if channel in CHANNELS else CHANNELS[0],
        patient_key=request.form.get("patient") or None,
        allow=DEFAULTS[Purpose.EMERGENCY].allow,
        purpose=Purpose.EMERGENCY,
        recipient=request.form.get("recipient", ""),
        released_because=request.form.get("because", "").strip() or " ",
        call_back=request.form.get("call_back", "").strip(),
    )
    cut = service.cut_key(here.signer)
    with here.sessions.begin() as session:
        key = service.create(
            session, cut, me.organisation.id, order, by=staff_actor(), created_by=me.user.id, now=now
        )
    return made_page(key, order.channel)
