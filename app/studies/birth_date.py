"""Before a disc's first share somebody types the patient's birth date, as an ID or an order has it.

The images' own date is hidden until then: who copies it has compared nothing. Staff who said the birth date
before the disc was read have done so already, and the review compared it.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.audit import Action, Actor, record
from app.dicom.agreement import Agreement, dates_agree
from app.studies.models import Disc, DiscPatient, DiscState

MOST_FAILURES = 3
"""From so many wrong dates on, somebody must decide about the disc."""
WRONG_BIRTH_DATE = "wrong_birth_date"
ARRIVING = (DiscState.RECEIVING, DiscState.INGESTING)


def is_awaited(organisation: Organisation, disc: Disc, patient: DiscPatient) -> bool:
    """Tell whether the birth date of ``patient`` must be typed before a person shares the disc.

    A stopped disc is shared by nobody: there it helps to find whose images went astray.
    """
    if not organisation.asks_birth_date or disc.expected_birth_date or patient.birth_date_checked_at:
        return False
    if disc.blocked_at:
        return False
    own = _date_of(patient)
    return disc.state == DiscState.READY and dates_agree(own, own) is Agreement.YES


def is_unknown(organisation: Organisation, disc: Disc) -> bool:
    """Tell whether a disc that still arrives has no birth date to be compared with once it is read."""
    return organisation.asks_birth_date and disc.state in ARRIVING and disc.expected_birth_date is None


def expect(session: Session, disc: Disc, typed: date, *, by: Actor, now: datetime) -> None:
    """Keep the birth date for a disc that still arrives: the review will compare it."""
    disc.expected_birth_date = typed
    _record(session, Action.BIRTH_DATE_CHECKED, disc, by, now, arriving=True)


def check(
    session: Session, disc: Disc, patients: Iterable[DiscPatient], typed: date, *, by: Actor, now: datetime
) -> bool:
    """Tell whether one of ``patients`` was born on ``typed``, and note it either way.

    From the third wrong date on the disc waits for a decision.
    """
    right = [one for one in patients if dates_agree(_date_of(one), f"{typed:%Y%m%d}") is Agreement.YES]
    for patient in right:
        patient.birth_date_checked_at = now
    if right:
        _record(session, Action.BIRTH_DATE_CHECKED, disc, by, now, patients=[one.id for one in right])
        return True
    disc.birth_date_failures += 1
    if disc.birth_date_failures >= MOST_FAILURES:
        disc.state = DiscState.NEEDS_REVIEW
        others = [one for one in disc.review_reasons if one["code"] != WRONG_BIRTH_DATE]
        disc.review_reasons = [*others, {"code": WRONG_BIRTH_DATE, "count": disc.birth_date_failures}]
    _record(session, Action.BIRTH_DATE_WRONG, disc, by, now, failures=disc.birth_date_failures)
    return False


def _date_of(patient: DiscPatient) -> str:
    return patient.corrected_birth_date or patient.birth_date


def _record(session: Session, action: Action, disc: Disc, by: Actor, now: datetime, **details: Any) -> None:
    record(session, action, by, now, organisation_id=disc.organisation_id, disc_id=disc.id, **details)
