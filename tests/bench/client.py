"""Plain HTTP and the command line, as outsiders use them."""

import http.client
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.served import ROOT, Served


def flask(served: Served, *arguments: str) -> dict[str, Any]:
    """Run a verb on the served data folder; return its document."""
    command = [str(Path(sys.executable).with_name("flask")), *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=served.environment, capture_output=True, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def peak_memory(served: Served) -> dict[str, float]:
    """Return the peak resident memory (MB) of the service's processes, by what they are."""
    found: dict[str, float] = {}
    for pid, command in served.processes().items():
        name = next((word for word in ("gunicorn", "app.workers", "app.ingest") if word in command), "other")
        status = Path(f"/proc/{pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        found[name] = max(found.get(name, 0.0), peak / 1e3)
    return found


class Visitor:
    """Somebody with a link and a PIN, on one connection a request."""

    def __init__(self, port: int, share: dict[str, Any]) -> None:
        self.port, self.pin = port, share["pin"]
        self.link = urlsplit(share["url"]).path
        self.cookie = self.view = ""

    def ask(self, method: str, path: str, body: str | None = None) -> http.client.HTTPResponse:
        """Ask; the caller reads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": self.cookie, "Connection": "close"} | (
            {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        )
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def get(self, path: str) -> bytes:
        """Return what stands at an address."""
        return self.ask("GET", path).read()

    def landing(self) -> None:
        """Look at the link's page."""
        self.get(self.link)

    def open(self) -> None:
        """Give the PIN."""
        answer = self.ask("POST", self.link, f"pin={self.pin}")
        answer.read()
        self.cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]
        self.view = urlsplit(str(answer.getheader("Location"))).path

    def manifest(self) -> Any:
        """Return what the viewer loads."""
        return json.loads(self.get(f"{self.view}/manifest.json"))

    def frames(self) -> list[str]:
        """Return the address of every display frame."""
        return [
            urljoin(f"{self.view}/manifest.json", frame["url"])
            for study in self.manifest()["studies"]
            for series in study["series"]
            for instance in series["instances"]
            for frame in instance["frames"]
        ]

    def bundle(self) -> tuple[int, float, float]:
        """Take the bundle; return its bytes, seconds to the first of them, and seconds in all."""
        began = time.perf_counter()
        answer = self.ask("GET", f"{self.view}/bundle.zip")
        length = len(answer.read(1))
        first = time.perf_counter() - began
        while chunk := answer.read(1 << 20):
            length += len(chunk)
        return length, first, time.perf_counter() - began
