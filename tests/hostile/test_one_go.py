"""All hostile files as one disc in the running product: each is accounted for, nobody dies, work goes on."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories import ct_series
from tests.hostile.generated import generate, generator
from tests.hostile.samples import SAMPLES
from tests.ports import free_port
from tests.served import ROOT, Served

WEB_MAY_GROW = 50 << 20
PATIENCE = 240


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    running = Served(tmp_path / "var", free_port())
    yield running.ready()
    running.stop()


@pytest.fixture
def hostile_disc(tmp_path: Path) -> Path:
    """A folder with every sample, the generator's too where there is one."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    for number, sample in enumerate(SAMPLES):
        (folder / f"OWN{number:03d}").write_bytes(sample.data)
    if generator():
        generate(folder / "MORE")
    return folder


def flask(served: Served, *words: str) -> Any:
    command = [str(Path(sys.executable).with_name("flask")), *words, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=served.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 3, 4), done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def of_the_web(served: Served) -> dict[int, int]:
    """Return the resident bytes of the web's processes."""
    return {pid: resident(pid) for pid, command in served.processes().items() if "gunicorn" in command}


def read_by_the_worker(served: Served, folder: Path) -> Any:
    """Import a folder and leave the reading to the running worker; return the disc once it was read."""
    disc_id = flask(served, "disc", "import", str(folder), "--no-wait")["disc_id"]
    deadline = time.monotonic() + PATIENCE
    while (disc := flask(served, "disc", "show", disc_id))["state"] in ("receiving", "ingesting"):
        assert time.monotonic() < deadline
        time.sleep(1)
    return disc


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
