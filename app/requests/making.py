"""Asking for images: a request is made, gets another key in place of a lost one, is ended."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.errors import Refused
from app.ingest.receive import end_grants
from app.requests.models import RequestKey, UploadRequest
from app.requests.orders import CHANNELS, NewRequestKey, RequestOrder, check_order
from app.requests.queries import find_request
from app.requests.states import Standing, standing, state_of
from app.shares.cut import CutKey
from app.shares.orders import check_channel
from app.shares.states import ENDED


def create(
    session: Session,
    cut: CutKey,
    organisation_id: str,
    order: RequestOrder,
    *,
    by: Actor,
    created_by: str | None,
    now: datetime,
) -> NewRequestKey:
    """Make a request and its key. Raises Unacceptable when a part of the order is out of range."""
    check_order(order, now)
    request = UploadRequest(
        organisation_id=organisation_id,
        asked=order.asked.strip(),
        wanted=order.wanted.strip(),
        reference=order.reference.strip(),
        language=order.language,
        expected_name=order.expected.name,
        expected_birth_date=order.expected.birth_date,
        expected_patient_id=order.expected.patient_id,
        max_discs=order.max_discs,
        max_bytes=order.max_bytes,
        created_by=created_by,
        created_at=now,
        expires_at=order.expires_at,
    )
    session.add(request)
    session.flush()
    _record(
        session,
        Action.REQUEST_CREATED,
        request,
        by,
        now,
        max_discs=request.max_discs,
        max_bytes=request.max_bytes,
        expires_at=request.expires_at.isoformat(),
    )
    return _make_key(session, cut, request, order.channel, order.checked_email(), by, created_by, now)


def replace(
    session: Session,
    cut: CutKey,
    organisation_id: str,
    request_id: str,
    *,
    channel: str,
    email: str | None = None,
    by: Actor,
    created_by: str | None,
    now: datetime,
) -> NewRequestKey:
    """Give a request a new key and close the earlier ones: visits and uploads that began with them end.

    Raises NotFound, Refused when the request has ended.
    """
    request = find_request(session, organisation_id, request_id, lock=True)
    if state_of(request, now) in ENDED:
        raise Refused("This request has ended. Make a new one.")
    check_channel(channel, CHANNELS)
    for key in request.keys:
        if key.revoked_at is None:
            key.revoked_at = now
            _record(session, Action.KEY_REVOKED, request, by, now, key_id=key.id)
    _end_uploads(session, request, now)
    return _make_key(session, cut, request, channel, email, by, created_by, now)


def revoke(
    session: Session, organisation_id: str, request_id: str, *, by: Actor, user_id: str | None, now: datetime
) -> UploadRequest:
    """End a request, its visits and the uploads going on. Again changes nothing. Raises NotFound."""
    request = find_request(session, organisation_id, request_id, lock=True)
    if request.revoked_at is None:
        request.revoked_at, request.revoked_by = now, user_id
        _end_uploads(session, request, now)
        _record(session, Action.REQUEST_REVOKED, request, by, now, keys=len(request.keys))
    return request


def _make_key(
    session: Session,
    cut: CutKey,
    request: UploadRequest,
    channel: str,
    email: str | None,
    by: Actor,
    created_by: str | None,
    now: datetime,
) -> NewRequestKey:
    key = RequestKey(
        organisation_id=request.organisation_id,
        request=request,
        link_hash=cut.link_hash,
        code_hash=cut.code_hash,
        pin_hash=cut.pin_hash,
        channel=channel,
        email=email,
        created_by=created_by,
        created_at=now,
    )
    session.add(key)
    session.flush()
    _record(session, Action.KEY_CREATED, request, by, now, key_id=key.id, channel=channel)
    return NewRequestKey(request.id, key.id, cut.token, cut.code, cut.pin, request.expires_at)


def _end_uploads(session: Session, request: UploadRequest, now: datetime) -> None:
    for delivery in request.deliveries:
        if standing(delivery) is Standing.ARRIVING:
            end_grants(session, delivery.disc, now)


def _record(
    session: Session,
    action: Action,
    request: UploadRequest,
    by: Actor,
    now: datetime,
    *,
    key_id: str | None = None,
    **details: Any,
) -> None:
    record(
        session,
        action,
        by,
        now,
        organisation_id=request.organisation_id,
        key_id=key_id,
        request_id=request.id,
        **details,
    )
