"""A link's history in words."""

from app.audit import Action
from app.shares.history import Event, is_one_file
from app.shares.models import Proof
from app.shares.stop import Opening
from app.web.states import Said, channel_name
from app.web.texts import _, ngettext
from app.web.words import size

DENIED = {
    "wrong_pin": "wrong PIN",
    "frozen": "closed for safety",
    "too_soon": "too soon after a wrong PIN",
    "ended": "the link had ended",
    "expired": "the link had ended",
    "revoked": "the link was closed",
    "used_up": "the link was used up",
    "waiting": "the images were not there yet",
    "not_allowed": "the link does not allow it",
    "too_many_at_once": "too many downloads at once",
}
BUNDLES = {"zip": "ZIP", "iso": "ISO", "dicom": "DICOM"}
OUTCOMES = {"complete": "complete", "aborted": "broken off", "stopped": "stopped by us", "failed": "failed"}


def event_words(event: Event) -> Said:
    """Return what happened, for staff."""
    return {
        Action.SHARE_CREATED: Said("calm", "link", _("Link made")),
        Action.SHARE_VERSION_ADDED: Said("calm", "plus", _added_words(event)),
        Action.SHARE_EXTENDED: Said("calm", "waiting", _("Last day changed")),
        Action.SHARE_REVOKED: Said("stop", "stopped", _("Link closed")),
        Action.KEY_CREATED: Said("calm", "link", _key_words(event)),
        Action.KEY_REVOKED: Said("calm", "stopped", _("Key replaced")),
        Action.KEY_FROZEN: Said("warn", "frozen", _("Frozen after ten wrong PINs")),
        Action.OPENED: Said("good", "eye", _("Opened")),
        Action.OPEN_DENIED: Said("warn", "failed", _("Not opened: %(why)s", why=_why(event))),
        Action.VIEWED: Said("good", "eye", _("Looked at a study")),
        Action.DOWNLOADED: Said("good", "arriving", _begun_words(event)),
        Action.DOWNLOAD_ENDED: Said("calm", "arriving", _download_words(event)),
        Action.DOWNLOAD_DENIED: Said("warn", "failed", _("No download: %(why)s", why=_why(event))),
        Action.COPY_ASKED: Said("calm", "arriving", _("Copy without compression asked for")),
        Action.NOTE_KEPT: Said("calm", "report", _("Marks kept with the link")),
        Action.NOTE_DELETED: Said("calm", "trash", _("Note deleted")),
        Action.LINK_ASKED: Said("warn", "mail", _asked_words(event)),
        Action.LINK_REQUEST_SETTLED: Said("calm", "check", _("Request for a new link settled")),
        Action.MAIL_QUEUED: Said("calm", "mail", _("E-mail queued")),
        Action.MAIL_SENT: Said("good", "mail", _mail_words(event)),
        Action.MAIL_FAILED: Said("stop", "mail", _("E-mail could not be sent")),
    }.get(Action(event.action), Said("calm", "waiting", event.action.replace("_", " ")))


def opening_words(opening: Opening) -> str:
    """Return how a stopped disc was opened, or what somebody took of it, for those who call them."""
    if not opening.downloaded:
        return _("opened")
    form = str(opening.what.get("form", ""))
    if form.startswith("pictures"):
        return _("took pictures along")
    if form in BUNDLES:
        return _("downloaded the images (%(form)s)", form=BUNDLES[form])
    return _("saved a report, photo or image") if opening.what else _("downloaded")


def _added_words(event: Event) -> str:
    """Return what was added; the first version of a share that waited adds nothing to anything."""
    if event.details.get("version") == 1:
        return _("The disc was checked; the link shows it")
    reports, photos, images = (int(event.details.get(what, 0)) for what in ("reports", "photos", "images"))
    said = [
        ngettext("%(num)s report", "%(num)s reports", reports) if reports else "",
        ngettext("%(num)s photo", "%(num)s photos", photos) if photos else "",
        ngettext("%(num)s image", "%(num)s images", images) if images else "",
    ]
    return _("Added: %(what)s", what=", ".join(filter(None, said)) or _("other data"))


def _key_words(event: Event) -> str:
    return _("Key made: %(channel)s", channel=channel_name(str(event.details.get("channel", ""))))


def _why(event: Event) -> str:
    reason = str(event.details.get("reason", ""))
    why, more = _(DENIED.get(reason, reason)), int(event.details.get("more", 0))
    times = ngettext("%(why)s (once more)", "%(why)s (%(num)s more times)", more, why=why)
    return times if more else why


def _begun_words(event: Event) -> str:
    return _("One file saved") if is_one_file(event.details) else _("Download begun")


def _download_words(event: Event) -> str:
    outcome = str(event.details.get("outcome", ""))
    return _(
        "Download %(outcome)s, %(size)s",
        outcome=_(OUTCOMES.get(outcome, outcome)),
        size=size(int(event.details.get("bytes", 0))),
    )


def _asked_words(event: Event) -> str:
    if event.details.get("proof") == Proof.PIN:
        return _("Proved by the old PIN")
    return _("Asked for a new link")


def _mail_words(event: Event) -> str:
    return _("E-mail sent") if event.details.get("state") == "sent" else _("E-mail kept, not sent")
