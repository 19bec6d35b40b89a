"""Which links a list shows: by state, by time, by a word; and the same list as a table."""

import csv
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import StringIO
from typing import NamedTuple

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.accounts.models import Organisation
from app.shares import service
from app.shares.models import Share, ShareState
from app.web.made import patient_names
from app.web.states import channel_name, share_state
from app.web.texts import _
from app.web.words import day, local, person

PAGE = 50
MOST = 1000
"""Of how many links the list knows; older ones stand on their discs' pages."""
LONGEST_SEARCH = 200
SOON = timedelta(days=7)
ASKED = "asked"
FILTERS = (
    "",
    ASKED,
    ShareState.LIVE,
    "soon",
    "unopened",
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
            asked.get("q", "").strip()[:LONGEST_SEARCH],
            max(1, asked.get("page", 1, int)),
        )


class Found(NamedTuple):
    """A page of links."""

    shares: list[Share]
    more: bool
    any_at_all: bool


def links(
    session: Session, organisation_id: str, question: Question, now: datetime, *, whole: bool = False
) -> Found:
    """Return one page of the links that ``question`` asks for, or all of them."""
    known = service.list_shares(session, organisation_id, limit=MOST)
    patients = patient_names(session, known)
    chosen = [
        share
        for share in known
        if _fits(share, question.state, now)
        and _holds(question.search, share.recipient, share.reference, person(patients.get(share.id)))
    ]
    end = question.page * PAGE
    return Found(chosen if whole else chosen[end - PAGE : end], len(chosen) > end, bool(known))


def as_csv(
    shares: list[Share], patients: Mapping[str, str], organisation: Organisation, now: datetime
) -> str:
    """Return the links as a table (RFC 4180) in which no cell is a formula."""
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
    for share in shares:
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
    return out.getvalue()


def harmless(cell: str) -> str:
    """Return a cell's text with an apostrophe before what a table's program would run."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _fits(share: Share, wanted: str, now: datetime) -> bool:
    state = service.state_of(share, now)
    if wanted == "soon":
        return state in (ShareState.LIVE, ShareState.FROZEN) and share.expires_at <= now + SOON
    if wanted == "unopened":
        return state in (ShareState.LIVE, ShareState.FROZEN) and not share.uses
    return wanted in ("", ASKED, state)


def _holds(search: str, *texts: str) -> bool:
    return all(any(word in text.casefold() for text in texts) for word in search.casefold().split())
