"""How much may be on its way at once, so that one person or one clinic cannot take all the room.

Uploads count until they are closed, deleted or swept. The bounds are far above what a busy desk does.
"""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.errors import Refused, TooLarge
from app.studies.models import Disc, DiscFile, DiscState

USER_UPLOADS = 20
ORGANISATION_UPLOADS = 100
USER_BYTES = 50 << 30
ORGANISATION_BYTES = 200 << 30
END_SOME = "Finish or delete some of them, then try again."
TOO_MUCH = (
    "Too much is on its way at once (at most {} GB for {}). Finish other uploads first, then try again."
)


def check_uploads(session: Session, organisation_id: str, user_id: str) -> None:
    """Raise Refused when a user or their organisation has as many uploads open as it may."""
    if _open(session, _of(organisation_id, user_id)) >= USER_UPLOADS:
        raise Refused(f"You have {USER_UPLOADS} uploads open. {END_SOME}")
    if _open(session, _of(organisation_id)) >= ORGANISATION_UPLOADS:
        raise Refused(f"Your organisation has {ORGANISATION_UPLOADS} uploads open. {END_SOME}")


def check_bytes(session: Session, disc: Disc, coming: int) -> None:
    """Raise TooLarge when ``coming`` bytes more would be too much on the way at once."""
    bounds = [(ORGANISATION_BYTES, "an organisation", _of(disc.organisation_id))]
    if disc.created_by:
        bounds.append((USER_BYTES, "a person", _of(disc.organisation_id, disc.created_by)))
    for limit, whom, theirs in bounds:
        if _bytes(session, theirs) + coming > limit:
            raise TooLarge(TOO_MUCH.format(limit >> 30, whom))


def _of(organisation_id: str, user_id: str | None = None) -> list[ColumnElement[bool]]:
    theirs = [
        Disc.organisation_id == organisation_id,
        Disc.state == DiscState.RECEIVING,
        Disc.deleted_at.is_(None),
    ]
    return [*theirs, Disc.created_by == user_id] if user_id else theirs


def _open(session: Session, theirs: list[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(Disc).where(*theirs)) or 0


def _bytes(session: Session, theirs: list[ColumnElement[bool]]) -> int:
    announced = select(func.sum(DiscFile.size)).join(Disc, Disc.id == DiscFile.disc_id).where(*theirs)
    return int(session.scalar(announced) or 0)
