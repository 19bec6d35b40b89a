"""The sandbox: what a child may not do, and what becomes of one that misbehaves."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.dicom.unshown import NOT_MADE
from app.ingest import confine
from app.ingest.sandbox import TOO_HARD, Sandbox
from tests import dicomfiles as made
from tests.takenover import TAKEN_OVER, TakenOver

GOOD = made.meta() + made.identity() + made.image() + made.pixel_data()
PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(1, boot=TAKEN_OVER) as sandbox:
        yield sandbox


@pytest.fixture
def child(sandbox: Sandbox, tmp_path: Path) -> TakenOver:
    return TakenOver(sandbox, tmp_path)


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import os; os._exit(3)",
        "import os; os.kill(os.getpid(), 11)",
        "import ctypes; ctypes.string_at(1)",
        "bytearray(600 << 20)",
        "answer = {'verdict': 'instance'}",
        "claims = {'verdict': 'yes'}",
        "claims = {'verdict': 'instance', 'facts': [1]}",
        "claims = {'listed': [['A', '1.2']]}",
        "answer = []",
    ],
)
def test_a_child_that_misbehaves_costs_only_its_file(child: TakenOver, code: str) -> None:
    header = child.read(b"RUN:" + code.encode())
    assert (header.verdict, header.reason) == ("refused", TOO_HARD)
    assert child.read(GOOD).verdict == "instance"


def test_a_child_that_sleeps_is_ended_by_the_clock(child: TakenOver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ingest.sandbox.HEADER_SECONDS", 0.5)
    assert child.run("import time; time.sleep(600)") == TOO_HARD
    monkeypatch.undo()
    assert child.read(GOOD).verdict == "instance"


def test_an_idle_child_that_the_system_killed_is_not_missed(child: TakenOver) -> None:
    pid = int(child.run("import os; result = os.getpid()") or 0)
    os.kill(pid, signal.SIGKILL)
    assert child.read(GOOD).verdict == "instance"


def test_a_child_outlives_the_thread_that_first_asked(child: TakenOver) -> None:
    pids = []
    for _ in range(2):
        asking = threading.Thread(target=lambda: pids.append(child.run("import os; result = os.getpid()")))
        asking.start()
        asking.join()
    assert pids[0] == pids[1]


def test_a_child_knows_nothing_of_the_environment(child: TakenOver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCD_SECRET_KEYS", "not for children")
    known = child.run("import os; result = ' '.join(os.environ)") or ""
    assert not set(known.strip("'").split()) - {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LC_CTYPE"}


def test_a_child_holds_no_file_but_its_input(child: TakenOver, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        held = child.run(
            "import os, stat\n"
            "def is_file(number):\n"
            "    try: return stat.S_ISREG(os.fstat(number).st_mode)\n"
            "    except OSError: return False\n"
            "result = [n for n in range(64) if is_file(n) and n != file.fileno()]"
        )
    assert held == "[]"


def test_a_child_cannot_change_its_input_and_leaves_its_position_alone(child: TakenOver) -> None:
    child.path.write_bytes(
        b"RUN:import os\ntry: os.write(file.fileno(), b'x')\nexcept OSError: result = 'no'"
    )
    with child.path.open("r+b") as file:
        file.seek(3)
        assert child.sandbox.read_header(file).reason == "'no'"
        assert file.tell() == 3


def test_a_child_reaches_no_network(child: TakenOver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        tried = child.run(
            "import socket\n"
            f"try: socket.create_connection({address}, 2); result = 'reached'\n"
            "except OSError: result = 'no'"
        )
    assert tried == "'no'"


@pytest.mark.skipif(confine.landlock_version() < 1, reason="this kernel has no Landlock")
def test_a_child_opens_program_files_and_nothing_else(child: TakenOver, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    tries = [
        (str(tmp_path / "secret"), "r"),
        ("/etc/passwd", "r"),
        (str(PROJECT / "pyproject.toml"), "r"),
        (str(tmp_path / "new"), "w"),
        ("/proc/1/environ", "r"),
    ]
    opened = child.run(
        "def opens(path, mode):\n"
        "    try: return bool(open(path, mode))\n"
        "    except OSError: return False\n"
        f"import os; result = [opens(path, mode) for path, mode in {tries}] + [opens(os.__file__, 'r')]"
    )
    assert opened == "[False, False, False, False, False, True]"


def test_blobs_come_in_order_and_those_of_a_failed_try_are_forgotten(
    sandbox: Sandbox, child: TakenOver
) -> None:
    child.path.write_bytes(GOOD)
    with child.path.open("rb") as file:
        result, blobs = sandbox.make_display(file, {"frames": 3})
        assert result == {"version": 1}
        assert list(blobs) == [(n, bytes([n]) * 1000) for n in range(3)] + [(None, b"preview")]
        result, blobs = sandbox.make_display(file, {"frames": 3, "code": "import os; os._exit(1)"})
        assert (result, list(blobs)) == ({"reason": NOT_MADE}, [])


def test_many_threads_share_few_children(tmp_path: Path) -> None:
    path = tmp_path / "good"
    path.write_bytes(GOOD)

    def read(_: int) -> str:
        with path.open("rb") as file:
            return two.read_header(file).verdict

    with Sandbox(2) as two, ThreadPoolExecutor(8) as threads:
        assert set(threads.map(read, range(200))) == {"instance"}


def test_children_end_with_their_parent(tmp_path: Path) -> None:
    (tmp_path / "spins").write_bytes(b"RUN:import time; time.sleep(600)")
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(PROJECT), str(tmp_path / "spins"), TAKEN_OVER],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child_pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    while _runs(child_pid):  # it would sleep for longer than a test may take
        time.sleep(0.05)


_PARENT = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from app.ingest.sandbox import Sandbox
sandbox = Sandbox(1, boot=sys.argv[3])
child = sandbox._headers._borrow()
print(child.process.pid, flush=True)
with open(sys.argv[2], "rb") as file:
    child.request({"size": 1}, file)
    child.receive(1, 600)
"""


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
