"""What other parts call of shares, by one name."""

from app.shares.asking import ask, count_open_requests, open_requests, settle
from app.shares.attempts import Frozen, StillWaiting, WrongPin
from app.shares.change import extend, revoke
from app.shares.create import create
from app.shares.cut import cut_key
from app.shares.edition import edition
from app.shares.giving import give
from app.shares.keys import add_key
from app.shares.mail_codes import new_mail_code, write_as_is
from app.shares.opening import Opened, open_with_pin
from app.shares.orders import LONGEST_LIFE, KeyOrder, NewKey, Order
from app.shares.queries import find_key, find_key_by_code, find_share, list_shares, shared_instances
from app.shares.renewing import renew, replace_keys
from app.shares.states import key_state, state_of
from app.shares.visits import rights_of
from app.shares.waiting import fill_waiting

__all__ = [
    "LONGEST_LIFE",
    "Frozen",
    "KeyOrder",
    "NewKey",
    "Opened",
    "Order",
    "StillWaiting",
    "WrongPin",
    "add_key",
    "ask",
    "count_open_requests",
    "create",
    "cut_key",
    "edition",
    "extend",
    "fill_waiting",
    "find_key",
    "find_key_by_code",
    "find_share",
    "give",
    "key_state",
    "list_shares",
    "new_mail_code",
    "open_requests",
    "open_with_pin",
    "renew",
    "replace_keys",
    "revoke",
    "rights_of",
    "settle",
    "shared_instances",
    "state_of",
    "write_as_is",
]
