"""How gunicorn serves Virtual CD: one process of many threads, none of which a stalled reader can keep.

A share's bundles stream through us, so that revoking can cut them. Each of the eight stream slots may hold a
thread for as long as its reader reads; four threads a slot, and some, leave the links quick.
"""

import errno
import gc
import logging
import os
import re
import select
import socket
import struct
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from app.config import Config

STALL_SECONDS = 10
"""How long a reader may take nothing, or a sender send nothing, before we hang up."""
SECRET = re.compile(r"/(s|go|view|uploads|discs)/[^\s/?]+|\?\S+")


class BoundedSocket(socket.socket):
    """A connection that gives up on a peer which stands still; the library's own loops never do.

    The kernel's timeout does for receiving only: a send that moved a part waits it out, and then once more.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(fileno=descriptor)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", STALL_SECONDS, 0))

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of ``data``. Raises BrokenPipeError when nothing moved for ``STALL_SECONDS``."""
        left = memoryview(data).cast("B")
        while left:
            try:
                left = left[self.send(left, flags | socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                self._wait_for_room()

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send ``count`` bytes of a file, as ``sendall`` does; return how many were sent."""
        total = os.fstat(file.fileno()).st_size - offset if count is None else count
        sent = 0
        self.setblocking(False)  # the kernel's own loop would wait the limit out for every 64 KiB
        try:
            while sent < total:
                try:
                    step = os.sendfile(self.fileno(), file.fileno(), offset + sent, total - sent)
                except BlockingIOError:
                    self._wait_for_room()
                    continue
                if step == 0:
                    break
                sent += step
        finally:
            self.setblocking(True)
        return sent

    def _wait_for_room(self) -> None:
        room = select.poll()
        room.register(self, select.POLLOUT)
        if not room.poll(STALL_SECONDS * 1000):
            raise BrokenPipeError(errno.EPIPE, "the reader stands still")


class BoundedWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """The threaded worker, on bounded sockets."""

    def enqueue_req(self, conn: TConn) -> None:
        """Bound a connection when it is new."""
        if not isinstance(conn.sock, BoundedSocket):
            conn.sock = BoundedSocket(conn.sock.detach())
        super().enqueue_req(conn)


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """A log without what opens anything: no tokens, no queries."""

    def setup(self, cfg: Any) -> None:
        """Scrub every line."""
        super().setup(cfg)
        self.error_log.addFilter(scrub)


def scrub(record: logging.LogRecord) -> bool:
    """Take secrets out of addresses in a line of the log."""
    record.msg, record.args = SECRET.sub(r"/\1/…", record.getMessage()), ()
    return True


def post_worker_init(worker: ThreadWorker) -> None:
    """Take what was loaded at the start out of the garbage collector's rounds, which cost a request 30 ms."""
    gc.collect()
    gc.freeze()


bind = Config.from_env().bind
worker_class = BoundedWorker
workers = 1
threads = 40
worker_connections = 400
backlog = 256
keepalive = 5
timeout = 30
graceful_timeout = 5
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - only a heartbeat's clock
accesslog = None
errorlog = "-"
loglevel = "warning"
logger_class = QuietLogger
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
forwarded_allow_ips = "127.0.0.1,::1"
control_socket_disable = True
