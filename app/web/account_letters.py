"""What members of staff are told by e-mail of their own account."""

from contextlib import suppress

from flask import render_template
from sqlalchemy.orm import Session

from app.accounts.rights import Staff
from app.errors import Unacceptable
from app.mail import Outgoing
from app.web.context import site
from app.web.texts import _

ACCOUNT = "account"


def tell_of_account(session: Session, staff: Staff, said: str) -> None:
    """Queue a letter to ``staff`` about what was changed in their account, in the deed that changed it.

    Some log in by an address that no mail server takes; they go without.
    """
    here, organisation = site(), staff.organisation
    outgoing = Outgoing(
        to=staff.user.email,
        subject=_("Your account at %(hospital)s was changed", hospital=organisation.name),
        text=render_template(
            "login/letter.txt", said=said, email=staff.user.email, hospital=organisation.name
        ),
        sender=organisation.name,
    )
    with suppress(Unacceptable):
        here.mail.queue(session, outgoing, kind=ACCOUNT, organisation_id=organisation.id, now=here.now())
