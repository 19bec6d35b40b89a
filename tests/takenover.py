"""A sandbox's child that a stranger has taken over: it runs what its input says."""

from pathlib import Path

from app.dicom.part10 import Header
from app.ingest.sandbox import Sandbox

TAKEN_OVER = """
import ctypes, os, resource, signal, socket, subprocess, sys, threading
sys.path.insert(0, sys.argv[1])
from app.ingest import child, confine
confine.CPU_SECONDS = 1

def header_work(honest=child.header_work()):
    def work(file, request, emit):
        if file.read(4) != b"RUN:":
            return honest(file, request, emit)
        found = {"file": file}
        exec(file.read().decode(), found)
        shape = dict(verdict="refused", warnings=[], facts=None, listed=[], unlisted_reason=None)
        return found.get("answer", {**shape, "reason": repr(found.get("result")), **found.get("claims", {})})
    return work

def pixel_work():
    def work(file, request, emit):
        for index in range(request["facts"]["frames"]):
            emit(index, bytes([index]) * 1000)
        emit(None, b"preview")
        exec(request["facts"].get("code", ""))
        return {"version": 1}
    return work

child.KINDS = {"header": header_work, "pixels": pixel_work}
child.main(sys.argv[2], int(sys.argv[3]))
"""
"""The first lines that such a child runs."""
UNGUARDED = TAKEN_OVER.replace(
    "\nchild.KINDS",
    "\nconfine.landlock_version = lambda: 0\nconfine._leave_the_network = lambda: None\nchild.KINDS",
    1,
)
"""The same on a kernel that has neither Landlock nor name spaces to give."""


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
