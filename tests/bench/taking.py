"""What a visitor takes: the bundle beside Orthanc's archive of the same disc, in turns, and pictures.

``python -m tests.bench.taking`` measures that alone.
"""

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.bench import disc
from tests.bench.client import Visitor, flask
from tests.bench.figures import figure, seconds
from tests.orthanc import Orthanc
from tests.ports import free_port
from tests.served import Served
from tests.servers import orthanc

SLICES, TURNS = 300, 3


class Took(NamedTuple):
    """One download: bytes on the wire, seconds to the first of them and in all."""

    length: int
    first: float
    total: float


def measure(visitor: Visitor, folder: Path) -> None:
    """Print the figures of the disc in ``folder``, which ``visitor`` has opened."""
    _beside_orthanc(visitor, folder)
    for name, path in (("ZIP of JPEGs", "pictures.zip"), ("contact sheet, PDF", "pictures.pdf")):
        taken = seconds(lambda path=path: visitor.get(f"{visitor.view}/{path}"))  # type: ignore[misc]  # mypy can't infer a lambda's default
        figure(f"{name}, {SLICES} pictures", taken, "s")


def _beside_orthanc(visitor: Visitor, folder: Path) -> None:
    """Print how ``visitor``'s bundle of the disc in ``folder`` compares; a sentence where Orthanc is not."""
    if not shutil.which("Orthanc"):
        print("Orthanc is not installed here (Debian package orthanc): our bundle has nothing beside it.")
        return
    payload = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    with orthanc() as peer:
        for path in sorted(folder.iterdir()):
            peer.send(path.read_bytes())
        (study,) = peer.get("/studies")
        pairs = [(Took(*visitor.bundle()), _archive(peer, study)) for _ in range(TURNS)]
    ours, theirs = zip(*pairs, strict=True)
    for name, taken in (("bundle.zip", ours), ("Orthanc's archive", theirs)):
        total = statistics.median(one.total for one in taken)
        first = statistics.median(one.first for one in taken)
        size = taken[0].length / 1e6
        figure(f"{name}, payload", payload / total, "MB/s", megabytes=size, first_byte_ms=first * 1e3)
    rates = [their.total / our.total for our, their in pairs]
    load = round(os.getloadavg()[0], 1)
    figure("bundle.zip, payload against Orthanc's archive, median", statistics.median(rates), "×", load=load)
    figure("bundle.zip, bytes against Orthanc's archive", ours[0].length / theirs[0].length, "×")


def _archive(peer: Orthanc, study: str) -> Took:
    """Take the study as Orthanc packs it while it goes."""
    began = time.perf_counter()
    chunks = peer.stream(f"/studies/{study}/archive")
    length = len(next(chunks))
    first = time.perf_counter() - began
    length += sum(map(len, chunks))
    return Took(length, first, time.perf_counter() - began)


def main() -> None:
    """Measure once."""
    with tempfile.TemporaryDirectory(prefix="vcd-bench-") as scratch:
        folder = Path(scratch) / "disc"
        folder.mkdir()
        disc.write(folder, SLICES)
        served = Served(Path(scratch) / "var", free_port())
        try:
            served.ready()
            disc_id = flask(served, "disc", "import", str(folder))["disc_id"]
            visitor = Visitor(served.port, flask(served, "share", "create", "--disc", disc_id))
            visitor.open()
            measure(visitor, folder)
        finally:
            served.stop()


if __name__ == "__main__":
    main()
