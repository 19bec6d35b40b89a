"""Where strangers' bytes are read: warm child processes with limits, replaced when they die.

A child that crashes, hangs or grows takes only its file down: the file is refused with a sentence, the next
file gets a fresh child. The parent believes nothing that a child says beyond its bounds.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, BinaryIO, Self

from app.dicom.content import JPEG, PDF, PNG
from app.dicom.dicomjson import Facts
from app.dicom.fileset import Listed
from app.dicom.identity import Identity
from app.dicom.part10 import DICOMDIR, DOCUMENT, INSTANCE, NOT_DICOM, REFUSED, Header
from app.dicom.unshown import NOT_MADE
from app.ingest import wire
from app.ingest.entries import Entry
from app.ingest.pool import BOOT, Child, Pool
from app.ingest.spool import Spool
from app.ingest.unpacking import OpenedArchive

DisplayResult = dict[str, Any]
Blobs = Iterator[tuple[int | None, bytes]]

HEADER_SECONDS = 60.0
"""Wall clock for one header; its CPU time is limited in the child."""
PIXEL_SECONDS = 180.0
"""Wall clock from one frame to the next."""
MAX_JSON = 64 << 20
MAX_BLOB = 512 << 20
MAX_BLOBS = 8 << 30
"""Bytes of display frames that one file may yield."""

TOO_HARD = "It could not be read safely: reading it took too long, too much memory, or crashed."
NOT_PLAIN = "Writing it without compression took too long, too much memory, or failed."
NO_PHOTO = "decoding it took too long, too much memory, or crashed"
"""Words that follow *This is a picture, but*."""
MEDIA_TYPES = (PDF, JPEG, PNG)
_VERDICTS = (INSTANCE, DICOMDIR, DOCUMENT, NOT_DICOM, REFUSED)


class Sandbox:
    """Reads headers and makes display frames out of harm's way. Thread-safe; a context manager.

    ``size`` children of each kind at most, by default one a processor; they start when first needed.
    """

    def __init__(self, size: int | None = None, boot: str = BOOT) -> None:
        size = size or len(os.sched_getaffinity(0))
        self._headers = Pool("header", size, boot)
        self._pixels = Pool("pixels", size, boot)
        self._archives = Pool("archives", size, boot)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all children."""
        self._headers.close()
        self._pixels.close()
        self._archives.close()

    def read_header(self, file: BinaryIO) -> Header:
        """Tell what ``file`` is; see ``part10.read_header``. Needs a real file, whose position is left alone.

        Never raises for what the bytes hold: a crash or a limit makes the verdict ``refused``.
        """
        size = os.fstat(file.fileno()).st_size

        def ask(child: Child) -> Header:
            child.request({"size": size}, file)
            return _header(child.receive(MAX_JSON, HEADER_SECONDS).body)

        return self._headers.attempt(ask) or Header(REFUSED, TOO_HARD)

    @contextmanager
    def opened(self, kind: str, file: BinaryIO, size: int) -> Iterator[list[Entry]]:
        """Give what an archive of that kind (``archives.Archive``), of ``size`` bytes, holds.

        A child reads it and unpacks it; ``file`` may lie anywhere. Raises Unreadable, TooLarge.
        """
        with self._archives.lent() as loan:
            yield OpenedArchive(loan, kind, file, size).entries()

    def make_display(
        self, file: BinaryIO, facts: Facts, *, cover: bool = False
    ) -> tuple[DisplayResult, Blobs]:
        """Make display frames of an instance; see ``frames.make_display``.

        Returns its result, or ``{"reason": sentence}`` when it cannot be shown, and the blobs in the order in
        which they were made: ``(frame index, bytes)``, the preview with the index None.
        """
        return self._pictures(file, {"facts": facts, "cover": cover}, NOT_MADE)

    def make_uncompressed(self, file: BinaryIO, facts: Facts) -> tuple[DisplayResult, Blobs]:
        """Write an instance anew without compression; see ``uncompressed.make_uncompressed``.

        The blobs are the file's pieces in order.
        """
        return self._pictures(file, {"facts": facts, "uncompressed": True}, NOT_PLAIN)

    def make_photo(self, file: BinaryIO) -> tuple[DisplayResult, Blobs]:
        """Make the display copy of a JPEG or PNG; see ``photos.make_photo``. Else as ``make_display``."""
        return self._pictures(file, {"photo": "shown"}, NO_PHOTO)

    def make_native(self, file: BinaryIO) -> tuple[DisplayResult, Blobs]:
        """Decode a JPEG or PNG; see ``photos.make_native``."""
        return self._pictures(file, {"photo": "native"}, NO_PHOTO)

    def _pictures(self, file: BinaryIO, what: dict[str, Any], otherwise: str) -> tuple[DisplayResult, Blobs]:
        spool = Spool()

        def ask(child: Child) -> DisplayResult:
            spool.clear()
            child.request(what, file)
            return _display(child, spool.put)

        result = self._pixels.attempt(ask)
        if result is None:
            spool.clear()
            result = {"reason": otherwise}
        return result, spool.take()


def _display(child: Child, emit: Callable[[int | None, bytes], None]) -> DisplayResult:
    total = 0
    while True:
        message = child.receive(MAX_BLOB, PIXEL_SECONDS)
        total += len(message.body)
        if total > MAX_BLOBS:
            raise wire.WireError("more than the bounds allow")
        if message.kind == wire.RESULT:
            return _result(message.body)
        emit(None if message.frame == wire.NO_FRAME else message.frame, message.body)


def _result(body: bytes) -> DisplayResult:
    result = _parsed(body)
    if not isinstance(result, dict):
        raise wire.WireError("no result")
    return result


def _header(body: bytes) -> Header:
    """Take a child's answer for what it must be. Raises WireError on any other shape."""
    try:
        return _shaped(_parsed(body))
    except (KeyError, TypeError, ValueError) as why:
        raise wire.WireError("no header") from why


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as why:
        raise wire.WireError("no JSON") from why


def _shaped(told: Any) -> Header:
    facts = told["facts"]
    if told["verdict"] not in _VERDICTS or not (facts is None or isinstance(facts, dict)):
        raise wire.WireError("no header")
    return Header(
        verdict=told["verdict"],
        reason=_sentence(told["reason"]),
        warnings=[str(warning) for warning in told["warnings"]],
        facts=facts,
        listed=[_listed(*entry) for entry in told["listed"]],
        unlisted_reason=_sentence(told["unlisted_reason"]),
        patients=[Identity(*map(str, who)) for who in told["patients"]],
        media_type=told["media_type"] if told["media_type"] in MEDIA_TYPES else None,
    )


def _sentence(told: object) -> str | None:
    return None if told is None else str(told)


def _listed(file_id: list[object], *uids: object) -> Listed:
    instance_uid, sop_class_uid, transfer_syntax_uid = map(str, uids)
    return Listed([str(part) for part in file_id], instance_uid, sop_class_uid, transfer_syntax_uid)
