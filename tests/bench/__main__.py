"""``make bench``: measures the product from outside on a disc of its own, one JSON object a line."""

import statistics
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import bundles, disc, hostile, reading, taking, uploading, viewer, visitors
from tests.bench.client import Visitor, flask, peak_memory
from tests.bench.figures import figure, seconds
from tests.ports import free_port
from tests.served import Served

SLICES = 300


def arrival(served: Served, folder: Path, size: int) -> str:
    """Import a folder until all its pictures are made; return the disc's id."""
    found: list[dict[str, Any]] = []
    taken = seconds(lambda: found.append(flask(served, "disc", "import", str(folder))))
    figure("disc import, display frames included", taken, "s", instances=SLICES, megabytes=size / 1e6)
    figure("the same", size / 1e6 / taken, "MB/s")
    return str(found[0]["disc_id"])


def visitor(served: Served, share: dict[str, Any], folder: Path) -> None:
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
    taking.measure(first, folder)


def main() -> None:
    """Measure everything once."""
    with tempfile.TemporaryDirectory(prefix="vcd-bench-") as scratch:
        folder = Path(scratch) / "disc"
        folder.mkdir()
        size = disc.write(folder, SLICES)
        reading.report(Path(scratch) / "reading", folder)
        bundles.report(Path(scratch) / "bundles")
        served = Served(Path(scratch) / "var", free_port())
        try:
            figure("first start on an empty data folder", seconds(served.ready), "s")
            disc_id = arrival(served, folder, size)
            share = flask(served, "share", "create", "--disc", disc_id)
            visitor(served, share, folder)
            visitors.measure(served, disc_id, figure)
            viewer.measure(served, share, figure)
            hostile.measure(served, Path(scratch) / "samples")
            for name, megabytes in peak_memory(served).items():
                figure(f"peak memory, {name}", megabytes, "MB")
        finally:
            served.stop()
        served = Served(Path(scratch) / "var", served.port)
        try:
            figure("later start", seconds(served.ready), "s")
        finally:
            served.stop()
        uploading.measure(Path(scratch) / "uploads", figure)


if __name__ == "__main__":
    main()
