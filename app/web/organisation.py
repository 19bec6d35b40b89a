"""The organisation's own page, for its admins: what visitors see of it, and what it wants of its staff."""

from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import settings
from app.accounts.languages import LANGUAGES
from app.accounts.models import Organisation
from app.accounts.rights import StaffRight
from app.errors import Outdated, Unacceptable
from app.ingest.quotas import room_of
from app.web.context import site
from app.web.staff import current_staff, staff_actor, staff_only
from app.web.texts import _

REGIONS = frozenset(
    [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ]
)
"""Other zones have older or shorter names of the same; ``localtime`` is whatever this machine's is."""

bp = Blueprint("organisation", __name__)


@bp.get("/admin/organisation")
@staff_only(StaffRight.ADMINISTER)
def show() -> str:
    """Show the settings as they are."""
    return _page(_kept(current_staff().organisation))


@bp.post("/admin/organisation")
@staff_only(StaffRight.ADMINISTER)
def change() -> ResponseReturnValue:
    """Keep what was sent; what the form left out stays as it is."""
    here, me = site(), current_staff()
    sent = {name: request.form[name] for name in settings.OWN if name in request.form}
    try:
        with here.sessions.begin() as session:
            organisation = session.get_one(Organisation, me.organisation.id, with_for_update=True)
            changes = settings.change(
                session,
                organisation,
                {name: settings.YES_NO.get(text, text) for name, text in sent.items()},
                seen=request.form.get("seen", ""),
                by=staff_actor(),
                now=here.now(),
            )
    except Unacceptable as wrong:
        return _page({**_kept(me.organisation), **sent}, str(wrong)), 400
    except Outdated as why:
        flash(str(why), "warn")
    else:
        flash(_("Saved.") if changes else _("Nothing was changed."), "good")
    return redirect(url_for("organisation.show"), 303)


def _kept(organisation: Organisation) -> dict[str, str]:
    """Return the settings as the form sends them."""
    said = {True: "yes", False: "no", None: ""}
    return {name: said.get(value := getattr(organisation, name), value) for name in settings.OWN}


def _page(given: dict[str, str], message: str = "") -> str:
    with site().sessions() as session:
        room = room_of(session, current_staff().organisation.id)
    return render_template(
        "organisation/settings.html",
        room=room,
        given=given,
        message=message,
        seen=request.form.get("seen") or settings.edition(current_staff().organisation),
        known_languages=LANGUAGES,
        time_zones=_time_zones(given.get("time_zone", "")),
    )


def _time_zones(chosen: str) -> list[str]:
    """Return the zones that people know a clock by: places, UTC, and the ``chosen`` one as it is called."""
    places = {zone for zone in available_timezones() if zone.partition("/")[0] in REGIONS}
    return sorted(places | {"UTC"} | ({chosen} & available_timezones()))
