"""The processes under ``flask serve``: started, watched, and ended together."""

import http.client
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import click

START_SECONDS = 60
END_SECONDS = 8
"""How long children may take to end in good order."""
RESTART_SECONDS = 1
TICK = 0.1


@dataclass
class Child:
    """A process that we start; ``bind`` is where it listens, if it does."""

    command: list[str]
    environment: dict[str, str]
    bind: str | None = None
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it, out of reach of the terminal's Ctrl-C: ending it is ours to do."""
        self.process = subprocess.Popen(self.command, env=self.environment, process_group=0)  # noqa: S603 - our own words

    def ended(self) -> bool:
        """Tell whether it runs no more."""
        return self.process is None or self.process.poll() is not None

    def serves(self) -> bool:
        """Tell whether it answers at ``/healthz``."""
        host, _, port = (self.bind or "").rpartition(":")
        host = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))  # noqa: S104 - read, not bound
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def supervise(web: Child, worker: Child, ready: Callable[[], None]) -> int:
    """Run both until SIGINT or SIGTERM; return the exit code. A worker that dies is started again."""
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: asked.append(number))
    web.start()
    worker.start()
    try:
        if not _await(web, asked):
            return 0 if asked else _complain("The web server did not start; the lines above say why.")
        ready()
        while not asked:
            time.sleep(TICK)
            if web.ended():
                return _complain("The web server has ended; the lines above say why.")
            if worker.ended():
                click.echo("The worker has ended; starting it again.", err=True)
                time.sleep(RESTART_SECONDS)
                worker.start()
        return 0
    finally:
        _end(web, worker)


def _await(web: Child, asked: list[int]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while not web.ended() and not asked and time.monotonic() < deadline:
        if web.serves():
            return True
        time.sleep(TICK)
    return False


def _end(*children: Child) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        with suppress(ProcessLookupError):
            process.terminate()
    deadline = time.monotonic() + END_SECONDS
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _complain(sentence: str) -> int:
    click.echo(sentence, err=True)
    return 1
