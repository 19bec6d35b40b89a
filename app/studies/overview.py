"""What stands on discs, in counts: for lists and pages that need no single instance."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from app.dicom.uids import REPORT_CLASSES
from app.studies.models import (
    Attachment,
    AttachmentKind,
    Disc,
    DiscFile,
    DiscPatient,
    DisplayState,
    Instance,
    PatientDecision,
    Series,
    Study,
    Verdict,
)

NOTHING = (0, 0, 0, 0, 0, 0)

DERIVED = frozenset({"AU", "DOC", "KO", "OT", "PR", "SC", "SEG", "SR"})
"""Modalities (PS3.3 C.7.3.1.1.1) of what is made from images or written about them."""
MOST_FILES = 2000
"""How many files a page explains; the receipt counts them all."""
UNREAD = (Verdict.REFUSED, Verdict.NOT_DICOM)


class SeriesLine(NamedTuple):
    """A series with numbers: images, images looked at for display, images shown, reports, all instances.

    ``colliding`` are those whose UID another instance of the disc has with other bytes.
    """

    series: Series
    images: int
    prepared: int
    shown: int
    reports: int
    instances: int
    colliding: int


class StudyLine(NamedTuple):
    """A study with its series, and how many reports and photos are attached to it."""

    study: Study
    series: list[SeriesLine]
    attached_reports: int = 0
    photos: int = 0

    @property
    def images(self) -> int:
        """Number of instances with pixels."""
        return sum(line.images for line in self.series)

    @property
    def reports(self) -> int:
        """Number of reports, in DICOM or attached."""
        return self.attached_reports + sum(line.reports for line in self.series)

    @property
    def modalities(self) -> list[str]:
        """Modalities, each once; pictures and papers made of the images only where there is nothing else."""
        found = dict.fromkeys(line.series.modality for line in self.series if line.series.modality)
        return [code for code in found if code not in DERIVED] or list(found)


class PatientLine(NamedTuple):
    """A patient identity with its studies, newest first."""

    patient: DiscPatient
    studies: list[StudyLine]

    @property
    def images(self) -> int:
        """Number of instances with pixels."""
        return sum(line.images for line in self.studies)

    @property
    def reports(self) -> int:
        """Number of reports."""
        return sum(line.reports for line in self.studies)

    @property
    def left_out(self) -> bool:
        """Whether staff left this patient out."""
        return self.patient.decision == PatientDecision.LEAVE_OUT


class FileCounts(NamedTuple):
    """How far a disc's files are."""

    announced: int
    received: int
    read: int


def contents(session: Session, discs: Sequence[Disc]) -> dict[str, list[PatientLine]]:
    """Return the patients of each disc by its id, with studies, series and counts; five queries in all."""
    ids = [disc.id for disc in discs]
    counts, attached = _counts(session, ids), _attached(session, ids)
    series: dict[str, list[SeriesLine]] = defaultdict(list)
    in_order = select(Series).where(Series.disc_id.in_(ids)).order_by(Series.number, Series.series_uid)
    for row in session.scalars(in_order):
        series[row.study_id].append(SeriesLine(row, *counts.get(row.id, NOTHING)))
    studies: dict[str, list[StudyLine]] = defaultdict(list)
    newest_first = select(Study).where(Study.disc_id.in_(ids)).order_by(Study.date.desc(), Study.time.desc())
    for study in session.scalars(newest_first):
        line = StudyLine(study, series[study.id], *attached.get(study.id, (0, 0)))
        studies[study.disc_patient_id].append(line)
    patients: dict[str, list[PatientLine]] = defaultdict(list)
    by_name = select(DiscPatient).where(DiscPatient.disc_id.in_(ids)).order_by(DiscPatient.name)
    for patient in session.scalars(by_name):
        patients[patient.disc_id].append(PatientLine(patient, studies[patient.id]))
    return patients


def _counts(session: Session, disc_ids: list[str]) -> dict[str, tuple[int, int, int, int, int, int]]:
    counted = session.execute(
        select(
            Instance.series_id,
            func.count().filter(Instance.frames > 0),
            func.count().filter(Instance.frames > 0, Instance.display_state != DisplayState.PENDING),
            func.count().filter(Instance.display_state == DisplayState.SHOWN),
            func.count().filter(Instance.sop_class_uid.in_(REPORT_CLASSES)),
            func.count(),
            func.count().filter(Instance.collides),
        )
        .where(Instance.disc_id.in_(disc_ids))
        .group_by(Instance.series_id)
    )
    return {row[0]: (row[1], row[2], row[3], row[4], row[5], row[6]) for row in counted}


def _attached(session: Session, disc_ids: list[str]) -> dict[str, tuple[int, int]]:
    """Return the numbers of reports and of photos that are attached to a study, by its id."""
    is_report = Attachment.kind == AttachmentKind.REPORT
    counted = session.execute(
        select(Attachment.study_id, func.count().filter(is_report), func.count().filter(~is_report))
        .where(Attachment.disc_id.in_(disc_ids), Attachment.study_id.is_not(None))
        .group_by(Attachment.study_id)
    )
    return {str(row[0]): (row[1], row[2]) for row in counted}


def middles(session: Session, disc: Disc) -> dict[str, str]:
    """Return, by series id, the id of the shown instance in its middle; series with none are left out."""
    shown = (
        select(
            Instance.series_id,
            Instance.id,
            func.row_number()
            .over(partition_by=Instance.series_id, order_by=(Instance.number, Instance.id))
            .label("place"),
            func.count().over(partition_by=Instance.series_id).label("total"),
        )
        .where(Instance.disc_id == disc.id, Instance.display_state == DisplayState.SHOWN)
        .subquery()
    )
    middle = select(shown.c.series_id, shown.c.id).where(shown.c.place == shown.c.total // 2 + 1)
    return {row[0]: row[1] for row in session.execute(middle)}


def file_counts(session: Session, disc: Disc) -> FileCounts:
    """Return how many files were announced, have arrived and were read."""
    received, read = session.execute(
        select(
            func.count().filter(DiscFile.received_at.is_not(None)),
            func.count().filter(DiscFile.verdict.is_not(None)),
        ).where(DiscFile.disc_id == disc.id)
    ).one()
    return FileCounts(disc.files_announced or 0, received, read)


def files_to_explain(session: Session, disc: Disc) -> list[DiscFile]:
    """Return the files that staff should hear about: refused, not DICOM, or read with a warning."""
    warned = cast(DiscFile.warnings, Text) != "[]"
    wanted = select(DiscFile).where(DiscFile.disc_id == disc.id, or_(DiscFile.verdict.in_(UNREAD), warned))
    return list(session.scalars(wanted.order_by(DiscFile.number).limit(MOST_FILES)))


def find_shown(session: Session, disc: Disc, instance_id: str) -> Instance | None:
    """Return a shown instance of ``disc``, or None."""
    return session.scalars(
        select(Instance).where(
            Instance.id == instance_id,
            Instance.disc_id == disc.id,
            Instance.display_state == DisplayState.SHOWN,
        )
    ).first()


def patient_names(session: Session, keys: Mapping[str, str | None]) -> dict[str, str]:
    """Return names (PN) of patients; ``keys`` maps whatever the caller asks by to a patient key or None."""
    wanted = {key for key in keys.values() if key}
    named = select(DiscPatient.id, DiscPatient.name).where(DiscPatient.id.in_(wanted))
    names = {row[0]: row[1] for row in session.execute(named)}
    return {name: names[key] for name, key in keys.items() if key in names}
