"""What staff ask for when they share, and what they are given once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from app.accounts.service import normal_email
from app.audit import Actor
from app.errors import Unacceptable
from app.shares.cut import CutKey
from app.shares.models import Factor, Purpose, Right

LONGEST_LIFE = timedelta(days=90)
LONGEST_RELEASE = timedelta(days=7)
LONGEST_TEXT = 200
LONGEST_REASON = 500
CHANNELS = ("slip", "mail", "telephone", "reprint", "passed_on", "cli", "api")


@dataclass(frozen=True)
class Order:
    """A share that somebody asks for. Without ``patient_key`` the disc must hold one patient only."""

    disc_id: str
    expires_at: datetime
    channel: str
    patient_key: str | None = None
    study_uids: Sequence[str] | None = None
    series_uids: Sequence[str] | None = None
    """Of the studies that hold some of these only these; see ``app.shares.scope``."""
    allow: Sequence[str] = (Right.VIEW, Right.DOWNLOAD)
    max_uses: int | None = None
    recipient: str = ""
    reference: str = ""
    include_report: bool = True
    purpose: str = Purpose.OTHER
    email: str | None = None
    factor: str = Factor.PIN
    given_to: str | None = None
    identity_checked: str | None = None
    visit_on: date | None = None
    language: str | None = None
    released_because: str = ""
    """Why it cannot wait for a decision about the disc: an emergency. ``call_back`` says whom to call."""
    call_back: str = ""

    def checked_email(self) -> str | None:
        """Return the e-mail address as we keep it."""
        return normal_email(self.email) if self.email else None


class KeyOrder(NamedTuple):
    """A key that somebody asks for: cut before the deed began, how it is handed over, by whom and when."""

    cut: CutKey
    channel: str
    by: Actor
    created_by: str | None
    now: datetime
    email: str | None = None
    factor: str = Factor.PIN


class NewKey(NamedTuple):
    """A key just made: the only time that token, code and PIN are known."""

    share_id: str
    key_id: str
    token: str
    code: str
    """Grouped for people: ``KM4T-7WQX-3HRP-C``."""
    pin: str
    """Eight digits, or empty where a code by e-mail stands in its place."""
    expires_at: datetime


def check_order(order: Order, now: datetime) -> None:
    """Raise Unacceptable unless every part of ``order`` is in range."""
    check_expiry(order.expires_at, now)
    check_channel(order.channel)
    if not order.allow or not set(order.allow) <= set(Right):
        raise Unacceptable("Choose what the link allows: view, download, dicomweb or give.")
    if order.purpose not in set(Purpose):
        raise Unacceptable("Choose what the link is for.")
    if order.max_uses is not None and order.max_uses < 1:
        raise Unacceptable("A link must open at least once.")
    if max(map(len, (order.recipient, order.reference, order.identity_checked or ""))) > LONGEST_TEXT:
        raise Unacceptable(f"Use at most {LONGEST_TEXT} characters for recipient and reference.")
    if order.released_because or order.call_back:
        _check_release(order, now)


def _check_release(order: Order, now: datetime) -> None:
    if not order.released_because.strip() or not order.call_back.strip():
        raise Unacceptable("Say why it cannot wait, and whom to call back.")
    if len(order.released_because) > LONGEST_REASON or len(order.call_back) > LONGEST_TEXT:
        raise Unacceptable(
            f"Use at most {LONGEST_REASON} characters for the reason, {LONGEST_TEXT} for the name."
        )
    if order.purpose != Purpose.EMERGENCY or order.expires_at > now + LONGEST_RELEASE:
        raise Unacceptable(f"An emergency release lasts {LONGEST_RELEASE.days} days at most.")


def check_expiry(expires_at: datetime, now: datetime) -> None:
    """Raise Unacceptable unless the end lies ahead, by 90 days at most."""
    if expires_at <= now:
        raise Unacceptable("The end of a link must lie ahead.")
    if expires_at > now + LONGEST_LIFE:
        raise Unacceptable(f"A link lasts {LONGEST_LIFE.days} days at most.")


def check_channel(channel: str, among: Collection[str] = CHANNELS) -> None:
    """Raise Unacceptable unless ``channel`` is a way by which links are handed over."""
    if channel not in among:
        raise Unacceptable("Choose how the link is handed over.")
