"""``flask serve``: from an empty folder to a running service, and its end in good order."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.served import PATIENCE, Served, lives

ROOT = Path(__file__).parents[2]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Served]]:
    """Start the service on the test's data folder."""
    running: list[Served] = []

    def started(port: int | None = None) -> Served:
        running.append(Served(tmp_path / "var", port or free_port()))
        return running[-1]

    yield started
    for served in running:
        served.stop()


def test_the_first_start_tells_once_how_to_log_in(start: Callable[[], Served]) -> None:
    first = start().ready()
    assert f"http://127.0.0.1:{first.port}/" in first.printed()
    assert re.search(r"Administrator: +\S+@\S+", first.printed())
    assert re.search(r"One-time password: +\S{12,}", first.printed())
    assert (first.get("/healthz"), first.get("/readyz")) == (200, 200)
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(PATIENCE) == 0

    second = start().ready()
    assert "password" not in second.printed().lower()
    assert "Administrator" not in second.printed()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_its_processes_end_within_ten_seconds(
    start: Callable[[], Served], number: signal.Signals
) -> None:
    served = start().ready()
    below = served.processes()
    assert len(below) >= 3
    # A reader in the middle of something does not hold up the end.
    with socket.create_connection(("127.0.0.1", served.port)) as half_asked:
        half_asked.sendall(b"GET / HTTP/1.1\r\n")
        served.process.send_signal(number)
        assert served.process.wait(10) == 0
    assert not [pid for pid in below if lives(pid)]


def test_a_worker_that_dies_is_started_again(start: Callable[[], Served]) -> None:
    served = start().ready()
    victim = served.worker()
    os.kill(victim, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while not any("app.workers" in command for pid, command in served.processes().items() if pid != victim):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert served.get("/readyz") == 200


def test_its_processes_end_when_it_is_killed(start: Callable[[], Served]) -> None:
    served = start().ready()
    below = served.processes()
    served.process.kill()
    served.process.wait()
    deadline = time.monotonic() + PATIENCE
    while left := [pid for pid in below if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_an_address_in_use_is_told_and_nothing_was_begun(
    start: Callable[..., Served], tmp_path: Path
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        refused = start(other.getsockname()[1])
        assert refused.process.wait(PATIENCE) == 1
    assert "cannot listen at 127.0.0.1:" in refused.printed()
    assert "VCD_BIND" in refused.printed()
    assert "Traceback" not in refused.printed()
    assert "One-time password" in start().ready().printed()


def test_a_data_folder_is_served_once(start: Callable[[], Served]) -> None:
    start().ready()
    refused = start()
    assert refused.process.wait(PATIENCE) == 1
    assert "already runs on the data folder" in refused.printed()
    assert "Traceback" not in refused.printed()


def test_wrong_settings_are_told_all_at_once(tmp_path: Path) -> None:
    environment = os.environ | {"VCD_DATA_DIR": str(tmp_path), "VCD_BIND": "nowhere", "VCD_ENV": "paradise"}
    command = [str(Path(sys.executable).with_name("flask")), "serve"]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode != 0
    assert "VCD_BIND" in told.stderr
    assert "VCD_ENV" in told.stderr
    assert "Traceback" not in told.stderr
