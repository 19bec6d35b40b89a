"""What members of staff are told by e-mail of their own account, in the deed that changed it.

Whoever changes an account, in a browser or at the command line: a takeover is never silent.
"""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.rights import Staff
from app.errors import Unacceptable
from app.mail import Mailroom, Outgoing

ACCOUNT = "account"


def tell_of_account(session: Session, staff: Staff, said: str, now: datetime) -> None:
    """Queue a letter to ``staff`` about what was changed in their account.

    Some log in by an address that no mail server takes; they go without.
    """
    post: Mailroom = session.info["mail"]
    email, hospital = staff.user.email, staff.organisation.name
    outgoing = Outgoing(
        to=email,
        subject=f"Your account at {hospital} was changed",
        text="\n".join(
            (
                said,
                "",
                f"Account: {email}, at {hospital}",
                "",
                "Did you do this, or ask for it? Then there is nothing to do.",
                "If not, somebody else is in your account. Tell the person who runs Virtual CD now: "
                "they can close it at once.",
            )
        ),
        sender=hospital,
    )
    with suppress(Unacceptable):
        post.queue(session, outgoing, kind=ACCOUNT, organisation_id=staff.organisation.id, now=now)
