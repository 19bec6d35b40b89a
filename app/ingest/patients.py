"""Joining what belongs to one patient, once a disc is read: the same person, written less fully in places."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.dicom.identity import Identity, group
from app.ingest.tree import identity_of
from app.studies.models import Disc, DiscPatient, Instance, Series, Study


def join_patients(session: Session, disc: Disc) -> None:
    """Make one patient of each group of identities on the disc; what is below them follows."""
    rows: dict[Identity, list[DiscPatient]] = defaultdict(list)
    for row in _patients(session, disc):
        rows[identity_of(row)].append(row)  # one each, unless two workers overlapped
    for identities in group(rows):
        _join(session, [row for identity in identities for row in rows[identity]])
    session.flush()


def studies_of_several(session: Session, disc: Disc) -> list[str]:
    """Return the UIDs of studies that stand under more than one patient of the disc."""
    owners: dict[str, set[str]] = defaultdict(set)
    for study_uid, patient in session.execute(
        select(Study.study_uid, Study.disc_patient_id).where(Study.disc_id == disc.id)
    ):
        owners[study_uid].add(patient)
    return sorted(study_uid for study_uid, patients in owners.items() if len(patients) > 1)


def ids_of_several_dates(patients: Iterable[DiscPatient]) -> list[str]:
    """Return the patient IDs under which the disc has more than one birth date."""
    dates: dict[tuple[str, str], set[str]] = defaultdict(set)
    for patient in patients:
        if patient.patient_id and patient.birth_date:
            dates[patient.patient_id, patient.issuer].add(patient.birth_date)
    return sorted({patient_id for (patient_id, _), found in dates.items() if len(found) > 1})


def _patients(session: Session, disc: Disc) -> Iterable[DiscPatient]:
    of_disc = select(DiscPatient).where(DiscPatient.disc_id == disc.id)
    return session.scalars(of_disc.order_by(DiscPatient.name, DiscPatient.id))


def _join(session: Session, same: Sequence[DiscPatient]) -> None:
    """Move all to the first of ``same``, the fullest; it takes over what only others say."""
    first, *others = same
    first.birth_date = next((row.birth_date for row in same if row.birth_date), "")
    first.sex = next((row.sex for row in same if row.sex), "")
    studies = {study.study_uid: study.id for study in _studies(session, first)}
    for other in others:
        for study in _studies(session, other):
            there = studies.setdefault(study.study_uid, study.id)
            if there == study.id:
                study.disc_patient_id = first.id
            else:
                _move_series(session, study, there)
        session.flush()
        session.execute(delete(DiscPatient).where(DiscPatient.id == other.id))


def _move_series(session: Session, study: Study, target_id: str) -> None:
    """Move the series of a study to another one of the same UID, and take the study away."""
    there = {series.series_uid: series.id for series in _series(session, target_id)}
    for series in _series(session, study.id):
        if series.series_uid in there:
            moved = update(Instance).where(Instance.series_id == series.id)
            session.execute(moved.values(series_id=there[series.series_uid]))
            session.delete(series)
        else:
            series.study_id = target_id
    session.flush()
    session.execute(delete(Study).where(Study.id == study.id))


def _studies(session: Session, patient: DiscPatient) -> Sequence[Study]:
    return session.scalars(select(Study).where(Study.disc_patient_id == patient.id)).all()


def _series(session: Session, study_id: str) -> Sequence[Series]:
    return session.scalars(select(Series).where(Series.study_id == study_id)).all()
