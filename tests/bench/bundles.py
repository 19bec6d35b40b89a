"""How fast a bundle is planned and sent, and what memory a stream holds, without the web.

``python -m tests.bench.bundles`` measures that alone; with ``--short`` the bundle of 5 GB is left out.
"""

import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.bundles.entries import Layout
from app.bundles.plan import Plan, plan
from app.bundles.stream import stream
from app.signing import DocumentSigner
from tests.bench import disc
from tests.bench.figures import figure, seconds
from tests.shelf import ORGANISATION, Shelf

SLICES, INSTANCES, LARGE = 20, 3000, 9600
"""Drawn on disk; planned; planned for 5 GB."""
SIGNER = DocumentSigner((b"a key for measuring that is long enough",))


def report(scratch: Path, *, short: bool = False) -> None:
    """Print the figures."""
    (scratch / "disc").mkdir(parents=True)
    disc.write(scratch / "disc", SLICES)
    shelf = Shelf(scratch / "store")
    shelf.take_folder(scratch / "disc")
    made: list[Plan] = []
    figure(f"plan of {INSTANCES:,} instances", seconds(lambda: made.append(_plan(shelf, INSTANCES))), "s")
    figure("ZIP, first byte, from a plan", seconds(lambda: next(_sent(shelf, made[0].archive))) * 1e3, "ms")
    for name, layout in (("ZIP", made[0].archive), ("ISO image", made[0].iso)):
        taken = seconds(lambda layout=layout: _drain(shelf, layout))  # type: ignore[misc]  # mypy can't infer a lambda's default
        figure(f"{name}, read, checked and put together", layout.length / 1e6 / taken, "MB/s")
    if not short:
        large = _plan(shelf, LARGE).iso
        figure("memory of one stream at its peak", _peak(shelf, large), "MB", gigabytes=large.length / 1e9)


def _plan(shelf: Shelf, count: int) -> Plan:
    """Plan ``count`` instances: those on the shelf, again and again, each with a UID of its own."""
    (there,) = shelf.instances.values()
    sender = Organisation(id=ORGANISATION, slug="test", name="Test hospital", telephone="", hours="")
    many = [shelf.copy_of(there[number % len(there)], number) for number in range(count)]
    return plan(Session(), many, sender, datetime(2026, 11, 24, tzinfo=UTC), seed="bench", signer=SIGNER)


def _sent(shelf: Shelf, layout: Layout) -> Iterator[bytes]:
    return stream(layout, shelf.store)


def _drain(shelf: Shelf, layout: Layout) -> None:
    assert sum(map(len, _sent(shelf, layout))) == layout.length


def _peak(shelf: Shelf, layout: Layout) -> float:
    """Return what Python allocates while a layout flows, at most (MB)."""
    tracemalloc.start()
    _drain(shelf, layout)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def main() -> None:
    """Measure once."""
    with tempfile.TemporaryDirectory(prefix="vcd-bench-") as scratch:
        report(Path(scratch), short="--short" in sys.argv[1:])


if __name__ == "__main__":
    main()
