"""The page where anybody checks a copy that was downloaded: in the browser, and without sending it.

Only the SHA-256 of the copy's list of files, its signature and the id of the share's version come here.
"""

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.bundles import manifest
from app.bundles.verify import is_latest_version
from app.signing import Signature
from app.web.context import site
from app.web.json_body import json_body, text_of
from app.web.landing_pages import known_sender
from app.web.security import csrf

bp = Blueprint("verify", __name__)
csrf.exempt(bp)  # nothing is changed here, and a browser without cookies may ask
LONGEST = 200


@bp.get("/verify")
def page() -> str:
    """Show the page."""
    return render_template("verify/verify.html", sender=known_sender(), words=_words())


@bp.post("/verify/known")
def known() -> ResponseReturnValue:
    """Tell whether we signed a list of files, and whether its share has a newer version."""
    asked, here = json_body(), site()
    digest, version_id = text_of(asked, "digest", LONGEST), text_of(asked, "version_id", LONGEST)
    signature = Signature(text_of(asked, "public_key", LONGEST), text_of(asked, "signature", LONGEST))
    if not here.documents.is_ours(manifest.statement(digest, version_id), signature):
        return jsonify(signed=False, latest=None)
    with here.sessions() as session:
        return jsonify(signed=True, latest=is_latest_version(session, version_id))


def _words() -> dict[str, str]:
    """Return what the page's script says."""
    return {
        "reading": _("Checking {done} of {all} files …"),
        "good": _("Complete and unchanged."),
        "good_what": _("Every file is here, as it was given to you."),
        "bad": _("This copy is not as it was given to you."),
        "bad_what": _("Your images are safe with the sender. Download the copy again."),
        "foreign": _("This copy is not from this service."),
        "foreign_what": _(
            "Its list of files does not carry our signature: it was changed, or somebody else made it."
        ),
        "unreadable": _("This is no copy that we know."),
        "unreadable_what": _(
            "It is no ZIP, disc image or folder of a full copy, or it was cut off. Download it again."
        ),
        "offline": _("The service cannot be reached just now, so we cannot tell who made this copy."),
        "latest": _("It is the latest version of its link."),
        "outdated": _("There is a newer version: open your link again to get it."),
        "unknown": _("We no longer know the link that it came from."),
        "part": _("It holds the {chosen} series that were chosen; the link showed {all}."),
        "changed": _("Changed"),
        "missing": _("Missing"),
        "added": _("Not from us, and harmless to the copy"),
        "more": _("and {count} more"),
    }
