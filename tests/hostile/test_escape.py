"""What a file may do that has taken a child over: nothing. Each wall is tested with the others taken down."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pydicom.data
import pytest

from app.ingest.pool import BOOT
from app.ingest.sandbox import Sandbox
from tests import dicomfiles as made
from tests.takenover import TAKEN_OVER, UNGUARDED, UNGUARDED_BOOT, TakenOver, run_as_archive


@pytest.fixture(scope="module", params=[TAKEN_OVER, UNGUARDED], ids=["all walls", "system calls alone"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(1, boot=request.param) as sandbox:
        yield sandbox


@pytest.fixture
def child(sandbox: Sandbox, tmp_path: Path) -> TakenOver:
    return TakenOver(sandbox, tmp_path)


def tried(child: TakenOver, code: str) -> str | None:
    """Run an expression of a child; return what it gives, or ``'no'`` when the kernel refuses it."""
    return child.run(
        "import ctypes, os, resource, signal, socket, subprocess, sys, threading\n"
        f"try: result = ({code}) and 'done'\n"
        "except (OSError, RuntimeError): result = 'no'"
    )


FORBIDDEN = [
    "socket.socket()",
    "socket.socketpair()",
    "socket.socket(socket.AF_UNIX)",
    "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "subprocess.run(['/bin/true'])",
    "os.execv('/bin/true', ['true'])",
    "os.fork() + 1",
    "os.kill(os.getppid(), 0) is None",
    "os.kill(0, 0) is None",
    "os.kill(-1, 0) is None",
    "os.pidfd_open(os.getpid())",
    "open('/proc/self/environ').read()",
    "open('/proc/1/environ').read()",
    "open('/proc/self/mem', 'r+b')",
    "open('/etc/passwd').read()",
    "open('/dev/shm/x', 'w')",
    "os.open('/tmp', os.O_TMPFILE | os.O_WRONLY)",
    "os.memfd_create('x')",
    "os.mkdir('/tmp/x') is None",
    "os.unlink('/tmp/x') is None",
    "os.symlink('/etc/passwd', '/tmp/x') is None",
    "os.chroot('/') is None",
    "os.listdir('/tmp')",
    "ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0 or os.read(-1, 1)",
    "ctypes.CDLL(None).syscall(425, 1, 0) > 0 or os.read(-1, 1)",  # io_uring_setup: a way around filters
    "ctypes.CDLL(None).unshare(0x10000000) == 0 or os.read(-1, 1)",
]


@pytest.mark.parametrize("code", FORBIDDEN)
def test_a_child_cannot(child: TakenOver, code: str) -> None:
    """U-20."""
    assert tried(child, code) == "'no'"


def test_a_child_that_opens_archives_can_do_none_of_it_either(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCD_SECRET_KEYS", "not for children")
    other = tmp_path / "another job's file"
    other.write_bytes(b"somebody else's")
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempts = [
            *FORBIDDEN,
            f"open({str(other)!r}, 'rb').read()",
            f"socket.create_connection({server.getsockname()}, 2)",
            "any('VCD' in word or 'children' in word for word in (*os.environ, *os.environ.values()))",
        ]
        done = run_as_archive(
            sandbox,
            "import ctypes, os, resource, signal, socket, subprocess, sys, threading\n"
            "result = []\n"
            f"for number, code in enumerate({attempts!r}):\n"
            "    try: result += [number] if eval(code) else []\n"
            "    except (OSError, RuntimeError): pass",
        )
    assert done == "[]"


def test_a_child_reaches_no_server(child: TakenOver) -> None:
    """U-20."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert tried(child, f"socket.create_connection({server.getsockname()}, 2)") == "'no'"


def test_a_child_reads_no_other_jobs_file(child: TakenOver, tmp_path: Path) -> None:
    """U-20."""
    other = tmp_path / "store" / "incoming" / "other-disc" / "000000"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"somebody else's")
    assert tried(child, f"open({str(other)!r}, 'rb').read()") == "'no'"
    assert tried(child, f"os.open({str(other.parent)!r}, os.O_RDONLY | os.O_DIRECTORY)") == "'no'"


def test_a_child_knows_no_secret(child: TakenOver, monkeypatch: pytest.MonkeyPatch) -> None:
    """U-20."""
    monkeypatch.setenv("VCD_SECRET_KEYS", "not for children")
    known = child.run("import os; result = ' '.join([*os.environ, *os.environ.values()])") or ""
    assert "VCD" not in known
    assert "not for children" not in known


def test_a_child_still_reads(child: TakenOver) -> None:
    good = made.meta() + made.identity() + made.image() + made.pixel_data()
    assert child.read(good).verdict == "instance"
    assert child.read(b"not DICOM").verdict == "not_dicom"


def test_a_child_still_counts_time_and_starts_threads(child: TakenOver) -> None:
    assert tried(child, "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0") == "'done'"
    assert tried(child, "not hasattr(threading.Thread(target=int), 'x')") == "'done'"


PICTURES = (
    "CT_small.dcm",
    "MR_small_RLE.dcm",
    "JPEG2000.dcm",
    "JPGExtended.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_the_same_behind_either_wall(name: str) -> None:
    path = Path(pydicom.data.__file__).parent / "test_files" / name
    made_by = []
    for boot in (BOOT, UNGUARDED_BOOT):
        with Sandbox(1, boot=boot) as sandbox, path.open("rb") as file:
            display, blobs = sandbox.make_display(file, sandbox.read_header(file).facts or {})
            made_by.append((display, list(blobs)))
    assert made_by[0][0]["frames"]
    assert made_by[0] == made_by[1]
