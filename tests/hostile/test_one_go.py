"""All hostile files as one disc in the running product: each is accounted for, nobody dies, work goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import ct_series
from tests.hostile.together import of_the_web, read_by_the_worker, write_all
from tests.ports import free_port
from tests.served import Served

WEB_MAY_GROW = 50 << 20


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    running = Served(tmp_path / "var", free_port())
    yield running.ready()
    running.stop()


@pytest.fixture
def hostile_disc(tmp_path: Path) -> Path:
    """A folder with every sample, the generator's too where there is one."""
    folder = tmp_path / "hostile"
    write_all(folder)
    return folder


@pytest.mark.slow
@pytest.mark.xdist_group("hostile")
def test_all_hostile_files_in_one_go(served: Served, hostile_disc: Path, tmp_path: Path) -> None:
    """U-01."""
    web, worker = of_the_web(served), served.worker()
    assert web
    disc = read_by_the_worker(served, hostile_disc)
    receipt = disc["receipt"]
    verdicts = ("instances", "dicomdir", "documents", "duplicates", "not_dicom", "refused")
    assert receipt["files"] == sum(receipt[verdict] for verdict in verdicts)
    assert receipt["files"] == sum(path.is_file() for path in hostile_disc.rglob("*"))
    ct_series(tmp_path / "good", 3)
    good = read_by_the_worker(served, tmp_path / "good")
    assert (good["state"], good["receipt"]["instances"]) == ("ready", 3)
    assert served.worker() == worker, "the worker was lost"
    assert (served.get("/readyz"), served.get("/login")) == (200, 200)
    for pid, bytes_now in of_the_web(served).items():
        assert bytes_now - web[pid] < WEB_MAY_GROW
    assert not list(Path("/tmp").glob("pwned*"))
    assert "Traceback" not in served.printed()
