"""What other parts call of upload requests, by one name."""

from app.requests.ending import keep_ends
from app.requests.limits import check_room
from app.requests.making import create, replace, revoke
from app.requests.orders import NewRequestKey, RequestOrder
from app.requests.queries import (
    count_waiting,
    find_delivery,
    find_key,
    find_key_by_code,
    find_request,
    find_visit,
    list_requests,
    waiting_room,
)
from app.requests.sending import Begun, OpenedRequest, begin, note_received, open_with_pin, resume
from app.requests.states import Standing, is_filled, key_over, key_state, standing, state_of
from app.requests.waiting import accept, as_expected, candidates, match, refuse

__all__ = [
    "Begun",
    "NewRequestKey",
    "OpenedRequest",
    "RequestOrder",
    "Standing",
    "accept",
    "as_expected",
    "begin",
    "candidates",
    "check_room",
    "count_waiting",
    "create",
    "find_delivery",
    "find_key",
    "find_key_by_code",
    "find_request",
    "find_visit",
    "is_filled",
    "keep_ends",
    "key_over",
    "key_state",
    "list_requests",
    "match",
    "note_received",
    "open_with_pin",
    "refuse",
    "replace",
    "resume",
    "revoke",
    "standing",
    "state_of",
    "waiting_room",
]
