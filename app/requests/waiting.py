"""The waiting room: what came in by a request is accepted, matched to its patient, or refused."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.errors import NeedsReview, Refused, Unacceptable
from app.ingest.begin import LONGEST, Expected
from app.ingest.collisions import mark_collisions
from app.ingest.receive import end_grants
from app.ingest.review import judge_again
from app.requests.models import Delivery
from app.requests.queries import find_delivery
from app.shares.reasons import lasting_reason
from app.studies.models import Disc, DiscPatient, DiscState
from app.studies.retention import delete_disc
from app.translations.dates import read_da

LONGEST_REASON = 500
CANDIDATES = 5


def accept(session: Session, disc: Disc, *, by: Actor, user_id: str | None, now: datetime) -> None:
    """Make a disc out of the waiting room one like any other.

    Only now it is compared with the discs that are here: should one hold other images of the same numbers,
    it then needs a decision. Raises Refused when it does not wait, still arrives or holds nothing;
    NeedsReview when somebody must first decide whose it is.
    """
    delivery = _waiting(session, disc)
    if disc.state in (DiscState.RECEIVING, DiscState.INGESTING):
        raise Refused("This disc still arrives. Accept it once all of it was checked.")
    if disc.state == DiscState.FAILED:
        raise Refused("Nothing on this disc could be read: there is nothing to accept.")
    if disc.state == DiscState.NEEDS_REVIEW:
        raise NeedsReview("Somebody must first decide whose disc this is.")
    disc.waiting_since = None
    delivery.accepted_at, delivery.settled_by = now, user_id
    session.flush()
    if disc.decided_at:
        mark_collisions(session, disc)
    else:
        judge_again(session, disc, now)
    _record(session, Action.DISC_ACCEPTED, delivery, by, now, state=str(disc.state))


def match(session: Session, disc: Disc, expected: Expected, *, by: Actor, now: datetime) -> bool:
    """Say whom a waiting disc is for; return whether its images say so too.

    When they do not, it waits for a decision, the two identities side by side. Raises Refused when it does
    not wait, is still read or was decided already; Unacceptable without any identity.
    """
    delivery = _waiting(session, disc)
    if disc.state not in (DiscState.READY, DiscState.NEEDS_REVIEW) or disc.decided_at:
        raise Refused("This disc cannot be matched now.")
    if not any(expected):
        raise Unacceptable("Say whom this disc is for: a name, a birth date or an ID.")
    if any(len(text or "") > LONGEST[f"expected_{name}"] for name, text in _texts(expected)):
        raise Unacceptable("That name or ID is too long.")
    disc.expected_name, disc.expected_birth_date, disc.expected_patient_id = expected
    judge_again(session, disc, now)
    _record(session, Action.DISC_MATCHED, delivery, by, now, state=str(disc.state))
    return disc.state == DiscState.READY


def refuse(
    session: Session, disc: Disc, *, because: str, by: Actor, user_id: str | None, now: datetime
) -> None:
    """Send a waiting disc away: it is deleted, for 24 hours it can be restored into the waiting room.

    Raises Refused when it does not wait, Unacceptable without a reason.
    """
    delivery = _waiting(session, disc)
    if not because.strip() or len(because) > LONGEST_REASON:
        raise Unacceptable(f"Say why, in at most {LONGEST_REASON} characters: it is kept with the request.")
    delivery.refused_at, delivery.settled_by = now, user_id
    delivery.because = lasting_reason(session, disc, because)
    end_grants(session, disc, now)
    _record(session, Action.DISC_REFUSED, delivery, by, now, because=delivery.because)
    delete_disc(session, disc, by=by, now=now)


def candidates(session: Session, disc: Disc) -> list[DiscPatient]:
    """Return patients on other discs who share an ID or a birth date with one on ``disc``, newest first."""
    own = select(DiscPatient).where(DiscPatient.disc_id == disc.id)
    here = session.scalars(own.limit(CANDIDATES)).all()
    ids = {one.patient_id for one in here if one.patient_id}
    dates = {one.birth_date for one in here if one.birth_date}
    alike = or_(DiscPatient.patient_id.in_(ids), DiscPatient.birth_date.in_(dates))
    found = session.scalars(
        select(DiscPatient)
        .join(Disc, Disc.id == DiscPatient.disc_id)
        .where(
            DiscPatient.organisation_id == disc.organisation_id,
            Disc.deleted_at.is_(None),
            Disc.waiting_since.is_(None),
            alike,
        )
        .order_by(Disc.created_at.desc(), DiscPatient.id)
        .limit(10 * CANDIDATES)
    )
    distinct = {(one.name, one.birth_date, one.patient_id): one for one in reversed(found.all())}
    return list(reversed(distinct.values()))[:CANDIDATES]


def as_expected(patient: DiscPatient) -> Expected:
    """Return whom staff expect when they say: the same person as this one."""
    return Expected(patient.name or None, read_da(patient.birth_date), patient.patient_id or None)


def _texts(expected: Expected) -> tuple[tuple[str, str | None], ...]:
    return ("name", expected.name), ("patient_id", expected.patient_id)


def _waiting(session: Session, disc: Disc) -> Delivery:
    delivery = find_delivery(session, disc)
    if delivery is None or not disc.waiting_since:
        raise Refused("This disc does not lie in the waiting room.")
    return delivery


def _record(
    session: Session, action: Action, delivery: Delivery, by: Actor, now: datetime, **details: Any
) -> None:
    record(
        session,
        action,
        by,
        now,
        organisation_id=delivery.disc.organisation_id,
        disc_id=delivery.disc_id,
        request_id=delivery.request_id,
        **details,
    )
