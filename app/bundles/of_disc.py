"""The bundle of a disc's patient as the disc stands now, for the command line; no share is needed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, selectinload

from app.accounts.models import Organisation
from app.bundles.plan import Plan, plan
from app.errors import NeedsReview, NotFound, Refused
from app.signing import DocumentSigner
from app.storage import ObjectStore
from app.studies.attachments import attachments_of_studies
from app.studies.models import Disc, DiscPatient, DiscState, DisplayState, Instance, Series, Study
from app.studies.queries import kept_patients

JOINT = "."
"""Between the ids of disc and patient in a manifest's ``version_id``; share versions' ids have none."""


def plan_of_disc(
    session: Session,
    disc: Disc,
    organisation: Organisation,
    patient_key: str | None,
    *,
    signer: DocumentSigner,
    base_url: str = "",
    store: ObjectStore | None = None,
) -> Plan:
    """Return the plan of what ``disc`` holds of one patient.

    Raises NeedsReview while a person must decide about the disc, Refused when it is not ready, was stopped,
    or holds several patients and none is named, NotFound for a patient who is not on it.
    """
    _check(disc)
    patient = _patient(session, disc, patient_key)
    made_at: datetime = disc.read_at or disc.created_at
    seed = f"{disc.id}{JOINT}{patient.id}"
    instances = _instances(session, patient)
    displayed = all(instance.display_state != DisplayState.PENDING for instance in instances)
    return plan(
        session,
        instances,
        organisation,
        made_at,
        seed=seed,
        signer=signer,
        attachments=attachments_of_studies(session, [study.id for study in patient.studies]),
        base_url=base_url,
        pictures=store if displayed else None,
        language=organisation.language,
    )


def _check(disc: Disc) -> None:
    if disc.blocked_at:
        raise Refused("This disc was stopped: nothing on it may leave.")
    if disc.state == DiscState.NEEDS_REVIEW:
        raise NeedsReview("Somebody must first decide about this disc.")
    if disc.state != DiscState.READY:
        raise Refused("This disc is not ready.")


def _patient(session: Session, disc: Disc, patient_key: str | None) -> DiscPatient:
    patients = kept_patients(session, disc)
    if patient_key is not None:
        patients = [patient for patient in patients if patient.id == patient_key]
    if not patients:
        raise NotFound("That patient is not on this disc.")
    if len(patients) > 1:
        raise Refused(f"This disc holds {len(patients)} patients. A bundle is of one: choose the patient.")
    return patients[0]


def _instances(session: Session, patient: DiscPatient) -> list[Instance]:
    wanted = select(Instance).join(Instance.series).join(Series.study).join(Study.patient)
    loaded = contains_eager(Instance.series).contains_eager(Series.study).contains_eager(Study.patient)
    of_patient = wanted.where(Study.disc_patient_id == patient.id)
    return list(session.scalars(of_patient.options(loaded, selectinload(Instance.original))))
