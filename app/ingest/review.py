"""Whether a disc is ready to share, or a person must decide first (``app.ingest.decisions``)."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Actor
from app.audit.actor import SYSTEM, ActorKind
from app.ingest import same_person
from app.ingest.attaching import attach_found
from app.ingest.claims import contradicting
from app.ingest.collisions import Collision, mark_collisions
from app.ingest.decisions import decide
from app.ingest.expected import expected_identity, is_expected
from app.ingest.outcome import fail, set_ready
from app.ingest.patients import ids_of_several_dates, join_patients, studies_of_several
from app.studies.elsewhere import stopped_with
from app.studies.models import Disc, DiscFile, DiscPatient, DiscState, Instance, Verdict

Reason = dict[str, Any]

SEVERAL_PATIENTS = "several_patients"
UID_COLLISION = "uid_collision"
STUDY_UNDER_TWO = "study_under_two_patients"
UNEXPECTED = "unexpected_patient"
TWO_BIRTH_DATES = "one_id_two_birth_dates"
DIRECTORY_SAYS_OTHERWISE = "directory_names_others"
STOPPED_BEFORE = "stopped_before"
ABOUT_ONE_PERSON = frozenset({SEVERAL_PATIENTS, STUDY_UNDER_TWO, TWO_BIRTH_DATES, UNEXPECTED})
"""What "it is the same person" answers."""
NAMED = 20
"""Of many alike, how many a review reason names; it counts all."""
COMPARED = 100
"""Of many patients, how many are compared with the expected one; the others are taken for strangers."""
NO_IMAGES = "No images or reports were found in it."


def judge(session: Session, disc: Disc, now: datetime) -> None:
    """Say what a disc that was read is: failed without instances, in need of a decision, or ready."""
    if not session.scalar(select(func.count()).select_from(Instance).where(Instance.disc_id == disc.id)):
        fail(session, disc, _why_nothing(session, disc), by=SYSTEM, now=now)
        return
    join_patients(session, disc)
    attach_found(session, disc, now)
    judge_again(session, disc, now)


def judge_again(session: Session, disc: Disc, now: datetime) -> None:
    """Say once more whether a disc that holds something is ready: whom staff expect has become known."""
    disc.review_reasons = _reasons(session, disc, mark_collisions(session, disc))
    if not disc.review_reasons:
        set_ready(session, disc, now)
        return
    disc.state = DiscState.NEEDS_REVIEW
    if _answered(session, disc):
        _decide_as_said(session, disc, now)


def _answered(session: Session, disc: Disc) -> bool:
    """Tell whether all that is to be asked was answered before sending, about just these patients."""
    codes = {reason["code"] for reason in disc.review_reasons}
    return codes <= ABOUT_ONE_PERSON and same_person.was_said_of(disc, _patients(session, disc))


def _decide_as_said(session: Session, disc: Disc, now: datetime) -> None:
    """Make the decision that whoever sent the disc took when they saw who is on it."""
    patients, user_id = _patients(session, disc), same_person.said_by(disc)
    somebody = any(expected_identity(disc))
    decide(
        session,
        disc,
        keep=None,
        as_expected=[one.id for one in patients if somebody and not is_expected(disc, one)],
        because=same_person.said(disc),
        by=Actor(ActorKind.STAFF, user_id),
        user_id=user_id,
        now=now,
        before_sending=True,
    )


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
    if ids := ids_of_several_dates(patients):
        found.append(_many(TWO_BIRTH_DATES, "patient_ids", ids))
    others = contradicting(disc, patients[:COMPARED])
    if others and len(others) == len(disc.directory_patients):
        found.append({"code": DIRECTORY_SAYS_OTHERWISE, "count": len(others), "patients": others[:NAMED]})
    if stopped := stopped_with(session, disc):
        found.append({"code": STOPPED_BEFORE, "count": len(stopped), "disc_ids": stopped[:NAMED]})
    strangers = [one for one in patients[:COMPARED] if not is_expected(disc, one)] + patients[COMPARED:]
    if strangers and any(expected_identity(disc)):
        found.append(_many(UNEXPECTED, "patient_keys", [patient.id for patient in strangers]))
    return found


def _many(code: str, name: str, all_: list[str]) -> Reason:
    return {"code": code, "count": len(all_), name: all_[:NAMED]}


def _patients(session: Session, disc: Disc) -> list[DiscPatient]:
    of_disc = select(DiscPatient).where(DiscPatient.disc_id == disc.id)
    return list(session.scalars(of_disc.order_by(DiscPatient.name, DiscPatient.id)))
