"""Looking discs up. Every question names its organisation: another one's disc does not exist."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, defer, selectinload

from app.errors import NotFound
from app.studies.models import Disc, DiscFile, DiscPatient, Instance, PatientDecision, Series, Study, Verdict

MAX_TERMS = 5
MAX_TERM_LENGTH = 64
ESCAPE = "\\"


class Receipt(NamedTuple):
    """The account of every file received: ``files`` is the sum of the six verdicts once a disc is read.

    ``bytes`` is what the files hold together; ``missing`` counts what a DICOMDIR lists and nobody sent.
    """

    files: int
    bytes: int
    instances: int
    dicomdir: int
    documents: int
    duplicates: int
    not_dicom: int
    refused: int
    missing: int


class Progress(NamedTuple):
    """How far a disc is, in numbers of files: announced, arrived, read; ``reason`` when it failed."""

    state: str
    files: int
    received: int
    read: int
    reason: str | None


def find_disc(session: Session, organisation_id: str, disc_id: str) -> Disc:
    """Return a disc of the organisation. Raises NotFound, also for deleted ones."""
    disc = session.get(Disc, disc_id)
    if disc is None or disc.organisation_id != organisation_id or disc.deleted_at:
        raise NotFound("There is no such disc.")
    return disc


def list_discs(
    session: Session, organisation_id: str, *, search: str = "", limit: int = 50, offset: int = 0
) -> list[Disc]:
    """Return discs, the newest first. Every word of ``search`` must be found somewhere, in any case.

    Those in the waiting room are kept apart: nobody has accepted them yet.
    """
    found = select(Disc).where(
        Disc.organisation_id == organisation_id, Disc.deleted_at.is_(None), Disc.waiting_since.is_(None)
    )
    for term in search.split()[:MAX_TERMS]:
        found = found.where(_holds(term[:MAX_TERM_LENGTH]))
    return list(session.scalars(found.order_by(Disc.created_at.desc(), Disc.id).limit(limit).offset(offset)))


def receipt(session: Session, disc: Disc) -> Receipt:
    """Return the account of a disc's files as it stands."""
    counted = session.execute(
        select(DiscFile.verdict, func.count(), func.coalesce(func.sum(DiscFile.size), 0))
        .where(DiscFile.disc_id == disc.id)
        .group_by(DiscFile.verdict)
    ).all()
    number = {verdict: count for verdict, count, _ in counted}
    return Receipt(
        files=sum(number.values()),
        bytes=sum(int(size) for _, _, size in counted),
        instances=number.get(Verdict.INSTANCE, 0),
        dicomdir=number.get(Verdict.DICOMDIR, 0),
        documents=number.get(Verdict.DOCUMENT, 0),
        duplicates=number.get(Verdict.DUPLICATE, 0),
        not_dicom=number.get(Verdict.NOT_DICOM, 0),
        refused=number.get(Verdict.REFUSED, 0),
        missing=len(disc.missing),
    )


def progress(session: Session, disc: Disc) -> Progress:
    """Return how far a disc is."""
    counted = select(
        func.count(),
        func.count().filter(DiscFile.received_at.is_not(None)),
        func.count().filter(DiscFile.verdict.is_not(None)),
    ).where(DiscFile.disc_id == disc.id)
    files, received, read = session.execute(counted).one()
    return Progress(disc.state, files, received, read, disc.state_reason)


def arrived_ranges(session: Session, disc: Disc) -> list[tuple[int, int]]:
    """Return the numbers of the files that have arrived, or never will, as ranges (first, last)."""
    here = select(DiscFile.number).where(
        DiscFile.disc_id == disc.id, or_(DiscFile.received_at.is_not(None), DiscFile.verdict.is_not(None))
    )
    ranges: list[tuple[int, int]] = []
    for number in session.scalars(here.order_by(DiscFile.number)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def patients_of(session: Session, disc: Disc) -> list[DiscPatient]:
    """Return the patients found on a disc by name, with all below them loaded (facts on demand)."""
    instances = selectinload(DiscPatient.studies).selectinload(Study.series).selectinload(Series.instances)
    return list(
        session.scalars(
            select(DiscPatient)
            .where(DiscPatient.disc_id == disc.id)
            .order_by(DiscPatient.name, DiscPatient.patient_id, DiscPatient.id)
            .options(instances.options(defer(Instance.facts)))
        )
    )


def kept_patients(session: Session, disc: Disc) -> list[DiscPatient]:
    """Return the patients of a disc without those that staff left out."""
    return [
        patient for patient in patients_of(session, disc) if patient.decision != PatientDecision.LEAVE_OUT
    ]


def _holds(term: str) -> ColumnElement[bool]:
    """Tell whether label, patient's name or ID, study's description or accession number holds ``term``."""
    patients = select(DiscPatient.disc_id).where(_like((DiscPatient.name, DiscPatient.patient_id), term))
    studies = select(Study.disc_id).where(_like((Study.description, Study.accession_number), term))
    return or_(_like((Disc.label,), term), Disc.id.in_(patients), Disc.id.in_(studies))


def _like(columns: Sequence[Any], term: str) -> ColumnElement[bool]:
    """Match in any case. SQLite folds ASCII alone, so both cases of everything else are asked for."""
    escaped = "".join(ESCAPE + letter if letter in "%_" + ESCAPE else letter for letter in term)
    patterns = {f"%{text}%" for text in (escaped, escaped.upper(), escaped.lower())}
    return or_(*(column.ilike(pattern, escape=ESCAPE) for column in columns for pattern in sorted(patterns)))
