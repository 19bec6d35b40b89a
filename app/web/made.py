"""The one page that shows a key's secrets. It answers the POST itself: no address ever leads back to it."""

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.mail import Letter
from app.shares import service
from app.shares.models import Share
from app.shares.service import NewKey
from app.studies import overview
from app.web.context import site
from app.web.letters import send_link
from app.web.share_form import CHANNELS
from app.web.slip import slip_of
from app.web.staff import current_staff
from app.web.texts import _


def hand_over(session: Session, key: NewKey, channel: str, email: str | None) -> Letter | None:
    """Queue the link's letter where it goes by e-mail; in the deed that made the key."""
    if channel != "mail" or email is None:
        return None
    me = current_staff()
    share = service.find_share(session, me.organisation.id, key.share_id)
    return send_link(session, share, key, email, me.organisation, me.user)


def made_page(key: NewKey, channel: str, email: str | None = None) -> str:
    """Show link, code and PIN, each behind its own button, and the slip for the printer."""
    here, me = site(), current_staff()
    with here.sessions() as session:
        share = service.find_share(session, me.organisation.id, key.share_id)
        slip = slip_of(key, here.config.base_url)
        with force_locale(share.language or me.organisation.language):
            printed = render_template(
                "shares/slip.html", until=share.expires_at, slip=slip, of=me.organisation
            )
        return render_template(
            "shares/made.html",
            share=share,
            slip=slip,
            slip_page=Markup(printed),  # noqa: S704 - our own template's output
            channel=channel if channel in CHANNELS else "slip",
            patients=patient_names(session, [share]),
            email=email if channel == "mail" else None,
            sends=here.mail.sends,
            not_sent=not_sent(),
        )


def patient_names(session: Session, shares: list[Share]) -> dict[str, str]:
    """Return the patient's name (PN) of each share, by its id; waiting ones may have none yet."""
    return overview.patient_names(session, {share.id: share.disc_patient_id for share in shares})


def not_sent() -> str:
    """Return why no e-mail goes out, and what to do instead; empty where mail is set up."""
    return "" if site().mail.sends else _("Not sent: e-mail isn't set up. Print the slip.")
