"""The sender's side: the PIN opens the request, and a disc begins that goes to the waiting room."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.db import Sessions
from app.errors import Gone, NotFound, VirtualCdError
from app.ingest.begin import Expected, begin_disc
from app.ingest.receive import grant_upload
from app.requests.ending import keep_ends
from app.requests.limits import check_resume, check_upload
from app.requests.models import Delivery, RequestKey, SenderVisit, UploadRequest
from app.requests.states import Standing, key_state, standing
from app.shares import pins
from app.shares.attempts import Claim, Door, Frozen
from app.shares.models import ShareState
from app.shares.states import ENDED
from app.shares.token import LinkSigner
from app.shares.visits import hash_of, hindrance, new_secret, touch
from app.studies.models import Disc

SOURCE = "request"


class OpenedRequest(NamedTuple):
    """A sender's visit: its cookie's secret, and where it leads."""

    secret: str
    request_id: str


class Begun(NamedTuple):
    """A disc that may be sent now, and the grant's secret."""

    disc: Disc
    grant: str


def open_with_pin(
    sessions: Sessions, signer: LinkSigner, key: RequestKey, pin: str, *, by: Actor, now: datetime
) -> OpenedRequest:
    """Check ``pin`` and start a visit. Every outcome but a malformed PIN is written to the audit log.

    Raises Unacceptable (malformed, not counted), Gone (ended), Frozen, TooSoon (not evaluated, not counted),
    WrongPin.
    """
    answer = pins.read_pin(pin)
    try:
        claim = DOOR.claim(sessions, signer, key.id, answer, by=by, now=now)
    except Gone:
        with sessions.begin() as session:
            keep_ends(session, now, key.request_id)
        raise
    if not pins.matches(answer, claim.pin_hash):
        raise DOOR.fail(sessions, claim, by, now)
    return _admit(sessions, claim, by, now)


def begin(session: Session, visit: SenderVisit, *, remark: str = "", by: Actor, now: datetime) -> Begun:
    """Begin a disc for a sender. Nothing that they say of it is taken over: staff said whom they expect.

    Raises Gone when the request has ended or is filled, Refused when too much is open or waits already.
    """
    request = _locked(session, visit.request_id)
    if key_state(visit.key, now) in ENDED:
        raise Gone("This request has ended.")
    check_upload(session, request)
    disc = begin_disc(
        session,
        request.organisation_id,
        source=SOURCE,
        expected=Expected(request.expected_name, request.expected_birth_date, request.expected_patient_id),
        by=by,
        created_by=None,
        now=now,
    )
    disc.waiting_since = now
    session.add(
        Delivery(
            disc_id=disc.id,
            request=request,
            key_id=visit.key_id,
            visit_id=visit.id,
            remark=remark,
            begun_at=now,
        )
    )
    return Begun(disc, _grant(session, disc, visit, now))


def resume(session: Session, visit: SenderVisit, disc_id: str, *, by: Actor, now: datetime) -> Begun:
    """Give a new grant for a disc that the same browser began and has not finished.

    Raises NotFound; Refused when it was gone on with too often.
    """
    delivery = session.get(Delivery, disc_id)
    if delivery is None or delivery.visit_id != visit.id or standing(delivery) is not Standing.ARRIVING:
        raise NotFound("This upload is over.")
    disc = delivery.disc
    check_resume(session, disc)
    record(session, Action.UPLOAD_RESUMED, by, now, organisation_id=disc.organisation_id, disc_id=disc.id)
    return Begun(disc, _grant(session, disc, visit, now))


def note_received(session: Session, disc: Disc, now: datetime) -> None:
    """Count the end of a long upload as a sign of life: the sender's page shows it without another PIN."""
    delivery = session.get_one(Delivery, disc.id)
    touch(session, delivery.visit_id, now, SenderVisit)


def _grant(session: Session, disc: Disc, visit: SenderVisit, now: datetime) -> str:
    return grant_upload(session, disc, created_by=None, asked_key_id=visit.key_id, now=now)


def _locked(session: Session, request_id: str) -> UploadRequest:
    """Return the request; others that begin a disc wait until this deed is done."""
    wanted = select(UploadRequest).where(UploadRequest.id == request_id)
    return session.scalars(wanted.with_for_update()).one()


def _admit(sessions: Sessions, claim: Claim, by: Actor, now: datetime) -> OpenedRequest:
    with sessions.begin() as session:
        key = DOOR.give_back(session, claim, now)
        refusal = _hindrance(key, now) or hindrance(session, SenderVisit, key.id, now)
        if refusal is None:
            key.uses += 1
            secret = new_secret()
            session.add(
                SenderVisit(
                    secret_hash=hash_of(secret),
                    request_id=key.request_id,
                    key_id=key.id,
                    created_at=now,
                    seen_at=now,
                )
            )
            DOOR.note(session, Action.OPENED, key, by, now, channel=key.channel)
            return OpenedRequest(secret, key.request_id)
        DOOR.deny(session, key, refusal, by, now)
    raise refusal


def _hindrance(key: RequestKey, now: datetime) -> VirtualCdError | None:
    state = key_state(key, now)
    if state in ENDED:
        return Gone("This link has ended.")
    return Frozen() if state is ShareState.FROZEN else None


def _about(key: RequestKey) -> dict[str, Any]:
    return {"organisation_id": key.organisation_id, "key_id": key.id, "request_id": key.request_id}


DOOR = Door(RequestKey, lambda key, now: key_state(key, now) in ENDED, _about)
