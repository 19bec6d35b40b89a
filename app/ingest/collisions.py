"""One SOP Instance UID with different bytes: on one disc, or on two discs of the organisation."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from app.studies.models import Disc, Instance


class Collision(NamedTuple):
    """A UID of the disc, and a disc (it, or another one) that has the UID with other bytes."""

    instance_uid: str
    disc_id: str


def mark_collisions(session: Session, disc: Disc) -> list[Collision]:
    """Set ``collides`` on both sides of every collision of the disc; return them, each once.

    A disc in the waiting room marks itself alone, and is seen by no other: who sends us something can't put
    a mark on what we hold.
    """
    ours, theirs = aliased(Instance), aliased(Instance)
    pairs = session.execute(
        select(ours.id, theirs.id, theirs.instance_uid, theirs.disc_id)
        .join(
            theirs,
            (theirs.organisation_id == ours.organisation_id)
            & (theirs.instance_uid == ours.instance_uid)
            & (theirs.sha256 != ours.sha256),
        )
        .join(Disc, Disc.id == theirs.disc_id)
        .where(
            ours.disc_id == disc.id,
            Disc.deleted_at.is_(None),
            or_(Disc.waiting_since.is_(None), Disc.id == disc.id),
        )
    ).all()
    others = {theirs_id for _, theirs_id, *_ in pairs if not disc.waiting_since}
    _mark(session, sorted({ours_id for ours_id, *_ in pairs} | others))
    return sorted({Collision(uid, disc_id) for _, _, uid, disc_id in pairs})


def _mark(session: Session, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), 500):
        some = update(Instance).where(Instance.id.in_(ids[start : start + 500]))
        session.execute(some.values(collides=True))
