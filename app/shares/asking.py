"""Asking for a new link from one that ended or froze: a line on the desk's worklist, with an owner.

Works without mail. The old PIN, given right, proves the asker; otherwise somebody calls back. The asker is
told the same either way, and of each key five PINs are checked at most: this page is no way to guess one.
"""

import unicodedata
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.audit import Action, Actor, record
from app.db import Sessions
from app.errors import Refused, Unacceptable
from app.shares import pins
from app.shares.ending import keep_ends
from app.shares.models import LinkRequest, Proof, RequestState, Share, ShareKey, ShareState
from app.shares.states import ENDED, key_state

MOST_TRIES = 5
LONGEST_NUMBER = 40
ASKABLE = ENDED | {ShareState.FROZEN}


def ask(
    sessions: Sessions, key: ShareKey, *, pin: str = "", call_back: str = "", by: Actor, now: datetime
) -> None:
    """Put a key's holder on the worklist, once; asking again may add the proof or the number.

    Raises Unacceptable for a PIN or number that cannot be one, Refused while the link still opens.
    """
    answer, number = pins.read_pin(pin) if pin.strip() else None, _number(call_back)
    with sessions.begin() as session:
        request_id, checked = _note(session, key.id, number, answer is not None, by, now)
    if answer is None or not checked or not pins.matches(answer, key.pin_hash):
        return
    with sessions.begin() as session:
        request = session.get_one(LinkRequest, request_id)
        if request.proof != Proof.PIN:
            request.proof = Proof.PIN
            _record(session, Action.LINK_ASKED, request, by, now, proof=Proof.PIN)


def open_requests(session: Session, organisation_id: str) -> list[LinkRequest]:
    """Return who waits for a new link, the longest first, with share, key and owner."""
    waiting = (
        select(LinkRequest)
        .join(LinkRequest.share)
        .where(LinkRequest.organisation_id == organisation_id, LinkRequest.state == RequestState.OPEN)
        .options(
            contains_eager(LinkRequest.share).joinedload(Share.disc),
            joinedload(LinkRequest.key),
            joinedload(LinkRequest.owner),
        )
        .order_by(LinkRequest.asked_at, LinkRequest.id)
    )
    return list(session.scalars(waiting))


def count_open_requests(session: Session, organisation_id: str) -> int:
    """Return how many wait for a new link."""
    waiting = select(func.count()).where(
        LinkRequest.organisation_id == organisation_id, LinkRequest.state == RequestState.OPEN
    )
    return session.scalar(waiting) or 0


def settle(
    session: Session, share: Share, state: RequestState, *, by: Actor, user_id: str | None, now: datetime
) -> int:
    """Close what is asked for about ``share``; return how many requests that were."""
    waiting = select(LinkRequest).where(
        LinkRequest.share_id == share.id, LinkRequest.state == RequestState.OPEN
    )
    requests = session.scalars(waiting).all()
    for request in requests:
        request.state, request.settled_at, request.settled_by = state, now, user_id
        _record(session, Action.LINK_REQUEST_SETTLED, request, by, now, outcome=state)
    return len(requests)


def _note(
    session: Session, key_id: str, number: str, wants_proof: bool, by: Actor, now: datetime
) -> tuple[str, bool]:
    """Return the id of the key's open request, and whether a PIN may be checked, which is then counted."""
    key = session.scalars(select(ShareKey).where(ShareKey.id == key_id).with_for_update()).one()
    state = key_state(key, now)
    if state not in ASKABLE:
        raise Refused("This link still opens: enter your PIN.")
    keep_ends(session, now, key.share_id)
    request = _open_request(session, key, state, by, now)
    request.call_back = number or request.call_back
    spent = session.scalar(select(func.sum(LinkRequest.tries)).where(LinkRequest.key_id == key_id)) or 0
    checked = wants_proof and spent < MOST_TRIES
    request.tries += checked
    return request.id, checked


def _open_request(
    session: Session, key: ShareKey, state: ShareState, by: Actor, now: datetime
) -> LinkRequest:
    held = select(LinkRequest).where(LinkRequest.key_id == key.id, LinkRequest.state == RequestState.OPEN)
    if request := session.scalars(held).first():
        return request
    request = LinkRequest(
        organisation_id=key.organisation_id,
        share=key.share,
        key=key,
        owner_id=key.share.created_by,
        asked_at=now,
        tries=0,
    )
    session.add(request)
    session.flush()
    _record(session, Action.LINK_ASKED, request, by, now, state=state)
    return request


def _number(typed: str) -> str:
    number = " ".join(typed.split())
    if len(number) > LONGEST_NUMBER or any(not _may_stand_in_a_number(c) for c in number):
        raise Unacceptable("A telephone number has digits, spaces and + ( ) - / only.")
    return number


def _may_stand_in_a_number(character: str) -> bool:
    return character in " +()-/." or unicodedata.category(character) == "Nd"


def _record(
    session: Session, action: Action, request: LinkRequest, by: Actor, now: datetime, **details: str
) -> None:
    record(
        session,
        action,
        by,
        now,
        organisation_id=request.organisation_id,
        disc_id=request.share.disc_id,
        share_id=request.share_id,
        key_id=request.key_id,
        **details,
    )
