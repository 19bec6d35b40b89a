"""What became of a link, for whoever holds it: who opened it, looked, saved, or was turned away, and when."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from app.audit import Action
from app.shares.history import DENIALS, Event, history_of_key, is_one_file, series_of, studies_of
from app.shares.models import ShareKey
from app.web.context import site
from app.web.landing_pages import Sender
from app.web.visitor import Visit, require_visit
from app.web.words import moment, size

bp = Blueprint("view_history", __name__)


class Line(NamedTuple):
    """One event in plain words."""

    words: str
    at: str
    who: str
    place: str
    is_denial: bool


@bp.get("/view/<share_id>/history")
def page(share_id: str) -> str:
    """Tell the history of the key that the visitor came by, and of the code they gave on."""
    here = site()
    with here.sessions() as session:
        visit = require_visit(session, share_id)
        names = studies_of(session, visit.share.disc_id), series_of(session, visit.share.disc_id)
        told = [(event, words(event, *names)) for event in history_of_key(session, visit.key)]
        lines = [_line(event, said, visit) for event, said in told if said]
        sender = Sender.of(visit.organisation)
        return render_template("view/history.html", sender=sender, share_id=share_id, lines=lines)


def _line(event: Event, said: str, visit: Visit) -> Line:
    at = moment(event.at, visit.organisation, site().now())
    denied = event.action in (*DENIALS, Action.KEY_FROZEN)
    return Line(said, at, _who(event.key, visit.key), event.place, denied)


def _who(key: ShareKey | None, own: ShareKey) -> str:
    """Return by which code it happened, unless by the visitor's own."""
    return "" if key is None or key.id == own.id else str(_("with the code that you gave on"))


def words(event: Event, studies: dict[str, str], series: dict[str, str]) -> str:
    """Return an event in the visitor's language, or nothing for what does not concern them."""
    details = event.details
    tell: dict[str, Callable[[], object]] = {
        Action.KEY_CREATED: lambda: _made(event),
        Action.KEY_REVOKED: lambda: _("This code was closed"),
        Action.KEY_FROZEN: lambda: _("Closed for safety: too many wrong PINs"),
        Action.LINK_ASKED: lambda: _("A new link was asked for"),
        Action.OPENED: lambda: _("Opened"),
        Action.OPEN_DENIED: lambda: _("Not opened: %(why)s", why=_why(details)),
        Action.VIEWED: lambda: _looked(details, studies, series),
        Action.DOWNLOADED: lambda: _("One file was saved") if is_one_file(details) else "",
        Action.COPY_ASKED: lambda: _("A copy without compression was asked for"),
        Action.DOWNLOAD_ENDED: lambda: _saved(details),
        Action.DOWNLOAD_DENIED: lambda: _("Nothing was saved: %(why)s", why=_why(details)),
        Action.SHARE_VERSION_ADDED: lambda: _added(details),
        Action.NOTE_KEPT: lambda: _("Marks were kept with the link"),
    }
    return str(tell[event.action]()) if event.action in tell else ""


def _made(event: Event) -> str:
    given = event.key is not None and event.key.parent_id is not None
    return str(_("A code for a doctor was made") if given else _("Your link was made"))


def _why(details: dict[str, Any]) -> str:
    reasons = {
        "wrong_pin": _("the PIN was wrong"),
        "frozen": _("closed for safety"),
        "too_soon": _("too soon after a wrong PIN"),
        "waiting": _("the images were still being checked"),
        "not_allowed": _("this link does not allow it"),
        "too_many_at_once": _("too many copies at once"),
        "expired": _("the link had ended"),
        "used_up": _("the link had ended"),
        "ended": _("the link had ended"),
        "revoked": _("the link was closed"),
    }
    reason, more = str(details["reason"]), int(details.get("more", 0))
    why = reasons.get(reason, reason)
    times = ngettext("%(why)s (once more)", "%(why)s (%(num)s more times)", more, why=why)
    return str(times if more else why)


def _looked(details: dict[str, Any], studies: dict[str, str], series: dict[str, str]) -> str:
    study = studies.get(details["study_uid"]) or _("an examination")
    names = [name for uid in details["series_uids"] if (name := series.get(uid))]
    if not names:
        return str(_("Looked at %(study)s", study=study))
    return str(_("Looked at %(study)s: %(series)s", study=study, series=", ".join(names)))


def _saved(details: dict[str, Any]) -> str:
    amount = size(int(details["bytes"]))
    return str(
        {
            "complete": _("A copy was saved, %(size)s", size=amount),
            "aborted": _("A copy was broken off after %(size)s", size=amount),
            "stopped": _("A copy was stopped by the hospital after %(size)s", size=amount),
            "failed": _("A copy failed after %(size)s", size=amount),
        }[str(details["outcome"])]
    )


def _added(details: dict[str, Any]) -> str:
    """Return what joined the link; the first version of a link that waited is no addition."""
    if details["version"] == 1:
        return ""
    reports, photos, images = (int(details.get(what, 0)) for what in ("reports", "photos", "images"))
    said = [
        ngettext("1 report", "%(num)s reports", reports) if reports else "",
        ngettext("1 photo", "%(num)s photos", photos) if photos else "",
        ngettext("one picture", "%(num)s pictures", images) if images else "",
    ]
    what = ", ".join(filter(None, said)) or _("other data")
    return str(_("Added by the hospital: %(what)s", what=what))
