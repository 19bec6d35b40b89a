"""How much may be on its way at once, and be kept, so that one person or one clinic cannot take all the room.

Uploads count until they are closed, deleted or swept. Those bounds are far above what a busy desk does; how
much an organisation keeps is bounded where whoever runs the service says so (``Organisation.quota_bytes``).
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.errors import Refused, TooLarge
from app.studies.holding import hold_originals
from app.studies.models import Disc, DiscFile, DiscState, Original

USER_UPLOADS = 20
ORGANISATION_UPLOADS = 100
USER_BYTES = 50 << 30
ORGANISATION_BYTES = 200 << 30
END_SOME = "Finish or delete some of them, then try again."
TOO_MUCH = (
    "Too much is on its way at once (at most {} GB for {}). Finish other uploads first, then try again."
)
FULL = "So much waits here already that nothing more can be taken in now. Please call."
"""All that somebody outside is told, whichever bound it is."""
NO_ROOM = (
    "There is no room for this: {stands}. What is kept is safe, and nothing of this was taken. Delete discs "
    "that nobody needs (their room is free a day later), or ask whoever runs this service for more."
)
UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


class Room(NamedTuple):
    """How much an organisation keeps or awaits, and may keep, in bytes."""

    used: int
    quota: int

    @property
    def free(self) -> int:
        """How much is left; below nothing once the bound was set lower than what is kept."""
        return self.quota - self.used

    @property
    def is_scarce(self) -> bool:
        """Whether less than a tenth is left."""
        return 10 * self.used > 9 * self.quota


def room_of(session: Session, organisation_id: str) -> Room | None:
    """Return the room of an organisation; None where nobody has bounded it."""
    quota = session.get_one(Organisation, organisation_id).quota_bytes
    return None if quota is None else Room(used_bytes(session, organisation_id), quota)


def used_bytes(session: Session, organisation_id: str) -> int:
    """Return how many bytes an organisation keeps or awaits.

    Originals count as they are stored, packed and once each; what is announced or unread, as announced.
    Pictures made for viewing do not count: they can be made again.
    """
    kept = select(func.sum(Original.stored_size)).where(Original.organisation_id == organisation_id)
    coming = (
        select(func.sum(DiscFile.size))
        .join(Disc, Disc.id == DiscFile.disc_id)
        .where(
            Disc.organisation_id == organisation_id,
            Disc.state.in_((DiscState.RECEIVING, DiscState.INGESTING)),
            Disc.deleted_at.is_(None),
            DiscFile.verdict.is_(None),
            DiscFile.held.is_(False),
        )
    )
    return sum(int(session.scalar(each) or 0) for each in (kept, coming))


def check_kept(session: Session, organisation_id: str, coming: int = 0) -> None:
    """Raise TooLarge when ``coming`` bytes more are more than an organisation may keep."""
    if session.get_one(Organisation, organisation_id).quota_bytes is None:
        return
    hold_originals(session, organisation_id)
    room = room_of(session, organisation_id)
    if room and max(coming, 1) > room.free:
        raise TooLarge(NO_ROOM.format(stands=_stands(room, coming)))


def _stands(room: Room, coming: int) -> str:
    """Return how an organisation without room for ``coming`` bytes (0: not known yet) stands."""
    if room.free < 0:
        return (
            f"your organisation keeps {amount(room.used)}, which is {amount(-room.free)} more than the "
            f"{amount(room.quota)} that it may keep now"
        )
    if not room.free:
        return f"your organisation keeps all of the {amount(room.quota)} that it may"
    return (
        f"of the {amount(room.quota)} that your organisation may keep {amount(room.free)} are free, and this "
        f"is {amount(coming)}"
    )


def check_uploads(session: Session, organisation_id: str, user_id: str) -> None:
    """Raise Refused when a user or their organisation has as many uploads open as it may.

    Raises TooLarge when the organisation keeps as much as it may already.
    """
    if _open(session, _of(organisation_id, user_id)) >= USER_UPLOADS:
        raise Refused(f"You have {USER_UPLOADS} uploads open. {END_SOME}")
    if _open(session, _of(organisation_id)) >= ORGANISATION_UPLOADS:
        raise Refused(f"Your organisation has {ORGANISATION_UPLOADS} uploads open. {END_SOME}")
    check_kept(session, organisation_id)


def check_bytes(session: Session, disc: Disc, coming: int) -> None:
    """Raise TooLarge when ``coming`` bytes more would be too much on the way at once, or to be kept."""
    try:
        _check_coming(session, disc, coming)
        check_kept(session, disc.organisation_id, coming)
    except TooLarge:
        if disc.waiting_since:
            raise TooLarge(FULL) from None
        raise


def _check_coming(session: Session, disc: Disc, coming: int) -> None:
    bounds = [(ORGANISATION_BYTES, "an organisation", _of(disc.organisation_id))]
    if disc.created_by:
        bounds.append((USER_BYTES, "a person", _of(disc.organisation_id, disc.created_by)))
    for limit, whom, theirs in bounds:
        if _bytes(session, theirs) + coming > limit:
            raise TooLarge(TOO_MUCH.format(limit >> 30, whom))


def amount(number: int) -> str:
    """Return bytes as people count them (decimal), in two digits at least."""
    for unit, name in UNITS:
        if number >= unit:
            return f"{number / unit:,.{0 if number >= 10 * unit else 1}f} {name}"
    return f"{number} bytes"


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
