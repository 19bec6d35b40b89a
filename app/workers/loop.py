"""A worker's day: jobs as they come, a round of housekeeping now and then, an end in good order."""

import logging
import threading

from app.ingest.sandbox import Sandbox
from app.site import Site
from app.workers.housekeeping import EVERY, keep_house
from app.workers.work import work_once

log = logging.getLogger(__name__)

IDLE = 0.5
THREADS = 2
"""One disc being made ready for display does not hold up the reading of the next."""


def run(site: Site, stopping: threading.Event, threads: int = THREADS) -> None:
    """Work until ``stopping``; then end each job after its current step and hand it back."""
    with Sandbox() as sandbox:
        crew = [threading.Thread(target=_work, args=(site, sandbox, stopping)) for _ in range(threads)]
        for worker in crew:
            worker.start()
        keep_house(site)
        while not stopping.wait(EVERY.total_seconds()):
            keep_house(site)
        for worker in crew:
            worker.join()


def _work(site: Site, sandbox: Sandbox, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            busy = work_once(site, sandbox, stopping)
        except Exception:
            log.exception("the job table cannot be reached; trying again")
            busy = False
        if not busy:
            stopping.wait(IDLE)
