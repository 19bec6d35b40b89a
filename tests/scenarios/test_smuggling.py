"""Requests that a proxy and the service could understand differently, sent to the real service as bytes."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("smuggling") / "var", free_port())
    try:
        yield running.ready()
    finally:
        running.stop()


def answers(served: Served, *lines: str, body: bytes = b"", newline: str = "\r\n") -> list[bytes]:
    """Send these lines and what follows; return the status lines of all that comes back."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=15) as line:
        line.sendall(newline.join((*lines, "Connection: close", "", "")).encode() + body)
        got = b""
        while more := line.recv(65536):
            got += more
    return [part for part in got.split(b"\r\n") if part.startswith(b"HTTP/1.")]


HOST = "Host: 127.0.0.1"
SECOND = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Content-Length: 4", "Content-Length: 5"),
        ("Content-Length: +5",),
        ("Transfer_Encoding: chunked", "Content-Length: 0x5"),
    ],
)
def test_a_body_of_two_lengths_is_refused_and_nothing_behind_it_is_answered(
    served: Served, headers: tuple[str, ...]
) -> None:
    """S-13."""
    found = answers(served, "POST /login HTTP/1.1", HOST, *headers, body=b"0\r\n\r\n" + SECOND)
    assert len(found) == 1
    assert found[0].split()[1] in (b"400", b"501"), found


def test_lines_that_end_in_a_line_feed_alone_are_refused(served: Served) -> None:
    """S-13."""
    found = answers(served, "GET /healthz HTTP/1.1", HOST, newline="\n")
    assert [one.split()[1] for one in found] in ([], [b"400"])


def test_a_header_with_an_underscore_is_dropped(served: Served, tmp_path: Path) -> None:
    """S-13: it would pass for the proxy's own."""
    found = answers(served, "GET /healthz HTTP/1.1", HOST, "X_Forwarded_For: 203.0.113.9")
    assert [one.split()[1] for one in found] == [b"200"]
