"""A worker's day: jobs as they come, a round of housekeeping now and then, an end in good order."""

import logging
import threading
from collections.abc import Callable
from itertools import count

from app.ingest.sandbox import Sandbox
from app.jobs.queries import is_idle
from app.site import Site
from app.workers.housekeeping import keep_house
from app.workers.work import work_once

log = logging.getLogger(__name__)

IDLE = 0.2
"""Seconds between two looks at an empty queue."""
MINUTE = 60.0
"""Seconds between two rounds of housekeeping."""
THREADS = 2
"""One disc being made ready for display does not hold up the reading of the next."""


def run(site: Site, stopping: threading.Event, threads: int = THREADS) -> None:
    """Work until ``stopping``; then end each job after its current step and hand it back."""
    with Sandbox() as sandbox:
        crew = [threading.Thread(target=_work, args=(site, sandbox, stopping)) for _ in range(threads)]
        for worker in crew:
            worker.start()
        for minute in count():
            keep_house(site, minute)
            if stopping.wait(MINUTE):
                break
        for worker in crew:
            worker.join()


def work_through(site: Site, subject: str, until: Callable[[], bool]) -> None:
    """Do the jobs of one disc here, or wait for whoever has them, until ``until()`` or none is left.

    For commands: they work with and without a running service.
    """
    stopping = threading.Event()
    with Sandbox() as sandbox:
        while not until() and not is_idle(site.sessions, subject):
            if not work_once(site, sandbox, stopping, subject):
                stopping.wait(IDLE)


def _work(site: Site, sandbox: Sandbox, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            busy = work_once(site, sandbox, stopping)
        except Exception:
            log.exception("the job table cannot be reached; trying again")
            busy = False
        if not busy:
            stopping.wait(IDLE)
