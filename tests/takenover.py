"""A sandbox's child that a stranger has taken over: it runs what its input says."""

from io import BytesIO
from pathlib import Path

from app.dicom.part10 import Header
from app.ingest.entries import Unreadable
from app.ingest.pool import BOOT
from app.ingest.sandbox import Sandbox

TAKEN_OVER = """
import ctypes, os, resource, signal, socket, subprocess, sys, threading
sys.path.insert(0, sys.argv[1])
from app.dicom.part10 import Header
from app.ingest import child, confine
confine.CPU_SECONDS = 1

def header_work(honest=child.header_work()):
    def work(file, request, emit):
        if file.read(4) != b"RUN:":
            return honest(file, request, emit)
        found = {"file": file}
        exec(file.read().decode(), found)
        honest_shape = Header("refused", repr(found.get("result")))._asdict()
        return found.get("answer", {**honest_shape, **found.get("claims", {})})
    return work

def pixel_work():
    def work(file, request, emit):
        for index in range(request["facts"]["frames"]):
            emit(index, bytes([index]) * 1000)
        emit(None, b"preview")
        exec(request["facts"].get("code", ""))
        return {"version": 1}
    return work

def archive_work(honest=child.archive_work()):
    def work(file, request, emit):
        if file.read(4) != b"RUN:":
            return honest(file, request, emit)
        found = {"request": request, "emit": lambda piece: emit(None, piece), "ask": file}
        exec(file.read().decode(), found)
        return found["result"]
    return work

child.KINDS = {"header": header_work, "pixels": pixel_work, "archives": archive_work}
child.main(sys.argv[2], int(sys.argv[3]))
"""
"""The first lines that such a child runs."""
_NO_WALLS = "confine.landlock_version = lambda: 0\nconfine._leave_the_network = lambda: None\n"
UNGUARDED = TAKEN_OVER.replace("child.KINDS", f"{_NO_WALLS}child.KINDS", 1)
"""The same on a kernel that has neither Landlock nor name spaces to give."""
UNGUARDED_BOOT = BOOT.replace("main(", f"from app.ingest import confine\n{_NO_WALLS}main(", 1)
"""An honest child on such a kernel."""


class TakenOver:
    """Has such a child run code, or read an honest file."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.path = sandbox, folder / "input"

    def run(self, code: str) -> str | None:
        return self.read(b"RUN:" + code.encode()).reason

    def read(self, data: bytes) -> Header:
        self.path.write_bytes(data)
        with self.path.open("rb") as file:
            return self.sandbox.read_header(file)


def run_as_archive(sandbox: Sandbox, code: str) -> str | None:
    """Have the child that opens archives run code; return what it says ``result`` is."""
    data = b"RUN:" + f"{code}\nresult = {{'unreadable': repr(result)}}".encode()
    try:
        with sandbox.opened("zip", BytesIO(data), len(data)):
            return None
    except Unreadable as said:
        return str(said)
