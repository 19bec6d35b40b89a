"""Orthanc, the server that a recipient may have: what it is asked over HTTP."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any


class Orthanc:
    """An Orthanc that listens on the loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    def send(self, data: bytes) -> Any:
        """Give it an instance, or a ZIP of them; return its answer: an object, or one an instance."""
        return json.loads(b"".join(self._answer("POST", "/instances", data)))

    def get(self, path: str) -> Any:
        """Return what it tells at ``path``."""
        return json.loads(b"".join(self.stream(path)))

    def stream(self, path: str) -> Iterator[bytes]:
        """Yield what stands at ``path`` as it comes."""
        return self._answer("GET", path)

    def forget(self) -> None:
        """Delete every patient it has."""
        for patient in self.get("/patients"):
            list(self._answer("DELETE", f"/patients/{patient}"))

    def _answer(self, method: str, path: str, body: bytes | None = None) -> Iterator[bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)) as connection:
            connection.request(method, path, body)
            answer = connection.getresponse()
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"Orthanc answers {answer.status} to {method} {path}: {answer.read()!r}")
            while chunk := answer.read1(1 << 20):
                yield chunk
