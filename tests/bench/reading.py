"""How fast a disc is read, without the web and without display frames.

``python -m tests.bench.reading [FOLDER]`` measures that alone, on a disc in ``FOLDER`` or on one it draws.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from app.config import Config
from app.ingest.read import read_disc
from app.ingest.sandbox import Sandbox
from app.site import Site
from app.studies.models import Disc, DiscFile, DiscState
from tests.bench import disc
from tests.bench.figures import figure, seconds
from tests.databases import SqliteDatabases
from tests.factories import a_hospital, received_disc

SLICES = 700
_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12
"""Where processor time stands in /proc/<pid>/stat, counted from behind the command's name."""


class Measured(NamedTuple):
    """Files that were read, in so many seconds, with so many seconds of processor time."""

    files: int
    seconds: float
    cpu: float


def report(scratch: Path, folder: Path) -> None:
    """Print how fast headers are read, and a disc: hash, CRC-32, header, gzip, bytes and rows on disk."""
    load = round(os.getloadavg()[0], 1)
    with Sandbox() as sandbox:
        figure("headers read in the sandbox", headers(sandbox, folder), "files/s")
        files, taken, cpu = measure(sandbox, scratch, folder)
    figure("files of a disc read: hash, CRC-32, header, gzip, durable", files / taken, "files/s", load=load)
    figure("the same, processor time", cpu / files * 1e3, "ms/file")


def headers(sandbox: Sandbox, folder: Path) -> float:
    """Read every header once both children run, with two threads; return how many a second."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]

    def read(path: Path) -> None:
        with path.open("rb") as file:
            sandbox.read_header(file)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(read, paths[:10]))
        return len(paths) / seconds(lambda: list(pool.map(read, paths)))


def measure(sandbox: Sandbox, scratch: Path, folder: Path) -> Measured:
    """Receive a folder, then time its reading by a sandbox whose children run, as a worker's do."""
    scratch.mkdir()
    with SqliteDatabases(scratch).fresh(with_tables=True) as database_url:
        site = Site.build(
            Config(
                data_dir=scratch,
                database_url=database_url,
                storage_url=f"file://{scratch / 'store'}",
                secret_keys=(b"a key for measuring that is long enough",),
                base_url="http://localhost",
            )
        )
        disc_id = received_disc(site, a_hospital(site), folder)
        spent, began = _cpu(), time.perf_counter()
        read_disc(site.sessions, site.store, site.jobs, sandbox, disc_id, site.clock, lambda: True)
        taken, spent = time.perf_counter() - began, _cpu() - spent
        with site.sessions() as session:
            assert session.get_one(Disc, disc_id).state != DiscState.FAILED
            files = session.query(DiscFile).filter_by(disc_id=disc_id).count()
        site.sessions.engine.dispose()
    return Measured(files, taken, spent)


def _cpu() -> float:
    """Return the processor time (s) of this process and of its children that run."""
    return time.process_time() + sum(map(_of_process, _children()))


def _children() -> Iterator[str]:
    for thread in Path("/proc/self/task").iterdir():
        yield from (thread / "children").read_text().split()


def _of_process(pid: str) -> float:
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[_USER]) + int(numbers[_SYSTEM])) / _TICKS


def main() -> None:
    """Measure once."""
    with tempfile.TemporaryDirectory(prefix="vcd-bench-") as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch) / "disc"
        if len(sys.argv) == 1:
            folder.mkdir()
            disc.write(folder, SLICES)
        report(Path(scratch) / "reading", folder)


if __name__ == "__main__":
    main()
