"""``make bench``: measures the product from outside on a disc of its own, one JSON object a line."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from app.ingest.sandbox import Sandbox
from tests.bench import disc, reading, uploading, viewer, visitors
from tests.bench.client import Visitor, flask, peak_memory
from tests.ports import free_port
from tests.served import Served

SLICES = 300


def figure(name: str, value: float, unit: str, **more: Any) -> None:
    """Print one figure."""
    print(json.dumps({"figure": name, "value": round(value, 3), "unit": unit, **more}), flush=True)


def seconds(work: Callable[[], Any]) -> float:
    """Return how long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def headers(folder: Path) -> None:
    """Read every header in the sandbox, with two threads."""
    paths = sorted(folder.iterdir())

    def read(path: Path) -> None:
        with path.open("rb") as file:
            sandbox.read_header(file)

    with Sandbox() as sandbox, ThreadPoolExecutor(2) as pool:
        list(pool.map(read, paths[:10]))
        taken = seconds(lambda: list(pool.map(read, paths)))
    figure("headers read in the sandbox", len(paths) / taken, "files/s")


def read_disc(scratch: Path, folder: Path) -> None:
    """Read a disc that was received: hash, CRC-32, header in the sandbox, gzip, bytes and rows on disk."""
    files, taken, cpu = reading.measure(scratch / "reading", folder)
    figure("files of a disc read: hash, CRC-32, header, gzip, durable", files / taken, "files/s")
    figure("the same, processor time", cpu / files * 1e3, "ms/file")


def arrival(served: Served, folder: Path, size: int) -> str:
    """Import a folder until all its pictures are made; return the disc's id."""
    found: list[dict[str, Any]] = []
    taken = seconds(lambda: found.append(flask(served, "disc", "import", str(folder))))
    figure("disc import, display frames included", taken, "s", instances=SLICES, megabytes=size / 1e6)
    figure("the same", size / 1e6 / taken, "MB/s")
    return str(found[0]["disc_id"])


def visitor(served: Served, share: dict[str, Any]) -> None:
    """Open a link, look, and take the bundle."""
    first = Visitor(served.port, share)
    figure(
        "link page, median of 50", statistics.median(seconds(first.landing) for _ in range(50)) * 1e3, "ms"
    )
    figure("PIN check", seconds(first.open) * 1e3, "ms")
    figure("manifest, first", seconds(first.manifest) * 1e3, "ms")
    figure(
        "manifest, median of 10", statistics.median(seconds(first.manifest) for _ in range(10)) * 1e3, "ms"
    )
    frames = first.frames()
    figure(
        "a display frame, median of 50",
        statistics.median(seconds(lambda url=url: first.get(url)) for url in frames[:50]) * 1e3,  # type: ignore[misc]  # mypy can't infer a lambda's default
        "ms",
    )
    for which in ("first", "again"):
        length, first_byte, taken = first.bundle()
        figure(f"bundle.zip, {which}: first byte", first_byte * 1e3, "ms")
        figure(f"bundle.zip, {which}", length / 1e6 / taken, "MB/s on the wire", megabytes=length / 1e6)


def main() -> None:
    """Measure everything once."""
    with tempfile.TemporaryDirectory(prefix="vcd-bench-") as scratch:
        folder = Path(scratch) / "disc"
        folder.mkdir()
        size = disc.write(folder, SLICES)
        headers(folder)
        read_disc(Path(scratch), folder)
        served = Served(Path(scratch) / "var", free_port())
        try:
            figure("first start on an empty data folder", seconds(served.ready), "s")
            disc_id = arrival(served, folder, size)
            share = flask(served, "share", "create", "--disc", disc_id)
            visitor(served, share)
            visitors.measure(served, disc_id, figure)
            viewer.measure(served, share, figure)
            for name, megabytes in peak_memory(served).items():
                figure(f"peak memory, {name}", megabytes, "MB")
        finally:
            served.stop()
        served = Served(Path(scratch) / "var", served.port)
        try:
            figure("later start", seconds(served.ready), "s")
        finally:
            served.stop()
        (Path(scratch) / "uploads").mkdir()
        uploading.measure(Path(scratch) / "uploads", figure)


if __name__ == "__main__":
    main()
