"""All hostile samples as one disc in the running product: what they cost, and how soon work goes on."""

from pathlib import Path
from typing import Any

from tests.bench.figures import figure, seconds
from tests.factories import ct_series
from tests.hostile.together import of_the_web, read_by_the_worker, write_all
from tests.served import Served

GOOD_SLICES = 20


def measure(served: Served, scratch: Path) -> None:
    """Have the worker read a good disc, all that is hostile, and a good disc again; print figures."""
    write_all(scratch / "hostile")
    ct_series(scratch / "good", GOOD_SLICES)
    before = _timed(served, scratch / "good")[0]
    web, worker = of_the_web(served), served.worker()
    taken, disc = _timed(served, scratch / "hostile")
    now = of_the_web(served)
    lost = len(web.keys() - now.keys()) + (served.worker() != worker)
    grown = max(now[pid] - size for pid, size in web.items() if pid in now)
    after = _timed(served, scratch / "good")[0]
    figure("all hostile samples in one go", taken, "s", files=disc["receipt"]["files"], processes_lost=lost)
    figure("the same, growth of a web process", grown / 1e6, "MB")
    figure("a good disc after them", after, "s", before=round(before, 3), instances=GOOD_SLICES)


def _timed(served: Served, folder: Path) -> tuple[float, Any]:
    read: list[Any] = []
    taken = seconds(lambda: read.append(read_by_the_worker(served, folder)))
    return taken, read[0]
