"""Keeping a job while it is worked on."""

import logging
import threading
import time
from datetime import timedelta

from app.jobs import Lease
from app.site import Site

log = logging.getLogger(__name__)

LASTING = timedelta(seconds=60)


class Heartbeat:
    """Extends a lease from a thread of its own, four times in its length, while the ``with`` block runs.

    A worker that was stopped or cut off from the database for too long finds out by its own clock.
    """

    def __init__(
        self, site: Site, lease: Lease, stopping: threading.Event, lasting: timedelta = LASTING
    ) -> None:
        self._site, self._lease, self._stopping, self._lasting = site, lease, stopping, lasting
        self._over = threading.Event()
        self._until = time.monotonic() + lasting.total_seconds()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self.stopped_early = False

    def alive(self) -> bool:
        """Tell whether to go on: the job is still ours and the worker is not asked to end."""
        going_on = not self._stopping.is_set() and time.monotonic() < self._until
        self.stopped_early = self.stopped_early or not going_on
        return going_on

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(self._lasting.total_seconds() / 4):
            before = time.monotonic()
            try:
                ours = self._site.jobs.extend(self._lease, self._site.now(), self._lasting)
            except Exception:
                log.exception("could not extend a lease; trying again until it runs out")
                continue
            self._until = before + self._lasting.total_seconds() if ours else 0.0
            if not ours:
                return
