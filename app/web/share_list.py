"""Which links a list shows: by state, by time, by a word; and the same list as a table."""

import csv
from collections.abc import Mapping
from datetime import datetime
from io import StringIO
from itertools import islice
from typing import NamedTuple

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.accounts.models import Organisation
from app.shares import service
from app.shares.listing import ALL, SOON, UNOPENED, Found, Line, listed
from app.shares.models import Share, ShareState
from app.studies import overview
from app.web.asked_page import asked_page, asked_words
from app.web.states import channel_name, share_state
from app.web.texts import _
from app.web.words import day, local, person

PAGE = 50
MOST = 20_000
"""How many links a table holds."""
ASKED = "asked"
FILTERS = (
    "",
    ASKED,
    ShareState.LIVE,
    SOON,
    UNOPENED,
    ShareState.WAITING,
    ShareState.FROZEN,
    ShareState.EXPIRED,
    ShareState.REVOKED,
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A table's program would run a cell that begins like this (CSV injection)."""


class Question(NamedTuple):
    """What somebody wants to see of the links."""

    state: str
    search: str
    page: int

    @classmethod
    def of(cls, asked: MultiDict[str, str]) -> "Question":
        """Read an address's query; what it does not know means all."""
        state = asked.get("state", "")
        return cls(
            state if state in FILTERS else "",
            asked_words(asked),
            asked_page(asked),
        )


class Links(NamedTuple):
    """A page of links."""

    shares: list[Share]
    more: bool
    any_at_all: bool


def links(
    session: Session, organisation_id: str, question: Question, now: datetime, *, whole: bool = False
) -> Links:
    """Return one page of the links that ``question`` asks for, or as many of them as a table holds."""
    state = ALL if question.state == ASKED else question.state
    fitting = listed(session, organisation_id, state, now, _holding(question.search))
    start, most = (0, MOST) if whole else ((question.page - 1) * PAGE, PAGE)
    shares = list(islice(fitting, start, start + most + 1))
    any_at_all = bool(shares) or bool(service.list_shares(session, organisation_id, limit=1))
    return Links(shares[:most], len(shares) > most, any_at_all)


def as_csv(found: Links, patients: Mapping[str, str], organisation: Organisation, now: datetime) -> str:
    """Return the links as a table (RFC 4180) in which no cell is a formula; it tells when it lacks some."""
    out = StringIO()
    table = csv.writer(out)
    table.writerow(
        [
            _("Patient"),
            _("Recipient"),
            _("Their reference"),
            _("State"),
            _("Made"),
            _("Last day"),
            _("Openings"),
            _("Handed over"),
        ]
    )
    for share in found.shares:
        row = (
            person(patients.get(share.id)) if patients.get(share.id) else "",
            share.recipient,
            share.reference,
            share_state(service.state_of(share, now)).words,
            f"{local(share.created_at, organisation):%Y-%m-%d %H:%M}",
            day(share.expires_at, organisation),
            str(share.uses),
            ", ".join(channel_name(key.channel) for key in share.keys),
        )
        table.writerow([harmless(cell) for cell in row])
    if found.more:
        newest = _(
            "Only the newest %(number)s links stand here. Narrow the list for the others.", number=MOST
        )
        table.writerow([newest])
    return out.getvalue()


def harmless(cell: str) -> str:
    """Return a cell's text with an apostrophe before what a table's program would run."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _holding(search: str) -> Found:
    """Return what finds the lines that hold every word of a search: in recipient, reference or name."""
    words = search.casefold().split()

    def found(session: Session, lines: list[Line]) -> list[Line]:
        if not words:
            return lines
        names = overview.patient_names(session, {line.id: line.patient_key for line in lines})
        return [line for line in lines if _holds(words, line, person(names.get(line.id)))]

    return found


def _holds(words: list[str], line: Line, name: str) -> bool:
    texts = [text.casefold() for text in (line.recipient, line.reference, name)]
    return all(any(word in text for text in texts) for word in words)
