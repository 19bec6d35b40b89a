"""A pool of warm children: borrowed for one file each, replaced when they fail."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from app.ingest import wire

START_SECONDS = 60.0
RECYCLE_AFTER = 5_000
"""Files that one child reads before a fresh one takes over: memory never creeps."""
_ROOT = Path(__file__).parents[2]
BOOT = """
import sys
sys.path.insert(0, sys.argv[1])
from app.ingest.child import main
main(sys.argv[2], int(sys.argv[3]))
"""
"""The first lines that a child runs."""
Answer = TypeVar("Answer")


class Child:
    """One child process and the socket to it."""

    def __init__(self, kind: str, boot: str = BOOT) -> None:
        self.sock, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-I", "-c", boot, str(_ROOT), kind, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={},
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.served = 0
        try:
            self.receive(0, START_SECONDS)
        except wire.WireError as why:
            self.kill()
            raise RuntimeError(f"the process that reads files ({kind}) does not start") from why

    def request(self, what: dict[str, Any], file: BinaryIO | None) -> None:
        """Ask for work on ``file``, which the child gets read-only and with a position of its own.

        Without a file the child asks for what it needs: see ``answer``.
        """
        self.served += 1
        path = file and f"/proc/self/fd/{file.fileno()}"
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC) if path else None
        try:
            self.sock.settimeout(START_SECONDS)
            wire.send_request(self.sock, what, descriptor)
        except OSError as why:
            raise wire.WireError("gone") from why
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def answer(self, data: bytes) -> None:
        """Give the child the bytes that it asked for."""
        try:
            self.sock.settimeout(START_SECONDS)
            wire.send(self.sock, wire.RESULT, data)
        except OSError as why:
            raise wire.WireError("gone") from why

    def receive(self, most: int, seconds: float) -> wire.Message:
        """Return the child's next message. Raises WireError when it is too long, too late, or never comes."""
        return wire.receive(self.sock, most, time.monotonic() + seconds)

    def kill(self) -> int:
        """End the child and what it may have started. Returns its exit status, negative for a signal."""
        self.sock.close()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()


class Loan:
    """A child of one's own; a new one when it was lost."""

    def __init__(self, start: Callable[[], Child]) -> None:
        self._start = start
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        """The child, started when there is none."""
        if self._child is None:
            self._child = self._start()
        return self._child

    @property
    def lost(self) -> bool:
        """Whether there is no child now."""
        return self._child is None

    def end(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child = None


class Pool:
    """At most ``size`` children of one kind, started when needed.

    One thread of the pool's own starts them all: the kernel takes the *thread* that started a child for its
    parent, and a borrower's thread may end long before the child's work does.
    """

    def __init__(self, kind: str, size: int, boot: str = BOOT) -> None:
        self.kind, self.boot = kind, boot
        self._free = threading.Semaphore(size)
        self._idle: list[Child] = []
        self._starter = ThreadPoolExecutor(1)

    def attempt(self, ask: Callable[[Child], Answer]) -> Answer | None:
        """Have a child answer. One that dies is replaced and asked once more; None if that fails too.

        A child that was too slow or used up its CPU time is not asked again: the file is at fault. Our own
        errors, such as a full disk, are raised as they are.
        """
        for _ in range(2):
            with self._free:
                child = self._borrow()
                try:
                    answer = ask(child)
                except wire.LateError:
                    child.kill()
                    return None
                except wire.WireError:
                    if child.kill() == -signal.SIGXCPU:
                        return None
                    continue
                except BaseException:
                    child.kill()
                    raise
                self._give_back(child)
                return answer
        return None

    @contextmanager
    def lent(self) -> Iterator["Loan"]:
        """Lend a fresh child for as long as the ``with`` block runs; it serves nobody else."""
        with self._free:
            loan = Loan(self._start)
            try:
                yield loan
            finally:
                loan.end()

    def close(self) -> None:
        """End the idle children."""
        while self._idle:
            self._idle.pop().kill()
        self._starter.shutdown()

    def _borrow(self) -> Child:
        with suppress(IndexError):  # another thread may take the last
            while (child := self._idle.pop()).process.poll() is not None:
                child.kill()
            return child
        return self._start()

    def _start(self) -> Child:
        return self._starter.submit(Child, self.kind, self.boot).result()

    def _give_back(self, child: Child) -> None:
        if child.served < RECYCLE_AFTER:
            self._idle.append(child)
        else:
            child.kill()
