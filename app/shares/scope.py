"""Which instances a share covers: one patient of one disc, all studies or some, with or without reports."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session, selectinload

from app.dicom.uids import REPORT_CLASSES
from app.errors import NotFound, Refused, Unacceptable
from app.shares.models import Share, ShareAttachment, ShareInstance, ShareVersion
from app.studies.models import (
    Attachment,
    AttachmentKind,
    DiscPatient,
    Instance,
    PatientDecision,
    Series,
    Study,
)

PLAN_BUNDLE = "plan_bundle"
"""Kind of the job that makes a new version's bundle ready to be taken; its payload names the version."""


class Scope(NamedTuple):
    """What was chosen: a patient, rows of studies, and rows of series where not all of them are meant."""

    patient: DiscPatient
    study_ids: list[str]
    series_ids: list[str] | None = None


def choose(
    session: Session,
    disc_id: str,
    patient_key: str | None,
    study_uids: Sequence[str] | None,
    series_uids: Sequence[str] | None = None,
) -> Scope:
    """Return the patient, studies and series meant.

    A study of which ``series_uids`` names some series means these; one of which it names none is meant whole.
    Raises NotFound for what is not on the disc, Refused when several patients would be, Unacceptable for a
    series of a study that was not chosen.
    """
    patients = _kept_patients(session, disc_id)
    if patient_key is not None:
        patients = [patient for patient in patients if patient.id == patient_key]
    studies = [study for patient in patients for study in patient.studies]
    if study_uids is not None:
        if not set(study_uids) <= {study.study_uid for study in studies}:
            raise NotFound("That study is not on this disc.")
        studies = [study for study in studies if study.study_uid in set(study_uids)]
    if not studies:
        raise NotFound("That patient is not on this disc.")
    found = {study.patient.id: study.patient for study in studies}
    if len(found) > 1:
        raise Refused(f"This disc holds {len(found)} patients. A link covers one: choose the patient.")
    study_ids = [study.id for study in studies]
    series_ids = _series_meant(session, study_ids, set(series_uids)) if series_uids else None
    return Scope(next(iter(found.values())), study_ids, series_ids)


def _series_meant(session: Session, study_ids: list[str], series_uids: set[str]) -> list[str]:
    series = session.scalars(select(Series).where(Series.study_id.in_(study_ids))).all()
    named = [one for one in series if one.series_uid in series_uids]
    if {one.series_uid for one in named} != series_uids:
        raise Unacceptable("Of the chosen series one is in no chosen study. Tick its study too.")
    in_part = {one.study_id for one in named}
    return [one.id for one in series if one in named or one.study_id not in in_part]


def plan_again(session: Session, disc_id: str, now: datetime) -> None:
    """Ask for the bundles of all links to a disc anew: its pictures are there now."""
    versions = select(ShareVersion.id, Share.id).join(Share).where(Share.disc_id == disc_id)
    newest = {
        share_id: version_id
        for version_id, share_id in session.execute(versions.order_by(ShareVersion.number))
    }
    for share_id, version_id in newest.items():
        session.info["jobs"].enqueue(
            session, PLAN_BUNDLE, {"version_id": version_id}, now=now, subject=share_id
        )


def _kept_patients(session: Session, disc_id: str) -> list[DiscPatient]:
    kept = or_(DiscPatient.decision.is_(None), DiscPatient.decision != PatientDecision.LEAVE_OUT)
    found = select(DiscPatient).where(DiscPatient.disc_id == disc_id, kept).order_by(DiscPatient.id)
    return list(session.scalars(found.options(selectinload(DiscPatient.studies))))


def take_snapshot(session: Session, share: Share, scope: Scope, created_by: str | None, now: datetime) -> int:
    """Make the share's next version from ``scope``; return the number of instances.

    Raises Refused when nothing is left, so that no link opens onto an empty page.
    """
    chosen = select(Instance.id).join(Series).join(Study).where(Study.id.in_(scope.study_ids))
    if scope.series_ids is not None:
        chosen = chosen.where(Series.id.in_(scope.series_ids))
    if not share.include_report:
        chosen = chosen.where(Instance.sop_class_uid.not_in(REPORT_CLASSES))
    instance_ids = session.scalars(chosen).all()
    if not instance_ids:
        raise Refused("There is nothing to share in this choice.")
    share.disc_patient_id = scope.patient.id
    version = next_version(session, share, created_by, now)
    session.execute(
        insert(ShareInstance),
        [{"version_id": version.id, "instance_id": instance_id} for instance_id in instance_ids],
    )
    _take_attachments(session, share, version, scope)
    return len(instance_ids)


def next_version(session: Session, share: Share, created_by: str | None, now: datetime) -> ShareVersion:
    """Return the share's next version, which shows nothing yet; its bundle is planned once it does."""
    version = ShareVersion(number=len(share.versions) + 1, created_by=created_by, created_at=now)
    share.versions.append(version)
    session.flush()
    session.info["jobs"].enqueue(session, PLAN_BUNDLE, {"version_id": version.id}, now=now, subject=share.id)
    return version


def _take_attachments(session: Session, share: Share, version: ShareVersion, scope: Scope) -> None:
    """Add to a version what is attached to its studies; reports only where the share includes them.

    With single series only reports come along: photos belong to the study as a whole.
    """
    chosen = select(Attachment.id).where(Attachment.study_id.in_(scope.study_ids))
    if not share.include_report:
        chosen = chosen.where(Attachment.kind != AttachmentKind.REPORT)
    if scope.series_ids is not None:
        chosen = chosen.where(Attachment.kind == AttachmentKind.REPORT)
    rows = [{"version_id": version.id, "attachment_id": found} for found in session.scalars(chosen)]
    if rows:
        session.execute(insert(ShareAttachment), rows)
