"""An organisation's colour for its visitors, as a stylesheet: the policy allows no styles inside pages."""

from flask import Blueprint, Response

from app.accounts.models import Organisation
from app.errors import NotFound
from app.web.context import site
from app.web.look import stylesheet

bp = Blueprint("brand", __name__)

KEPT_SECONDS = 3600


@bp.get("/brand/<organisation_id>.css")
def colours(organisation_id: str) -> Response:
    """Send the accent, what is written on it, and the accent made dark enough for text on white."""
    with site().sessions() as session:
        organisation = session.get(Organisation, organisation_id)
        if organisation is None:
            raise NotFound("There is no such organisation.")
        response = Response(stylesheet(organisation.colour), mimetype="text/css")
    response.cache_control.public = True
    response.cache_control.max_age = KEPT_SECONDS
    return response
