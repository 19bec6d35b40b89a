"""The process that reads strangers' bytes: started by ``sandbox``, told what to do over a socket.

It has an empty environment, no credentials, no network, and one file at a time as an open descriptor.
"""

import encodings
import gc
import importlib
import json
import os
import pkgutil
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from app.ingest import confine, wire
from app.ingest.ranged import ranged

Work = Callable[[BinaryIO, dict[str, Any], Callable[[int | None, bytes], None]], Any]
MEMORY = {"header": 512 << 20, "pixels": 1536 << 20, "pictures": 1024 << 20, "archives": 512 << 20}
"""Bytes of resident memory for each kind of child."""
PATIENT = 10
"""How far pictures to take away stand back (nice)."""
PICTURING = frozenset({"pixels", "pictures"})
"""Kinds that load native codecs, which start threads."""
READ_AHEAD = 1 << 20
"""Bytes that are asked for at once of an input that lies elsewhere."""


def header_work() -> Work:
    """Load what reads headers."""
    from app.dicom.part10 import read_header  # noqa: PLC0415 - before confinement, and only in this kind of child

    def work(file: BinaryIO, request: dict[str, Any], emit: Callable[[int | None, bytes], None]) -> Any:
        return read_header(file, request["size"])._asdict()

    return work


def pixel_work() -> Work:
    """Load what makes display frames."""
    from app.dicom.frames import make_display  # noqa: PLC0415 - as above
    from app.dicom.photos import make_native, make_photo  # noqa: PLC0415
    from app.dicom.uncompressed import make_uncompressed  # noqa: PLC0415

    photos = {"shown": make_photo, "native": make_native}

    def work(file: BinaryIO, request: dict[str, Any], emit: Callable[[int | None, bytes], None]) -> Any:
        if "photo" in request:
            return photos[request["photo"]](file, emit)
        if "uncompressed" in request:
            return make_uncompressed(file, request["facts"], emit)
        return make_display(file, request["facts"], emit, cover=request["cover"])

    return work


def picture_work() -> Work:
    """Load what makes files of display frames. Nobody waits for them at a screen: others come first."""
    from app.dicom.picture import Order, font_file, make_picture  # noqa: PLC0415 - as above

    os.nice(PATIENT)
    font_file()

    def work(file: BinaryIO, request: dict[str, Any], emit: Callable[[int | None, bytes], None]) -> Any:
        painted = make_picture(file, Order.load(request))
        emit(None, painted.data)
        return painted._asdict() | {"data": None}

    return work


def archive_work() -> Work:
    """Load what opens archives and unpacks what is in them: one archive at a time, its entries by number."""
    from app.ingest import archives  # noqa: PLC0415 - as above
    from app.ingest.entries import Entry  # noqa: PLC0415 - as above

    there = ExitStack()
    entries: list[Entry] = []

    def work(file: BinaryIO, request: dict[str, Any], emit: Callable[[int | None, bytes], None]) -> Any:
        if "entry" in request:
            return archives.unpack_entry(entries[request["entry"]], lambda chunk: emit(None, chunk))
        there.close()
        kind, size = archives.Archive(request["kind"]), request["size"]
        listed, entries[:] = archives.listed(there, kind, file, size)
        return listed

    return work


KINDS: dict[str, Callable[[], Work]] = {
    "header": header_work,
    "pixels": pixel_work,
    "pictures": picture_work,
    "archives": archive_work,
}


def serve(sock: socket.socket, work: Work) -> None:
    """Answer requests until the parent is gone."""

    def emit(index: int | None, body: bytes) -> None:
        wire.send(sock, wire.BLOB, body, wire.NO_FRAME if index is None else index)
        confine.grant_cpu()

    wire.send(sock, wire.READY, b"")
    while (request := wire.receive_request(sock)) is not None:
        confine.grant_cpu()
        what, descriptor = request
        with _opened(descriptor, sock, what) as file:
            result = work(file, what, emit)
        wire.send(sock, wire.RESULT, json.dumps(result, allow_nan=False).encode())


def _opened(
    descriptor: int | None, sock: socket.socket, what: dict[str, Any]
) -> AbstractContextManager[BinaryIO]:
    """Open the input: a file of the system, or what the parent hands out of one that lies elsewhere."""
    if descriptor is not None:
        return os.fdopen(descriptor, "rb")
    return nullcontext(ranged(partial(wire.ask, sock), what["size"], READ_AHEAD))


def load_all(kind: str) -> None:
    """Load what would otherwise load late: without Landlock no file can be opened afterwards."""
    for module in pkgutil.iter_modules(encodings.__path__):
        with suppress(ImportError):  # those of other systems
            importlib.import_module(f"encodings.{module.name}")
    if kind in PICTURING:
        import numpy as np  # noqa: PLC0415 - as above
        import numpy.ma  # noqa: PLC0415

        from app.dicom import codecs, photos, preview  # noqa: PLC0415

        codecs.load_all()
        photos.load_all()
        preview.make(np.zeros((1, 1), "uint8"), 1.0)
        preview.cover(np.zeros((1, 1), "uint8"), 1.0)


def program_folders() -> list[Path]:
    """Return where Python's modules lie: of the project only ``app``, for its data may lie beside that."""
    app = Path(__file__).parents[1]
    return [app, *(folder for folder in map(Path, filter(None, sys.path)) if folder != app.parent)]


def main(kind: str, descriptor: int) -> None:
    """Load, confine, serve."""
    confine.die_with_parent()
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    sock = socket.socket(fileno=descriptor)
    work = KINDS[kind]()
    if confine.landlock_version() < 1:
        load_all(kind)
    gc.freeze()  # what is loaded stays: no collection needs to walk through it
    nowhere = os.open(os.devnull, os.O_WRONLY)
    confine.confine(MEMORY[kind], program_folders(), threads=kind in PICTURING)
    os.dup2(nowhere, 2)  # a stranger's bytes write no log
    serve(sock, work)
