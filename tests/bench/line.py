"""A slow line for measurements: a proxy on loopback that lets through so many bits a second, so many ms late.

The browser's own emulation leaves out what workers fetch, such as the codec; a line leaves out nothing.
"""

import re
import socket
import threading
import time
from collections.abc import Callable

CHUNK = 16 * 1024
REQUEST = re.compile(rb"^GET (\S+) HTTP/1", re.M)


class Line:
    """Carries connections to a port of this machine. ``asked`` are the paths of all requests, in order."""

    def __init__(self, port: int, megabits: float, round_trip: float) -> None:
        self._to, self._rate, self._late = port, megabits * 1e6 / 8, round_trip / 2
        self._free = 0.0
        self._lock = threading.Lock()
        self.asked: list[str] = []
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._ear.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        self._ear.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._ear.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        time.sleep(2 * self._late)  # the handshake
        far = socket.create_connection(("127.0.0.1", self._to))
        threading.Thread(target=self._pump, args=(near, far, self._up), daemon=True).start()
        self._pump(far, near, self._down)

    def _up(self, data: bytes) -> float:
        self.asked += [path.decode() for path in REQUEST.findall(data)]
        return time.monotonic() + self._late

    def _down(self, data: bytes) -> float:
        """Return when the last of ``data`` arrives: all connections share the line."""
        with self._lock:
            self._free = max(self._free, time.monotonic()) + len(data) / self._rate
            return self._free + self._late

    def _pump(self, source: socket.socket, target: socket.socket, due: Callable[[bytes], float]) -> None:
        try:
            while data := source.recv(CHUNK):
                time.sleep(max(0.0, due(data) - time.monotonic()))
                target.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, target):
                end.close()
