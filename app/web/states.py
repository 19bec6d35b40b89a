"""States in words and signs for people: never by colour alone."""

from typing import NamedTuple

from app.accounts.models import Role
from app.mail import Letter, LetterState
from app.requests.service import Standing
from app.shares.models import ShareState
from app.studies.models import Disc, DiscState
from app.web.texts import _


class Said(NamedTuple):
    """A state as pages show it: ``kind`` gives the colour (good, warn, stop, calm), ``icon`` the sign."""

    kind: str
    icon: str
    words: str


def disc_state(disc: Disc) -> Said:
    """Return how a disc stands."""
    if disc.blocked_at:
        return Said("stop", "stopped", _("Stopped: wrong patient"))
    if disc.waiting_since and disc.state == DiscState.READY:
        return Said("warn", "waiting", _("Waits to be accepted"))
    return {
        DiscState.RECEIVING: Said("calm", "arriving", _("Still arriving")),
        DiscState.INGESTING: Said("calm", "arriving", _("Being checked")),
        DiscState.READY: Said("good", "check", _("Ready to share")),
        DiscState.NEEDS_REVIEW: Said("warn", "decide", _("Needs your decision")),
        DiscState.FAILED: Said("stop", "failed", _("Could not be read")),
    }[DiscState(disc.state)]


def share_state(state: ShareState) -> Said:
    """Return how a link stands."""
    return {
        ShareState.WAITING: Said("calm", "waiting", _("Waiting for the disc")),
        ShareState.LIVE: Said("good", "check", _("Active")),
        ShareState.EXPIRED: Said("calm", "ended", _("Ended")),
        ShareState.REVOKED: Said("calm", "stopped", _("Revoked")),
        ShareState.USED_UP: Said("calm", "ended", _("Used up")),
        ShareState.FROZEN: Said("warn", "frozen", _("Frozen: wrong PINs")),
    }[state]


def delivery_state(standing: Standing) -> Said:
    """Return what became of a disc that was sent on request."""
    return {
        Standing.ARRIVING: Said("calm", "arriving", _("Still arriving")),
        Standing.WAITING: Said("warn", "waiting", _("In the waiting room")),
        Standing.UNREADABLE: Said("stop", "failed", _("Could not be read")),
        Standing.ACCEPTED: Said("good", "check", _("Accepted")),
        Standing.REFUSED: Said("calm", "ended", _("Not accepted")),
        Standing.GONE: Said("calm", "ended", _("Deleted or broken off")),
    }[standing]


def filter_name(name: str) -> str:
    """Return how a list of the links in one state, or otherwise chosen, is called."""
    others = {
        "": _("All"),
        "waiting": _("Waiting"),
        "frozen": _("Frozen"),
        "soon": _("Ending soon"),
        "unopened": _("Never opened"),
        "asked": _("Asked for"),
    }
    return others.get(name) or share_state(ShareState(name)).words


def letter_words(letter: Letter) -> Said:
    """Return what became of an e-mail."""
    return {
        LetterState.QUEUED: Said("calm", "waiting", letter.reason or _("Waits to be sent")),
        LetterState.SENT: Said("good", "check", _("Sent")),
        LetterState.KEPT: Said("warn", "mail", _("Not sent: e-mail isn't set up")),
        LetterState.FAILED: Said("stop", "failed", _("Not sent: %(reason)s", reason=letter.reason or "")),
    }[LetterState(letter.state)]


def channel_name(channel: str) -> str:
    """Return how a key was handed over."""
    return {
        "slip": _("Slip"),
        "mail": _("E-mail"),
        "telephone": _("Read aloud"),
        "reprint": _("Slip, printed again"),
        "passed_on": _("Passed on by the visitor"),
        "cli": _("Command line"),
        "api": _("Program"),
    }.get(channel, channel)


def times(number: int) -> str:
    """Return "never", "once", "twice" or "3 times"."""
    return {0: _("never"), 1: _("once"), 2: _("twice")}.get(number) or _("%(number)s times", number=number)


def given_to_name(given_to: str) -> str:
    """Return into whose hands a link was given."""
    return {
        "patient": _("the patient"),
        "guardian": _("a parent or guardian"),
        "clinician": _("a doctor or nurse"),
        "other": _("somebody else"),
    }.get(given_to, given_to)


def role_name(role: Role) -> str:
    """Return a role as people say it."""
    return {
        Role.UPLOADER: _("may upload and share"),
        Role.VIEWER: _("may look"),
        Role.AUDITOR: _("auditor"),
        Role.ADMIN: _("administrator"),
        Role.OPERATOR: _("operator"),
    }[role]
