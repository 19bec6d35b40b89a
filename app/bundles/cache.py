"""Plans kept in memory for a while, so that ranges and retries cost nothing. A plan is never wrong to make
again: the same version gives the same bytes on any worker.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from app.bundles.plan import Plan

MAX_ENTRIES = 100_000
"""Archive entries over all kept plans; some 400 bytes each."""


class Plans:
    """The plans used last, by what they were made from."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._max_entries = max_entries
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
            while len(self._kept) > 1 and self._size() > self._max_entries:
                self._kept.popitem(last=False)
        return made

    def _size(self) -> int:
        return sum(len(plan.entries) for plan in self._kept.values())
