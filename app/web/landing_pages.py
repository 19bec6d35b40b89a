"""What the link page says in each state: one layout, whether it asks, waits, has ended or was closed."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from flask import Response, g, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.accounts.models import Organisation
from app.errors import Gone, TooSoon, Unacceptable, VirtualCdError
from app.shares.attempts import Frozen, StillWaiting, WrongPin
from app.shares.models import Factor, ShareKey, ShareState
from app.shares.states import ENDED, key_state
from app.shares.token import TicketLapsed
from app.web.context import site
from app.web.errors import STATUS
from app.web.i18n import prefer
from app.web.words import day


class Sender(NamedTuple):
    """Whose page it is, as visitors see it."""

    organisation_id: str
    name: str
    telephone: str | None
    hours: str | None
    colour: str

    @classmethod
    def of(cls, organisation: Organisation) -> "Sender":
        """Take what visitors see from an organisation's profile."""
        return cls(
            organisation.id,
            organisation.name,
            organisation.telephone,
            organisation.hours,
            organisation.colour.lstrip("#"),
        )

    @property
    def dial(self) -> str:
        """Return the telephone number as a link needs it."""
        return re.sub(r"[^\d+]", "", self.telephone or "")


class Card(NamedTuple):
    """What a key's page may say before the PIN."""

    sender: Sender
    reference: str
    until: str
    state: ShareState
    factor: str

    @classmethod
    def of(cls, key: ShareKey, now: datetime) -> "Card":
        """Take from a key what strangers may read, and speak its holder's language."""
        share, organisation = key.share, key.share.organisation
        prefer(key.language, organisation.language)
        until = day(min(share.expires_at, key.expires_at or share.expires_at), organisation)
        return cls(Sender.of(organisation), share.reference, until, key_state(key, now), key.factor)


def link(card: Card, why: VirtualCdError | None = None) -> Response:
    """Return the page of a link, after ``why`` an answer was not taken."""
    if card.state in ENDED or isinstance(why, Gone):
        return page("ended", 410, card)
    if card.state is ShareState.FROZEN or isinstance(why, Frozen):
        return page("frozen", 403, card)
    if isinstance(why, StillWaiting) or (card.state is ShareState.WAITING and why is None):
        return page("waiting", 200, card)
    if why is None:
        return page("link", 200, card)
    return with_pause(page("link", status_of(why), card, problem=problem_of(why, card.factor)), why)


def code_sent(card: Card) -> Response:
    """Return the page that takes the code, whether or not one was sent."""
    told = _("If that is the address of this link, a code is on its way. It works for 10 minutes.")
    return page("link", 200, card, told=told)


def asked(card: Card) -> Response:
    """Return what is said to whoever asked for a new link, whatever they gave as a proof."""
    return page("asked", 200, card)


def asking_again(card: Card, form: Mapping[str, str]) -> Response:
    """Return the page of the ended link again: a PIN or number was not one."""
    name = "frozen" if card.state is ShareState.FROZEN else "ended"
    problem = _("A PIN has eight digits. A telephone number has digits, spaces and + only.")
    return page(name, 400, card, problem=problem, pin=form.get("pin"), call_back=form.get("call_back"))


def code(problem: str | None = None, typed: str = "", status: int = 200) -> Response:
    """Return the page that asks for a short code."""
    return page("go", status, problem=problem, typed=typed)


def refusal(why: VirtualCdError) -> Response:
    """Return a page of this layout for what happened before there was a link to speak of."""
    if isinstance(why, TicketLapsed):
        return code(_("You were away for a while. Please type your code again."), "", 410)
    if isinstance(why, TooSoon):
        return with_pause(page("pause", 429), why)
    status = status_of(why)
    return page("unknown" if status == 404 else "refused", status)


def problem_of(why: VirtualCdError, factor: str) -> str:
    """Return what is said beside the field when an answer was not taken."""
    if isinstance(why, WrongPin) and factor == Factor.MAIL_CODE:
        return str(_("That code doesn't match, or its 10 minutes are over. Ask for another one."))
    if isinstance(why, WrongPin):
        return str(_("That PIN doesn't match. Check both groups of four."))
    if isinstance(why, TooSoon):
        return str(
            ngettext(
                "Please wait a second, then try again.",
                "Please wait %(num)s seconds, then try again.",
                why.retry_after,
            )
        )
    if isinstance(why, Unacceptable) and factor == Factor.MAIL_CODE:
        return str(_("Check it: one e-mail address, or the eight digits of the code."))
    if isinstance(why, Unacceptable):
        return str(_("A PIN has eight digits, in two groups of four."))
    return str(why)


def page(name: str, status: int, card: Any = None, *, folder: str = "landing", **words: object) -> Response:
    """Return a page of this layout; ``card`` is what it may say of a link, and has a ``sender``."""
    sender = card.sender if card else known_sender()
    html = render_template(f"{folder}/{name}.html", card=card, sender=sender, here=request.path, **words)
    response = make_response(html, status)
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def remember_sender(organisation: Organisation) -> None:
    """Let what this request answers say whose images it was about, whatever goes wrong with it."""
    g.sender = Sender.of(organisation)


def known_sender() -> Sender | None:
    """Return whose images a request is about; else whose service it is, where one organisation lives here."""
    if "sender" in g:
        known: Sender = g.sender
        return known
    with site().sessions() as session:
        found = session.scalars(select(Organisation).limit(2)).all()
        if len(found) != 1:
            return None
        prefer(None, found[0].language)
        return Sender.of(found[0])


def status_of(why: VirtualCdError) -> int:
    """Return the HTTP status of a refusal."""
    return next(code for kind, code in STATUS.items() if isinstance(why, kind))


def with_pause(response: Response, why: VirtualCdError) -> Response:
    """Return the response, saying how long to wait where the refusal says so."""
    if isinstance(why, TooSoon):
        response.headers["Retry-After"] = str(why.retry_after)
    return response
