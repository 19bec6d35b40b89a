"""What staff say when they ask for images, and what they are given once."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.accounts.service import normal_email
from app.errors import Unacceptable
from app.ingest.begin import ANYBODY, Expected
from app.ingest.limits import MAX_DISC_BYTES
from app.requests.limits import MOST_BYTES, MOST_DISCS
from app.shares.orders import LONGEST_TEXT, check_channel, check_expiry
from app.shares.resemblance import Person, resembles

CHANNELS = ("slip", "mail", "telephone", "cli")
LONGEST_WANTED = 1000


@dataclass(frozen=True)
class RequestOrder:
    """An upload request that somebody makes."""

    asked: str
    wanted: str
    expires_at: datetime
    channel: str
    reference: str = ""
    language: str | None = None
    expected: Expected = ANYBODY
    max_discs: int = 1
    max_bytes: int = MAX_DISC_BYTES
    email: str | None = None

    def checked_email(self) -> str | None:
        """Return the e-mail address as we keep it."""
        return normal_email(self.email) if self.email else None


class NewRequestKey(NamedTuple):
    """A key just made: the only time that token, code and PIN are known."""

    request_id: str
    key_id: str
    token: str
    code: str
    pin: str
    expires_at: datetime


def check_order(order: RequestOrder, now: datetime) -> None:
    """Raise Unacceptable unless every part of ``order`` is in range."""
    check_expiry(order.expires_at, now)
    check_channel(order.channel, CHANNELS)
    if not order.asked.strip() or not order.wanted.strip():
        raise Unacceptable("Say who is asked, and for what.")
    if max(len(order.asked), len(order.reference)) > LONGEST_TEXT or len(order.wanted) > LONGEST_WANTED:
        raise Unacceptable(
            f"Use at most {LONGEST_TEXT} characters for names, {LONGEST_WANTED} for what is asked."
        )
    if not 1 <= order.max_discs <= MOST_DISCS or not 1 <= order.max_bytes <= MOST_BYTES:
        raise Unacceptable(f"Ask for 1 to {MOST_DISCS} discs and at most {MOST_BYTES >> 30} GB.")
    if resembles(order.reference, _person(order.expected)):
        raise Unacceptable(
            "The reference can be read before the PIN: leave out the patient's name, birth date and ID."
        )


def _person(expected: Expected) -> Person:
    born = expected.birth_date
    return Person(expected.name or "", born.strftime("%Y%m%d") if born else "", expected.patient_id or "")
