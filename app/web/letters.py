"""What people are told by e-mail, in their language. A link's letter never holds its PIN."""

from typing import Any

from flask import render_template
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.accounts.models import Organisation, User
from app.mail import Letter, Outgoing
from app.mail.mailroom import LINK
from app.requests.queries import find_request
from app.requests.service import NewRequestKey
from app.shares.models import Share, ShareKey
from app.shares.service import NewKey
from app.web.context import site
from app.web.look import readable, written_on
from app.web.texts import _
from app.web.words import day

CODE = "code"


def send_link(
    session: Session, share: Share, key: NewKey, to: str, organisation: Organisation, user: User
) -> Letter:
    """Queue the letter with a key's link, in the deed that made it."""
    with force_locale(share.language or organisation.language):
        words = {
            "hospital": organisation.name,
            "sender": user.name,
            "reference": share.reference,
            "link": f"{site().config.base_url}/s/{key.token}",
            "by_code": not key.pin,
            "until": day(key.expires_at, organisation),
        }
        subject = _("A secure link from %(hospital)s", hospital=organisation.name)
        outgoing = _outgoing(to, subject, "link", words, organisation)
    return _queue(session, outgoing, LINK, share, key.key_id)


def send_request(
    session: Session, key: NewRequestKey, to: str, organisation: Organisation, user: User
) -> Letter:
    """Queue the letter with the link of an upload request, in the deed that made its key."""
    here = site()
    asked = find_request(session, organisation.id, key.request_id)
    with force_locale(asked.language or organisation.language):
        words = {
            "hospital": organisation.name,
            "sender": user.name,
            "reference": asked.reference,
            "link": f"{here.config.base_url}/r/{key.token}",
            "until": day(key.expires_at, organisation),
        }
        subject = _("%(hospital)s asks you for images", hospital=organisation.name)
        outgoing = _outgoing(to, subject, "request", words, organisation)
    return here.mail.queue(
        session, outgoing, kind=LINK, organisation_id=organisation.id, key_id=key.key_id, now=here.now()
    )


def send_code(session: Session, key: ShareKey, digits: str) -> Letter:
    """Queue the letter with a one-time code, in the visitor's language, to the key's own address."""
    organisation = key.share.organisation
    words = {"hospital": organisation.name, "code": f"{digits[:4]} {digits[4:]}"}
    outgoing = Outgoing(
        to=key.email or "",
        subject=_("Your code from %(hospital)s", hospital=organisation.name),
        text=render_template("mail/code.txt", **words),
        sender=organisation.name,
    )
    return _queue(session, outgoing, CODE, key.share, key.id)


def _outgoing(
    to: str, subject: str, template: str, words: dict[str, Any], organisation: Organisation
) -> Outgoing:
    """Write a letter with a link in the language of now; answers go to the desk."""
    accent = organisation.colour
    look = {"accent": accent, "ink": written_on(accent), "address": readable(accent)}
    return Outgoing(
        to=to,
        subject=subject,
        text=render_template(f"mail/{template}.txt", **words),
        html=render_template(f"mail/{template}.html", **words, **look),
        sender=organisation.name,
        reply_to=organisation.desk_mailbox,
    )


def _queue(session: Session, outgoing: Outgoing, kind: str, share: Share, key_id: str) -> Letter:
    here = site()
    return here.mail.queue(
        session,
        outgoing,
        kind=kind,
        organisation_id=share.organisation_id,
        share_id=share.id,
        key_id=key_id,
        now=here.now(),
    )
