"""What the page of somebody who is asked for images says, before the PIN and after the end."""

from datetime import datetime
from typing import NamedTuple

from flask import Response

from app.errors import Gone, VirtualCdError
from app.requests import service
from app.requests.models import RequestKey
from app.shares.attempts import Frozen
from app.shares.models import Factor, ShareState
from app.shares.states import ENDED
from app.web import landing_pages as pages
from app.web.i18n import prefer
from app.web.landing_pages import Sender
from app.web.words import day


class Card(NamedTuple):
    """What a request's page may say before the PIN: who asks, until when; not for what, nor of whom."""

    sender: Sender
    """The hospital: whose page it is."""
    reference: str
    until: str
    state: ShareState

    @classmethod
    def of(cls, key: RequestKey, now: datetime) -> "Card":
        """Take from a key what strangers may read, and speak its request's language."""
        request, organisation = key.request, key.request.organisation
        prefer(request.language, organisation.language)
        until = day(request.expires_at, organisation)
        return cls(Sender.of(organisation), request.reference, until, service.key_state(key, now))


def link(card: Card, why: VirtualCdError | None = None) -> Response:
    """Return the page of a request's link, after ``why`` an answer was not taken."""
    if card.state is ShareState.USED_UP:
        return _page("filled", 410, card)
    if card.state in ENDED or isinstance(why, Gone):
        return _page("ended", 410, card)
    if card.state is ShareState.FROZEN or isinstance(why, Frozen):
        return _page("frozen", 403, card)
    if why is None:
        return _page("link", 200, card)
    problem = pages.problem_of(why, Factor.PIN)
    return pages.with_pause(_page("link", pages.status_of(why), card, problem=problem), why)


def _page(name: str, status: int, card: Card, **words: object) -> Response:
    return pages.page(name, status, card, folder="send", **words)
