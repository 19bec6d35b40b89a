"""Eight people who take a bundle and then stand still: everybody else's link opens as if they were not."""

import random
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.web.slots import PER_HOST, PER_KEY
from tests.bench.client import Visitor, flask
from tests.factories import ct_dataset, part10
from tests.ports import free_port
from tests.served import Served

SLICES, SIDE = 6, 1024
"""A bundle of 12 MB that does not shrink: more than the sockets of a connection take in."""
WINDOW = 64 << 10
QUICK = 6.0
"""Seconds in which a link opens, on a busy machine too; a reader is hung up on after ten."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("stalled") / "var", free_port())
    try:
        yield served.ready()
    finally:
        served.stop()


@pytest.fixture(scope="module")
def people(served: Served, tmp_path_factory: pytest.TempPathFactory) -> list[Visitor]:
    """One with a link of their own for every two downloads that may run, and one more."""
    folder, chance = tmp_path_factory.mktemp("disc"), random.Random(1)
    for number in range(1, SLICES + 1):
        noise = chance.randbytes(SIDE * SIDE * 2)
        (folder / f"IM{number}").write_bytes(part10(ct_dataset(number, side=SIDE, PixelData=noise)))
    disc_id = str(flask(served, "disc", "import", str(folder))["disc_id"])
    links = range(PER_HOST // PER_KEY + 1)
    return [Visitor(served.port, flask(served, "share", "create", "--disc", disc_id)) for _ in links]


def stalled(visitor: Visitor, form: str) -> socket.socket:
    """Take a bundle and read nothing after its first bytes."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
    reader.connect(("127.0.0.1", visitor.port))
    head = f"GET {visitor.view}/bundle.{form} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {visitor.cookie}\r\n\r\n"
    reader.sendall(head.encode())
    assert reader.recv(12) == b"HTTP/1.1 200"
    return reader


def taken(visitor: Visitor, form: str) -> int:
    """Ask for a bundle and go away; return the status."""
    answer = visitor.ask("GET", f"{visitor.view}/bundle.{form}")
    answer.close()
    return answer.status


@pytest.mark.parametrize("form", ["zip", "iso"])
def test_eight_stalled_downloads_delay_nobody_who_opens_a_link(people: list[Visitor], form: str) -> None:
    *takers, other = people
    for visitor in people:
        visitor.open()
    with ExitStack() as readers:
        for visitor in takers * PER_KEY:
            readers.enter_context(stalled(visitor, form))
        assert taken(other, form) == 429  # all eight are held
        for step in (other.landing, other.open, other.manifest):
            began = time.monotonic()
            step()
            assert time.monotonic() - began < QUICK
        assert taken(other, form) == 429  # and still were meanwhile
    deadline = time.monotonic() + QUICK
    while taken(other, form) == 429:
        assert time.monotonic() < deadline, "those who went away keep their places"
        time.sleep(0.1)
