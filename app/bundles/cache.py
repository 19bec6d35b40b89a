"""Plans kept in memory for a while, so that ranges and retries cost nothing. A plan is never wrong to make
again: the same version gives the same bytes on any worker.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from app.bundles.plan import Plan

MAX_BYTES = 64 << 20
"""Over all kept plans."""
ENTRY = 400
"""Bytes that an entry takes beside its content, about."""


class Plans:
    """The plans used last, by what they were made from."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, Plan] = OrderedDict()
        self._lock = Lock()

    def get(self, made_from: Hashable, make: Callable[[], Plan]) -> Plan:
        """Return the plan for ``made_from``, by ``make`` unless it is kept."""
        with self._lock:
            if made_from in self._kept:
                self._kept.move_to_end(made_from)
                return self._kept[made_from]
        made = make()
        with self._lock:
            self._kept[made_from] = made
            while len(self._kept) > 1 and sum(map(_size, self._kept.values())) > self._max_bytes:
                self._kept.popitem(last=False)
        return made


def _size(plan: Plan) -> int:
    """Return the bytes that a plan takes in memory, about."""
    written = sum(len(entry.content) for entry in plan.entries if isinstance(entry.content, bytes))
    return ENTRY * len(plan.entries) + written
