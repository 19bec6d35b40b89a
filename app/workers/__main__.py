"""``python -m app.workers``: a worker process. SIGTERM and SIGINT end it after the current step."""

import logging
import signal
import threading
import time

from app.config import Config, ConfigFaults
from app.site import Site
from app.workers import loop

TICK = 0.2


def main() -> None:
    """Run one worker, configured by the environment."""
    try:
        run(Site.build(Config.from_env()))
    except ConfigFaults as faults:
        raise SystemExit(str(faults)) from None


def run(site: Site) -> None:
    """Work until SIGTERM or SIGINT; exit 1 when the work ended unasked."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker %(levelname)s %(message)s")
    asked: list[
        int
    ] = []  # a handler must not touch the event: it may interrupt the thread that holds its lock
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked.append(number))
    stopping = threading.Event()
    work = threading.Thread(target=loop.run, args=(site, stopping))
    work.start()
    while work.is_alive() and not asked:
        time.sleep(TICK)
    stopping.set()
    work.join()
    raise SystemExit(0 if asked else 1)


if __name__ == "__main__":
    main()
