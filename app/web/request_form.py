"""What the page that asks for images asks of staff, turned into an order."""

from datetime import date, datetime, timedelta

from werkzeug.datastructures import MultiDict

from app.accounts.languages import LANGUAGES
from app.accounts.models import Organisation
from app.errors import Unacceptable
from app.ingest.begin import LONGEST, Expected
from app.requests.service import RequestOrder
from app.shares.orders import LONGEST_LIFE
from app.web.share_form import CHANNELS, end_of, read_address, today
from app.web.texts import _

LASTS = timedelta(days=14)
GB = 10**9


def read_order(form: MultiDict[str, str], organisation: Organisation, now: datetime) -> RequestOrder:
    """Return what the form asks for. Raises Unacceptable, with what to mend."""
    first = today(organisation)
    until = _day(form.get("until", "")) or first + LASTS
    if not first <= until <= first + LONGEST_LIFE:
        raise Unacceptable(_("Choose a last day from today on, 90 days away at most."))
    channel = form.get("channel", "") if form.get("channel") in CHANNELS else CHANNELS[0]
    return RequestOrder(
        asked=form.get("asked", ""),
        wanted=form.get("wanted", "").replace("\r\n", "\n"),
        expires_at=end_of(until, organisation, now),
        channel=channel,
        email=read_address(form.get("email", "")) if channel == "mail" else None,
        reference=form.get("reference", ""),
        language=form.get("language") if form.get("language") in LANGUAGES else None,
        expected=read_expected(form),
        max_discs=_number(form.get("max_discs", "1")),
        max_bytes=_number(form.get("max_gb", "10")) * GB,
    )


def read_expected(form: MultiDict[str, str]) -> Expected:
    """Return whom staff expect, as far as they said. Raises Unacceptable."""
    said = {name: form.get(name, "").strip() for name in ("name", "patient_id")}
    if any(len(text) > LONGEST[f"expected_{name}"] for name, text in said.items()):
        raise Unacceptable(_("That name or ID is too long."))
    return Expected(said["name"] or None, _day(form.get("birth_date", "")), said["patient_id"] or None)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 3:
        raise Unacceptable(_("Say how many discs and GB in whole numbers."))
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unacceptable(_("Write dates as year, month, day.")) from None
