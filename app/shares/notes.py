"""Notes of a share: marks that a visitor keeps with the link, for everybody who holds it.

A note is one more thing that the link shows, not a change of its images: they stay what the hospital shared.
Notes are bounded, so that who holds a link cannot fill a hospital's database (ADR 27).
"""

from collections import defaultdict
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit import Action, Actor
from app.errors import NotFound, Refused, TooSoon, Unacceptable
from app.shares.drawn import Page, read_marks, read_text
from app.shares.logged import record_of
from app.shares.models import Share, ShareInstance, ShareKey, ShareNote
from app.shares.queries import find_share
from app.studies.models import DisplayState, Instance

MOST_NAME = 80
MOST_TEXT = 500
MOST_NOTES = 50
"""Of a share."""
PACE, PACE_OVER = 10, timedelta(hours=1)
"""How many notes one key may keep in how long a time."""


def keep_note(
    session: Session, key: ShareKey, *, name: str, text: str, marks: str, by: Actor, now: datetime
) -> ShareNote:
    """Keep ``marks`` (JSON, see ``app.shares.drawn``) with the share of ``key``, as who calls themselves so.

    Raises Refused when the organisation lets nobody measure, or the share has its 50 notes; TooSoon after
    ten in an hour; TooLarge and Unacceptable for what is not marks on pictures that the share shows.
    """
    share = key.share
    if not share.organisation.measuring:
        raise Refused("Measuring is switched off here.")
    drawn = read_marks(marks)
    note = ShareNote(
        share_id=share.id,
        key_id=key.id,
        name=read_text(name, MOST_NAME),
        text=read_text(text, MOST_TEXT),
        marks=drawn.told,
        count=drawn.total,
        created_at=now,
    )
    if not note.name:
        raise Unacceptable("Say who you are.")
    session.execute(select(Share.id).where(Share.id == share.id).with_for_update())
    _require_room(session, key, now)
    _require_shown(session, share, drawn.pages)
    session.add(note)
    session.flush()
    record_of(session, Action.NOTE_KEPT, share, by, now, key_id=key.id, note=note.id, marks=note.count)
    return note


def notes_of(session: Session, share_id: str) -> list[ShareNote]:
    """Return a share's notes without their marks, the newest first."""
    wanted = select(ShareNote).where(ShareNote.share_id == share_id)
    return list(session.scalars(wanted.order_by(ShareNote.created_at.desc(), ShareNote.id)))


def find_note(session: Session, share_id: str, note_id: str) -> ShareNote:
    """Return a note of the share. Raises NotFound for every other one."""
    note = session.scalars(
        select(ShareNote).where(ShareNote.id == note_id, ShareNote.share_id == share_id)
    ).one_or_none()
    if note is None:
        raise NotFound("There is no such note.")
    return note


def delete_note(
    session: Session, organisation_id: str, share_id: str, note_id: str, *, by: Actor, now: datetime
) -> None:
    """Delete a note of one of the organisation's shares. Raises NotFound."""
    share = find_share(session, organisation_id, share_id)
    note = find_note(session, share.id, note_id)
    record_of(session, Action.NOTE_DELETED, share, by, now, note=note.id, marks=note.count)
    session.delete(note)


def erase_notes(session: Session, disc_id: str) -> None:
    """Erase the notes of a disc's shares: it is purged, and nobody can see any more what they speak of."""
    shares = select(Share.id).where(Share.disc_id == disc_id)
    session.execute(
        delete(ShareNote).where(ShareNote.share_id.in_(shares)).execution_options(synchronize_session=False)
    )


def _require_room(session: Session, key: ShareKey, now: datetime) -> None:
    kept = session.scalar(select(func.count()).where(ShareNote.share_id == key.share_id)) or 0
    if kept >= MOST_NOTES:
        raise Refused(f"This link has {MOST_NOTES} notes already, which is all that it takes.")
    recent = session.scalars(
        select(ShareNote.created_at)
        .where(ShareNote.key_id == key.id, ShareNote.created_at > now - PACE_OVER)
        .order_by(ShareNote.created_at.desc())
        .limit(PACE)
    ).all()
    if len(recent) == PACE:
        wait = ceil((recent[-1] + PACE_OVER - now).total_seconds())
        raise TooSoon(f"{PACE} notes were kept within the hour. Please wait, then try again.", wait)


def _require_shown(session: Session, share: Share, pages: list[Page]) -> None:
    """Raise Unacceptable unless all of these are pictures that the share's newest version shows."""
    wanted: dict[str, int] = defaultdict(int)
    for page in pages:
        wanted[page.instance_id] = max(wanted[page.instance_id], page.frame_index)
    found = session.execute(
        select(Instance.id, Instance.frames)
        .join(ShareInstance, ShareInstance.instance_id == Instance.id)
        .where(
            ShareInstance.version_id == (share.versions[-1].id if share.versions else None),
            Instance.display_state == DisplayState.SHOWN,
            Instance.id.in_(wanted),
        )
    )
    frames = {row[0]: row[1] for row in found}
    if any(last >= frames.get(instance_id, 0) for instance_id, last in wanted.items()):
        raise Unacceptable("These marks lie on pictures that this link does not show.")
