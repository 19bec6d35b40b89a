"""What the share page asks, with the defaults of each purpose, turned into an order."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from app.accounts.models import Organisation
from app.errors import Unacceptable
from app.mail import check_address
from app.shares.models import Factor, Purpose, Right
from app.shares.service import LONGEST_LIFE, Order
from app.web.context import site
from app.web.texts import _

CHANNELS = ("slip", "mail", "telephone")
GIVEN_TO = ("patient", "guardian", "clinician", "other")


class Default(NamedTuple):
    """What a purpose means unless staff say otherwise."""

    days: int
    allow: tuple[Right, ...]


DEFAULTS: Mapping[Purpose, Default] = {
    Purpose.PATIENT_COPY: Default(60, (Right.VIEW, Right.DOWNLOAD, Right.GIVE)),
    Purpose.APPOINTMENT: Default(60, (Right.VIEW, Right.DOWNLOAD)),
    Purpose.EMERGENCY: Default(7, (Right.VIEW, Right.DOWNLOAD, Right.DICOMWEB)),
}
AFTER_VISIT = timedelta(days=14)


def today(organisation: Organisation) -> date:
    """Return the day that it is where the organisation is."""
    return site().now().astimezone(ZoneInfo(organisation.time_zone)).date()


def read_address(typed: str) -> str:
    """Return the address that staff typed. Raises Unacceptable, with what to do."""
    if not typed.strip():
        raise Unacceptable(_("Type the e-mail address that the link goes to."))
    return check_address(typed)


def read_factor(form: Mapping[str, str], channel: str) -> Factor:
    """Return what a visitor proves: a code by e-mail only where the link itself goes by e-mail.

    Raises Unacceptable where no e-mail goes out: nobody could ever open such a link.
    """
    if channel != "mail" or form.get("factor") != Factor.MAIL_CODE:
        return Factor.PIN
    if not site().mail.sends:
        raise Unacceptable(_("No code can be sent: e-mail isn't set up. Choose a PIN."))
    return Factor.MAIL_CODE


def last_day(purpose: Purpose, visit_on: date | None, today: date) -> date:
    """Return the last day on which a link of this purpose opens: 90 days away at most."""
    if purpose == Purpose.APPOINTMENT and visit_on:
        return min(visit_on + AFTER_VISIT, today + LONGEST_LIFE)
    return today + timedelta(days=DEFAULTS[purpose].days)


def end_of(day: date, organisation: Organisation, now: datetime) -> datetime:
    """Return the last second of ``day`` where the organisation is, 90 days from now at most."""
    last = datetime.combine(day, time(23, 59, 59), ZoneInfo(organisation.time_zone))
    return min(last.astimezone(UTC), now + LONGEST_LIFE)


def read_order(form: MultiDict[str, str], disc_id: str, organisation: Organisation, now: datetime) -> Order:
    """Return what the form asks for. Raises Unacceptable, with what to mend."""
    purpose = _one_of(Purpose, form.get("purpose"), _("Choose what the link is for."))
    first = now.astimezone(ZoneInfo(organisation.time_zone)).date()
    visit_on = _day(form.get("visit_on"))
    until = _day(form.get("until")) or last_day(purpose, visit_on, first)
    if not first <= until <= first + LONGEST_LIFE:
        raise Unacceptable(_("Choose a last day from today on, 90 days away at most."))
    studies = form.getlist("study")
    if form.get("chose_studies") and not studies:
        raise Unacceptable(_("Choose at least one study."))
    channel = form.get("channel", "") if form.get("channel") in CHANNELS else "slip"
    return Order(
        disc_id=disc_id,
        expires_at=end_of(until, organisation, now),
        channel=channel,
        email=read_address(form.get("email", "")) if channel == "mail" else None,
        factor=read_factor(form, channel),
        patient_key=form.get("patient") or None,
        study_uids=studies or None,
        series_uids=form.getlist("series") or None,
        allow=DEFAULTS[purpose].allow,
        recipient=form.get("recipient", ""),
        reference=form.get("reference", ""),
        include_report=form.get("include_report", "yes") == "yes",
        purpose=purpose,
        given_to=form.get("given_to") if form.get("given_to") in GIVEN_TO else None,
        identity_checked=form.get("identity_checked", "").strip() or None,
        visit_on=visit_on,
        language=form.get("language") or None,
    )


def _one_of(kind: type[Purpose], text: str | None, otherwise: str) -> Purpose:
    try:
        return kind(text or "")
    except ValueError:
        raise Unacceptable(otherwise) from None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unacceptable(_("Write dates as year, month, day.")) from None
