"""What state a request, its keys and its deliveries are in: derived from the rows, never stored."""

from datetime import datetime
from enum import StrEnum

from app.requests.models import Delivery, RequestKey, UploadRequest
from app.shares.models import ShareState
from app.studies.models import DiscState


class Standing(StrEnum):
    """What became of a disc that was sent."""

    ARRIVING = "arriving"
    WAITING = "waiting"
    """In the waiting room, until staff accept or refuse it."""
    UNREADABLE = "unreadable"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    GONE = "gone"
    """Broken off and swept, or deleted."""


FILLED = frozenset({Standing.WAITING, Standing.ACCEPTED})
"""Standings that use a request up; what could not be read or was refused may be sent again."""


def standing(delivery: Delivery) -> Standing:
    """Return what became of a disc that was sent."""
    disc = delivery.disc
    if disc.deleted_at:
        return Standing.REFUSED if delivery.refused_at and not delivery.accepted_at else Standing.GONE
    if not disc.waiting_since:
        return Standing.ACCEPTED
    if disc.state == DiscState.FAILED:
        return Standing.UNREADABLE
    return Standing.ARRIVING if disc.state == DiscState.RECEIVING else Standing.WAITING


def state_of(request: UploadRequest, now: datetime) -> ShareState:
    """Return the state of a request; frozen when every key that could open it is."""
    usable = [key for key in request.keys if not key.revoked_at]
    if over := _end(request, now):
        return over
    if request.keys and not usable:
        return ShareState.REVOKED
    if usable and all(key.frozen_at for key in usable):
        return ShareState.FROZEN
    return ShareState.LIVE


def key_state(key: RequestKey, now: datetime) -> ShareState:
    """Return the state of a key: its request's end is its own."""
    if over := key_over(key, now):
        return over
    if is_filled(key.request):
        return ShareState.USED_UP
    return ShareState.FROZEN if key.frozen_at else ShareState.LIVE


def key_over(key: RequestKey, now: datetime) -> ShareState | None:
    """Return how a key ended, or None; this ends visits too, while freezing and using up do not.

    At ``expires_at`` it is over.
    """
    if key.request.revoked_at or key.revoked_at:
        return ShareState.REVOKED
    return ShareState.EXPIRED if _has_run_out(key.request, now) else None


def is_filled(request: UploadRequest) -> bool:
    """Tell whether as many discs have come as were asked for."""
    return sum(standing(delivery) in FILLED for delivery in request.deliveries) >= request.max_discs


def _end(request: UploadRequest, now: datetime) -> ShareState | None:
    if request.revoked_at:
        return ShareState.REVOKED
    if _has_run_out(request, now):
        return ShareState.EXPIRED
    return ShareState.USED_UP if is_filled(request) else None


def _has_run_out(request: UploadRequest, now: datetime) -> bool:
    return request.ended_at is not None or now >= request.expires_at
