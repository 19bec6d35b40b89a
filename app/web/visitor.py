"""Who is visiting: the share-scoped cookie, checked against the database on every request.

Signs of life and denials are written once the view has let go of its own session, so that a view may ask
from within a deed.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from flask import Response, after_this_request, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.audit import Action, record, record_denial
from app.audit.actor import Actor, ActorKind
from app.errors import Away, Gone, NotFound, Refused
from app.shares import visits
from app.shares.ending import keep_ends
from app.shares.models import Right, Share, ShareKey, VisitorSession
from app.shares.states import key_over
from app.viewer.reduced import is_reduced
from app.web.context import actor, site
from app.web.i18n import prefer
from app.web.landing_pages import remember_sender


class Visit(NamedTuple):
    """A visitor who proved the factor: the share, the key they came by, and whose it is."""

    share: Share
    key: ShareKey
    organisation: Organisation

    @property
    def actor(self) -> Actor:
        """The visitor as the audit log names them."""
        return actor(ActorKind.VISITOR, self.key.id)

    @property
    def about(self) -> dict[str, str]:
        """What an entry of the audit log about the visit names."""
        share = self.share
        return {
            "organisation_id": share.organisation_id,
            "disc_id": share.disc_id,
            "share_id": share.id,
            "key_id": self.key.id,
        }

    def may(self, right: Right) -> bool:
        """Tell whether the key they came by allows ``right``."""
        return right in visits.rights_of(self.key)


def require_visit(session: Session, share_id: str, right: Right | None = None) -> Visit:
    """Return the visit to ``share_id`` that the request's cookie proves; ``session`` keeps its rows.

    Raises NotFound for a stranger; Gone when the cookie was real, but the share has ended, Away when only the
    visit has; Refused, audited, when the key does not allow ``right``.
    """
    now = site().now()
    secret = request.cookies.get(cookie_name(share_id), "")
    try:
        found = visits.find_visit(session, share_id, secret)
    except NotFound:
        raise NotFound(_("Open your link again and enter your PIN.")) from None
    visit = Visit(found.key.share, found.key, found.key.share.organisation)
    prefer(visit.key.language, visit.organisation.language)
    remember_sender(visit.organisation)
    _require_open(found, visit, now)
    if visits.needs_touch(found, now):
        afterwards(partial(visits.touch, visit_id=found.id, now=now))
    if right is not None:
        require_right(visit, right)
    return visit


def require_right(visit: Visit, right: Right) -> None:
    """Raise Refused, audited, when the visit's key does not allow ``right``."""
    if not visit.may(right):
        _note_denial(visit, right, site().now())
        raise Refused(_("This link does not allow that. Ask %(hospital)s.", hospital=visit.organisation.name))


def require_exact(visit: Visit) -> None:
    """Raise Refused, audited, for who gets reduced pictures only: exact ones take the right to download."""
    if is_reduced(visit.organisation, visits.rights_of(visit.key)):
        require_right(visit, Right.DOWNLOAD)


def visit_row(session: Session, visit: Visit) -> VisitorSession:
    """Return the row of the visit that the request's cookie proves."""
    return visits.find_visit(session, visit.share.id, request.cookies[cookie_name(visit.share.id)])


def is_given() -> bool:
    """Tell whether this request gets what it asks for: HEAD sees the outside alone, which needs no entry."""
    return request.method != "HEAD"


def note_download(session: Session, visit: Visit, **what: str) -> None:
    """Write down that the visitor takes one thing along, in the transaction that finds it."""
    if not is_given():
        return
    record(session, Action.DOWNLOADED, visit.actor, site().now(), **visit.about, **what)


def _require_open(found: VisitorSession, visit: Visit, now: datetime) -> None:
    if state := key_over(visit.key, now):
        _note_ended(visit, state, now)
        raise Gone(
            _("This link has ended. Ask %(hospital)s for a new one.", hospital=visit.organisation.name)
        )
    if visits.has_ended(found, now):
        afterwards(partial(visits.end, visit_id=found.id, now=now))
        raise Away(_("Open your link again and enter your PIN."))


def give_cookie(response: Response, share_id: str, secret: str, kind: str = "v") -> None:
    """Put the visit's secret into its cookie; it ends with the browser, and on the server at the latest."""
    name, secure = cookie_name(share_id, kind), site().config.secure
    response.set_cookie(name, secret, path="/", secure=secure, httponly=True, samesite="Lax")


def cookie_name(share_id: str, kind: str = "v") -> str:
    """Return the cookie's name, of a visit (v) or of a sender (r); over TLS only this host can set it."""
    return f"{'__Host-' if site().config.secure else ''}{kind}-{share_id}"


def _note_denial(visit: Visit, right: Right, now: datetime) -> None:
    action = Action.DOWNLOAD_DENIED if right is Right.DOWNLOAD else Action.OPEN_DENIED
    _note_refusal(visit, action, now, reason="not_allowed", right=str(right))


def _note_ended(visit: Visit, state: str, now: datetime) -> None:
    afterwards(partial(keep_ends, now=now, share_id=visit.share.id))
    _note_refusal(visit, Action.OPEN_DENIED, now, reason=str(state))


def _note_refusal(visit: Visit, action: Action, now: datetime, **details: str) -> None:
    by, about = visit.actor, visit.about
    afterwards(lambda writing: record_denial(writing, action, by, now, **about, **details))


def afterwards(deed: Callable[[Session], None]) -> None:
    """Do ``deed`` in a transaction of its own once the view is done."""

    @after_this_request
    def do(response: Response) -> Response:
        with site().sessions.begin() as writing:
            deed(writing)
        return response
