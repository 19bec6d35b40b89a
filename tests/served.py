"""The product as people start it: ``flask serve`` in a process of its own."""

import http.client
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 90


def lives(pid: int) -> bool:
    """Tell whether a process still runs; one that ended but was not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Served:
    """A running ``flask serve`` and what it printed."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = data_dir.parent / f"serve-{time.monotonic_ns()}.log"
        self.environment = os.environ | {"VCD_DATA_DIR": str(data_dir), "VCD_BIND": f"127.0.0.1:{port}"}
        with self.log.open("wb") as log:
            command = [str(Path(sys.executable).with_name("flask")), "serve"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def printed(self) -> str:
        return self.log.read_text()

    def ready(self) -> "Served":
        deadline = time.monotonic() + PATIENCE
        while "is ready" not in self.printed():
            assert self.process.poll() is None, self.printed()
            assert time.monotonic() < deadline, self.printed()
            time.sleep(0.05)
        return self

    def get(self, path: str) -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def processes(self) -> dict[int, str]:
        """Return the command lines of all that runs below it."""
        found: dict[int, str] = {}
        parents = {self.process.pid}
        for stat in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda path: int(path.parent.name)):
            try:
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
                command = (stat.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if parent in parents and command:
                parents.add(int(stat.parent.name))
                found[int(stat.parent.name)] = command
        return found

    def worker(self) -> int:
        return next(pid for pid, command in self.processes().items() if "app.workers" in command)

    def stop(self) -> None:
        """End it in good order, or else at once."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
