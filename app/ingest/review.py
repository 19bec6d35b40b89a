"""Whether a disc is ready to share, or a person must decide first; and what that person decides."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.audit.actor import SYSTEM
from app.errors import Refused, Unacceptable
from app.ingest.collisions import Collision, mark_collisions
from app.ingest.expected import is_expected
from app.ingest.outcome import fail
from app.ingest.patients import join_patients, studies_of_several
from app.shares.service import fill_waiting
from app.studies.models import Disc, DiscFile, DiscPatient, DiscState, Instance, PatientDecision, Verdict

Reason = dict[str, Any]

SEVERAL_PATIENTS = "several_patients"
UID_COLLISION = "uid_collision"
STUDY_UNDER_TWO = "study_under_two_patients"
UNEXPECTED = "unexpected_patient"
NAMED = 20
"""Of many alike, how many a review reason names; it counts all."""
NO_IMAGES = "No images or reports were found in it."


def judge(session: Session, disc: Disc, now: datetime) -> None:
    """Say what a disc that was read is: failed without instances, in need of a decision, or ready."""
    if not session.scalar(select(func.count()).select_from(Instance).where(Instance.disc_id == disc.id)):
        fail(session, disc, _why_nothing(session, disc), by=SYSTEM, now=now)
        return
    join_patients(session, disc)
    disc.review_reasons = _reasons(session, disc, mark_collisions(session, disc))
    if disc.review_reasons:
        disc.state = DiscState.NEEDS_REVIEW
    else:
        _ready(session, disc, now)


def decide(
    session: Session,
    disc: Disc,
    *,
    keep: Sequence[str] | None,
    because: str,
    by: Actor,
    user_id: str | None,
    now: datetime,
) -> None:
    """Keep all patients of a disc (None), or those of the given keys; the others are left out of shares.

    Raises Refused when nothing is to decide, Unacceptable without a reason or with a key of no patient here.
    """
    if disc.state != DiscState.NEEDS_REVIEW:
        raise Refused("This disc does not wait for a decision.")
    if not because.strip():
        raise Unacceptable("Say why: the reason is kept with the decision.")
    patients = _patients(session, disc)
    chosen = {patient.id for patient in patients} if keep is None else set(keep)
    if not chosen or chosen - {patient.id for patient in patients}:
        raise Unacceptable("Choose at least one patient of this disc.")
    for patient in patients:
        patient.decision = PatientDecision.KEEP if patient.id in chosen else PatientDecision.LEAVE_OUT
    disc.decided_at, disc.decided_by, disc.decided_because = now, user_id, because.strip()
    record(
        session,
        Action.DISC_DECIDED,
        by,
        now,
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        kept=sorted(chosen),
        left_out=sorted({patient.id for patient in patients} - chosen),
        reasons=[reason["code"] for reason in disc.review_reasons],
        because=because.strip(),
    )
    _ready(session, disc, now)


def _ready(session: Session, disc: Disc, now: datetime) -> None:
    disc.state = DiscState.READY
    session.flush()
    fill_waiting(session, disc, now)


def _why_nothing(session: Session, disc: Disc) -> str:
    """Return why all files were refused if it is one reason, such as a ZIP that is none."""
    files = select(DiscFile.verdict, DiscFile.reason).where(DiscFile.disc_id == disc.id).distinct().limit(2)
    found = session.execute(files).all()
    verdict, reason = found[0] if len(found) == 1 else (None, None)
    return reason if verdict == Verdict.REFUSED and reason else NO_IMAGES


def _reasons(session: Session, disc: Disc, collisions: list[Collision]) -> list[Reason]:
    patients = _patients(session, disc)
    found: list[Reason] = []
    if len(patients) > 1:
        found.append(_many(SEVERAL_PATIENTS, "patient_keys", [patient.id for patient in patients]))
    if shared := studies_of_several(session, disc):
        found.append(_many(STUDY_UNDER_TWO, "study_uids", shared))
    if collisions:
        uids = sorted({collision.instance_uid for collision in collisions})
        elsewhere = sorted({collision.disc_id for collision in collisions} - {disc.id})
        found.append(_many(UID_COLLISION, "instance_uids", uids) | {"disc_ids": elsewhere[:NAMED]})
    if strangers := [patient for patient in patients if not is_expected(disc, patient)]:
        found.append(_many(UNEXPECTED, "patient_keys", [patient.id for patient in strangers]))
    return found


def _many(code: str, name: str, all_: list[str]) -> Reason:
    return {"code": code, "count": len(all_), name: all_[:NAMED]}


def _patients(session: Session, disc: Disc) -> Sequence[DiscPatient]:
    of_disc = select(DiscPatient).where(DiscPatient.disc_id == disc.id)
    return session.scalars(of_disc.order_by(DiscPatient.name, DiscPatient.id)).all()
