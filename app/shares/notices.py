"""Notices by e-mail to whoever made a link and to the desk's mailbox: each once, without a patient's name."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Organisation, User
from app.mail import Letter, LetterState, Mailroom, Outgoing
from app.shares.models import LinkRequest, RequestState, Share, ShareKey, ShareState
from app.shares.states import state_of

FRESH = timedelta(days=1)
"""What happened longer ago is no news: a mail server that is set up late does not tell old stories."""
REMINDERS = (timedelta(days=2), timedelta(days=7))
WORDS = {
    "opened": "A link was opened for the first time",
    "frozen": "A link was closed for safety: ten wrong PINs",
    "asked": "Somebody asks for a new link",
    "bounced": "An e-mail with a link could not be sent",
    "unopened_7": "A link has not been opened yet; 7 days are left",
    "unopened_2": "A link has not been opened yet; 2 days are left",
}


class Notice(NamedTuple):
    """Something to tell about a share; told once for each key, or once when there is none to name."""

    kind: str
    share: Share
    key_id: str | None = None


def send_notices(session: Session, base_url: str, now: datetime) -> int:
    """Queue what has not been told yet; return the number of letters. Nothing without a mail server."""
    post: Mailroom = session.info["mail"]
    if not post.sends:
        return 0
    untold = [notice for notice in _notices(session, now) if not _is_told(session, notice)]
    return sum(_tell(session, post, notice, base_url, now) for notice in untold)


def _notices(session: Session, now: datetime) -> Iterator[Notice]:
    since = now - FRESH
    for key in _keys(session, ShareKey.frozen_at >= since):
        yield Notice("frozen", key.share, key.id)
    for key in _keys(session, ShareKey.opened_at >= since):
        if min(one.opened_at for one in key.share.keys if one.opened_at) == key.opened_at:
            yield Notice("opened", key.share)
    waiting = select(LinkRequest).where(LinkRequest.state == RequestState.OPEN, LinkRequest.asked_at >= since)
    for request in session.scalars(waiting.options(joinedload(LinkRequest.share))):
        yield Notice("asked", request.share, request.key_id)
    failed = select(Letter).where(
        Letter.kind == "link",
        Letter.share_id.is_not(None),
        Letter.state == LetterState.FAILED,
        Letter.settled_at >= since,
    )
    for letter in session.scalars(failed):
        yield Notice("bounced", session.get_one(Share, letter.share_id), letter.key_id)
    yield from _reminders(session, now)


def _keys(session: Session, happened: object) -> Iterable[ShareKey]:
    found = select(ShareKey).where(happened)  # type: ignore[arg-type]  # a column's comparison
    return session.scalars(found.options(joinedload(ShareKey.share).selectinload(Share.keys)))


def _reminders(session: Session, now: datetime) -> Iterator[Notice]:
    unopened = select(Share).where(Share.uses == 0, Share.revoked_at.is_(None), Share.expires_at > now)
    for share in session.scalars(unopened.options(selectinload(Share.keys), joinedload(Share.disc))):
        due = next((left for left in REMINDERS if _is_due(share, left, now)), None)
        if due and state_of(share, now) in (ShareState.LIVE, ShareState.FROZEN):
            yield Notice(f"unopened_{due.days}", share)


def _is_due(share: Share, left: timedelta, now: datetime) -> bool:
    """Tell whether the mark so long before the visit or the end has passed in the share's own life."""
    visit = datetime.combine(share.visit_on, time(), UTC) if share.visit_on else share.expires_at
    end = visit if now < visit else share.expires_at
    return share.created_at < end - left <= now


def _is_told(session: Session, notice: Notice) -> bool:
    told = select(Letter.id).where(
        Letter.kind == notice.kind, Letter.share_id == notice.share.id, Letter.key_id == notice.key_id
    )
    return session.scalars(told.limit(1)).first() is not None


def _tell(session: Session, post: Mailroom, notice: Notice, base_url: str, now: datetime) -> int:
    share = notice.share
    sender = session.get(User, share.created_by) if share.created_by else None
    to = staff_addresses(share.organisation, sender)
    for address in to:
        post.queue(
            session,
            Outgoing(address, WORDS[notice.kind], _text(notice, base_url), sender=share.organisation.name),
            kind=notice.kind,
            organisation_id=share.organisation_id,
            share_id=share.id,
            key_id=notice.key_id,
            now=now,
        )
    return len(to)


def staff_addresses(organisation: Organisation, owner: User | None) -> list[str]:
    """Return where word for staff goes: to whoever made the link, and to the desk's mailbox."""
    theirs = owner.email if owner and not owner.disabled_at else None
    return sorted({address for address in (theirs, organisation.desk_mailbox) if address})


def _text(notice: Notice, base_url: str) -> str:
    share = notice.share
    about = [f"Recipient: {share.recipient}"] if share.recipient else []
    about += [f"Reference: {share.reference}"] if share.reference else []
    lines = [f"{WORDS[notice.kind]}.", *about, "", "See the link's page:", f"{base_url}/shares/{share.id}"]
    return "\n".join(lines) + "\n"
