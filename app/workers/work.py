"""One job: claim, handle, and say how it ended."""

import logging
import threading
import time
from datetime import timedelta

from app.errors import Gone, NotFound, Refused, StorageFull, TooLarge, Unacceptable, VirtualCdError
from app.ingest.sandbox import Sandbox
from app.jobs import Lease
from app.site import Site
from app.workers.handlers import HANDLERS, Handler
from app.workers.heartbeat import LASTING, Heartbeat

log = logging.getLogger(__name__)

FINAL = (NotFound, Gone, Refused, Unacceptable, TooLarge)
"""What another try would only meet again."""
FIRST_RETRY = timedelta(seconds=5)
FULL_RETRY = timedelta(seconds=30)
SAFE = "What was received is safe; tell the person who runs this service."
LOST = f"The work on this was cut off again and again. {SAFE}"
BROKEN = f"Something went wrong on our side. {SAFE}"


def work_once(site: Site, sandbox: Sandbox, stopping: threading.Event, subject: str | None = None) -> bool:
    """Do one job that is due (of ``subject`` only, if given); False when there is none."""
    lease = site.jobs.claim(site.now(), LASTING, subject)
    if lease is None:
        return False
    handler = HANDLERS.get(lease.kind)
    if handler is None:
        log.error("nobody knows how to do a job of kind %s", lease.kind)
        site.jobs.fail(lease, site.now(), BROKEN, retry_after=None)
    elif lease.spent:
        _give_up(site, lease, handler, LOST)
    else:
        _do(site, sandbox, lease, handler, stopping)
    return True


def _do(site: Site, sandbox: Sandbox, lease: Lease, handler: Handler, stopping: threading.Event) -> None:
    started = time.monotonic()
    with Heartbeat(site, lease, stopping) as heart:
        try:
            handler.do(site, sandbox, lease, heart.alive)
        except Exception as why:
            _failed(site, lease, handler, why)
            return
    if heart.stopped_early:
        site.jobs.give_back(lease, site.now())
        return
    site.jobs.finish(lease, site.now())
    log.info("%s %s done in %.1f s", lease.kind, lease.job_id, time.monotonic() - started)


def _failed(site: Site, lease: Lease, handler: Handler, why: Exception) -> None:
    foreseen = isinstance(why, VirtualCdError)
    log.warning("%s %s failed at attempt %d", lease.kind, lease.job_id, lease.attempt, exc_info=not foreseen)
    reason = str(why) if foreseen else BROKEN
    if lease.last_attempt or isinstance(why, FINAL):
        _give_up(site, lease, handler, reason)
    else:
        again = FULL_RETRY if isinstance(why, StorageFull) else FIRST_RETRY * 4 ** (lease.attempt - 1)
        site.jobs.fail(lease, site.now(), reason, retry_after=again)


def _give_up(site: Site, lease: Lease, handler: Handler, reason: str) -> None:
    """Tell what the job was about, then close it; a crash between the two repeats the telling."""
    if not site.jobs.extend(lease, site.now(), LASTING):
        return
    if handler.give_up:
        with site.sessions.begin() as session:
            handler.give_up(session, lease, reason, site.now())
    site.jobs.fail(lease, site.now(), reason, retry_after=None)
