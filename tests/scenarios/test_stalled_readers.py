"""Readers that stand still must not keep the threads that open links."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
THREADS = 2
APPLICATION = """
import itertools, os

def app(environ, start_response):
    start_response("200 OK", [("Content-Length", str(1 << 30))] if environ["PATH_INFO"] != "/quick" else [])
    if environ["PATH_INFO"] == "/file":
        return environ["wsgi.file_wrapper"](open(os.environ["BIG_FILE"], "rb"))
    if environ["PATH_INFO"] == "/body":
        return [str(len(environ["wsgi.input"].read())).encode()]
    return [b"quick"] if environ["PATH_INFO"] == "/quick" else itertools.repeat(bytes(1 << 16), 1 << 14)
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """gunicorn with two threads, set up as the product's."""
    port = free_port()
    (tmp_path / "stalling.py").write_text(APPLICATION)
    with (tmp_path / "big").open("wb") as big:
        big.truncate(1 << 30)
    environment = os.environ | {
        "VCD_DATA_DIR": str(tmp_path / "var"),
        "VCD_BIND": f"127.0.0.1:{port}",
        "BIG_FILE": str(tmp_path / "big"),
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path))),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "infra/gunicorn.conf.py", "--threads", str(THREADS)]
    with subprocess.Popen([*command, "stalling:app"], env=environment, cwd=ROOT) as server:
        while quick(port, 1) is None:
            assert server.poll() is None
            time.sleep(0.1)
        yield port
        server.terminate()


def quick(port: int, patience: float) -> bytes | None:
    with (
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=patience)) as connection,
        suppress(OSError),
    ):
        connection.request("GET", "/quick", headers={"Connection": "close"})
        return connection.getresponse().read()
    return None


def stalled(port: int, head: str) -> socket.socket:
    """Ask for something and read none of it."""
    reader = socket.create_connection(("127.0.0.1", port))
    reader.sendall(head.encode())
    return reader


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", id="stream"),
        pytest.param("GET /file HTTP/1.1\r\nHost: x\r\n\r\n", id="file"),
        pytest.param("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf", id="upload"),
    ],
)
def test_readers_that_stand_still_give_their_threads_back(port: int, head: str) -> None:
    with ExitStack() as readers:
        for _ in range(THREADS):
            readers.enter_context(stalled(port, head))
        time.sleep(1)
        assert quick(port, 1) is None  # every thread is taken
        assert quick(port, 15) == b"quick"


def test_a_reader_that_goes_on_gets_all(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for path in ("/file", "/stream"):
        connection.request("GET", path)
        answer = connection.getresponse()
        size = 0
        while piece := answer.read(1 << 20):
            size += len(piece)
        assert size == 1 << 30
    connection.close()
