"""Where else in the organisation the studies of a disc are. Another organisation's discs do not exist."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.studies.models import Disc, Study

MOST = 200
"""Discs named at most: a page that tells of more tells nothing."""


def same_studies(session: Session, disc: Disc) -> dict[str, list[Disc]]:
    """Return, by study UID, the other discs of the organisation that hold a study of ``disc``.

    What lies in the waiting room is nobody's yet, and told of nowhere else.
    """
    own = select(Study.study_uid).where(Study.disc_id == disc.id)
    pairs = (  # of ids alone: PostgreSQL cannot tell whether two rows with JSON are the same
        select(Study.study_uid, Study.disc_id)
        .where(
            Study.organisation_id == disc.organisation_id,
            Study.study_uid.in_(own),
            Study.disc_id != disc.id,
        )
        .distinct()
        .subquery()
    )
    found = session.execute(
        select(pairs.c.study_uid, Disc)
        .join(Disc, Disc.id == pairs.c.disc_id)
        .where(Disc.deleted_at.is_(None), Disc.waiting_since.is_(None))
        .order_by(Disc.created_at.desc())
        .limit(MOST)
    )
    elsewhere: dict[str, list[Disc]] = defaultdict(list)
    for study_uid, other in found:
        elsewhere[study_uid].append(other)
    return dict(elsewhere)


def stopped_with(session: Session, disc: Disc) -> list[str]:
    """Return the ids of the organisation's stopped discs that hold a study of ``disc``, deleted ones too."""
    own = select(Study.study_uid).where(Study.disc_id == disc.id)
    stopped = (
        select(Disc.id)
        .join(Study, Study.disc_id == Disc.id)
        .where(
            Study.organisation_id == disc.organisation_id,
            Study.study_uid.in_(own),
            Study.disc_id != disc.id,
            Disc.blocked_at.is_not(None),
        )
        .distinct()
    )
    return list(session.scalars(stopped.order_by(Disc.id)))


def named(session: Session, organisation_id: str, disc_ids: list[str]) -> list[Disc]:
    """Return those of the discs that are still there, the newest first."""
    wanted = select(Disc).where(
        Disc.organisation_id == organisation_id, Disc.id.in_(disc_ids), Disc.deleted_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Disc.created_at.desc())))
