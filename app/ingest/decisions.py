"""What a person decides about a disc that needs it; undone as long as the disc was not shared."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.errors import Refused, Unacceptable
from app.ingest.expected import expected_identity
from app.ingest.outcome import set_ready
from app.shares.models import Share
from app.shares.reasons import lasting_reason
from app.shares.service import revoke
from app.studies.birth_date import WRONG_BIRTH_DATE
from app.studies.models import Disc, DiscPatient, DiscState, PatientDecision
from app.studies.retention import delete_disc


def decide(
    session: Session,
    disc: Disc,
    *,
    keep: Sequence[str] | None,
    because: str,
    by: Actor,
    user_id: str | None,
    now: datetime,
    as_expected: Collection[str] = (),
    before_sending: bool = False,
) -> None:
    """Keep all patients of a disc (None), or those of the given keys; the others are left out of shares.

    Those in ``as_expected`` are the expected patient though the disc says otherwise: the index takes over
    what staff gave; originals stay as they are. Until the disc is shared, deciding again replaces the
    decision. An emergency release of somebody who is left out ends. ``before_sending`` tells the audit log
    that it was said before the disc was sent.
    Raises Refused when nothing is to decide; Unacceptable without a reason, with a key of no patient here, or
    as expected where nobody was.
    """
    _must_be_open(session, disc)
    if not because.strip():
        raise Unacceptable("Say why: the reason is kept with the decision.")
    patients = _patients(session, disc)
    every = {patient.id for patient in patients}
    kept = every if keep is None else set(keep)
    if not kept or kept - every:
        raise Unacceptable("Choose at least one patient of this disc.")
    if as_expected and (set(as_expected) - kept or not any(expected_identity(disc))):
        raise Unacceptable("Nobody said whose disc this is: keep the patient as found.")
    checked = now if any(reason["code"] == WRONG_BIRTH_DATE for reason in disc.review_reasons) else None
    for patient in patients:
        patient.decision = PatientDecision.KEEP if patient.id in kept else PatientDecision.LEAVE_OUT
        _correct(patient, disc if patient.id in as_expected else None)
        patient.birth_date_checked_at = checked if patient.id in kept else None
    disc.decided_at, disc.decided_by, disc.decided_because = now, user_id, because.strip()
    _end_releases(session, disc, every - kept, by=by, user_id=user_id, now=now)
    record(
        session,
        Action.DISC_DECIDED,
        by,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        kept=sorted(kept),
        as_expected=sorted(as_expected),
        left_out=sorted(every - kept),
        reasons=[reason["code"] for reason in disc.review_reasons],
        because=lasting_reason(session, disc, because),
        before_sending=before_sending,
    )
    set_ready(session, disc, now)


def undo(session: Session, disc: Disc, *, by: Actor, now: datetime) -> None:
    """Take a decision back: the disc waits for one again. Raises Refused once the disc was shared."""
    if not can_undo(session, disc):
        raise Refused("A decision can be taken back until the disc is shared. Stop the disc if it is wrong.")
    for patient in _patients(session, disc):
        patient.decision = patient.birth_date_checked_at = None
        _correct(patient, None)
    disc.decided_at = disc.decided_by = disc.decided_because = None
    disc.state = DiscState.NEEDS_REVIEW
    record(session, Action.DECISION_UNDONE, by, now, organisation_id=disc.organisation_id, disc_id=disc.id)


def send_back(
    session: Session, disc: Disc, *, because: str, by: Actor, user_id: str | None, now: datetime
) -> None:
    """Refuse the whole disc: it goes back to whoever brought it. For 24 hours it can be restored.

    Raises Refused when nothing is to decide or the disc is held, Unacceptable without a reason.
    """
    _must_be_open(session, disc)
    if not because.strip():
        raise Unacceptable("Say why: it is kept with the disc.")
    disc.sent_back_at = disc.decided_at = now
    disc.decided_by, disc.decided_because = user_id, because.strip()
    record(
        session,
        Action.DISC_SENT_BACK,
        by,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        reasons=[reason["code"] for reason in disc.review_reasons],
        because=lasting_reason(session, disc, because),
    )
    delete_disc(session, disc, by=by, now=now)


def can_undo(session: Session, disc: Disc) -> bool:
    """Tell whether a decision was made and nothing was shared on it yet."""
    if disc.state != DiscState.READY or not disc.decided_at or disc.blocked_at:
        return False
    shared = exists().where(Share.disc_id == disc.id, Share.released_because.is_(None), Share.versions.any())
    return not session.scalar(select(shared))


def _must_be_open(session: Session, disc: Disc) -> None:
    if disc.blocked_at:
        raise Refused("This disc was stopped: nothing is left to decide.")
    if disc.state != DiscState.NEEDS_REVIEW and not can_undo(session, disc):
        raise Refused("This disc does not wait for a decision.")


def _correct(patient: DiscPatient, disc: Disc | None) -> None:
    """Take over what staff gave about ``disc``; without one, back to what the instances say."""
    said = expected_identity(disc) if disc else None
    patient.corrected_name = _other(said and said.name, patient.name)
    patient.corrected_patient_id = _other(said and said.patient_id, patient.patient_id)
    patient.corrected_birth_date = _other(said and said.birth_date, patient.birth_date)


def _other(said: str | None, found: str) -> str | None:
    return said if said and said != found else None


def _end_releases(
    session: Session, disc: Disc, left_out: set[str], *, by: Actor, user_id: str | None, now: datetime
) -> None:
    released = select(Share).where(
        Share.disc_id == disc.id, Share.disc_patient_id.in_(left_out), Share.released_because.is_not(None)
    )
    for share in session.scalars(released).all():
        revoke(session, disc.organisation_id, share.id, by=by, user_id=user_id, now=now)


def _patients(session: Session, disc: Disc) -> Sequence[DiscPatient]:
    of_disc = select(DiscPatient).where(DiscPatient.disc_id == disc.id)
    return session.scalars(of_disc.order_by(DiscPatient.id)).all()
