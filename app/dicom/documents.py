"""From an original without a picture to what can be read in the viewer: a PDF, or a report's words.

Runs in the sandbox's pixel child, as display frames do. Of a PDF nothing is looked at but its first bytes.
"""

import json
from collections.abc import Callable
from typing import Any, BinaryIO

from app.dicom.charsets import decoded
from app.dicom.content import HEAD
from app.dicom.dicomjson import Facts, text
from app.dicom.elements import ElementReader, Level
from app.dicom.encoding import Element, Encoding, Malformed
from app.dicom.facts import tags
from app.dicom.reports import KEYWORDS, report
from app.dicom.source import CutShort, TooMuch, Window
from app.dicom.syntax import open_dataset
from app.dicom.uids import ENCAPSULATED_PDF

STRUCTURED_REPORTS = "1.2.840.10008.5.1.4.1.1.88."
"""How the SOP classes of structured reports begin, key object selections and dose reports too (PS3.4 B.5)."""
ENCAPSULATED = 0x00420011
MAX_PDF = 64 << 20
"""Bytes; larger ones are downloaded instead."""
MAX_TEXT = 1 << 20
"""Bytes of one text value of a report."""
_LONG_TEXT = frozenset({"UT", "LT", "ST"})

Emit = Callable[[int | None, bytes], None]


class _DocumentReader(ElementReader):
    """Keeps a report whole: all content items and long texts. An encapsulated document is kept as bytes."""

    def __init__(self, window: Window, encoding: Encoding) -> None:
        super().__init__(window, encoding, tags(KEYWORDS) | {ENCAPSULATED: "OB"})
        self.document = b""

    def _wanted(self, level: Level, into: Facts, element: Element) -> None:
        if element.tag == ENCAPSULATED and element.length <= MAX_PDF:
            self.document = self.window.take(element.length)
        elif self.wanted[element.tag] in _LONG_TEXT and element.length <= MAX_TEXT:
            words = decoded(self.window.take(element.length), level.charset).replace("\0", "").strip()
            self._put(level, into, element.tag, "UT", [words] if words else [], element.length)
        else:
            super()._wanted(level, into, element)

    def _item(self, items: list[Facts], tag: int, item: Facts) -> None:
        items.append(item)


def is_document(facts: Facts) -> bool:
    """Tell whether an instance may be something to read: a PDF or a structured report."""
    sop_class_uid = text(facts, "SOPClassUID")
    return sop_class_uid == ENCAPSULATED_PDF or sop_class_uid.startswith(STRUCTURED_REPORTS)


def make_document(file: BinaryIO, facts: Facts, emit: Emit) -> dict[str, Any] | None:
    """Write what can be read as blob 0; return ``{"kind": "pdf" or "report", "size"}``, or None."""
    reader = _read(file)
    if reader is None:
        return None
    if text(facts, "SOPClassUID") == ENCAPSULATED_PDF:
        return _emitted("pdf", reader.document, emit) if b"%PDF-" in reader.document[:1024] else None
    told = report(reader.facts)
    cut = told["cut"] or bool(reader.warnings) or reader.cut_short
    return _emitted("report", json.dumps(told | {"cut": cut}).encode(), emit) if told["items"] else None


def _read(file: BinaryIO) -> _DocumentReader | None:
    size = file.seek(0, 2)
    file.seek(0)
    try:
        opened = open_dataset(file, size, file.read(HEAD))
        if opened is None:
            return None
        reader = _DocumentReader(Window(opened.source, opened.position), opened.encoding)
        reader.read()
    except (Malformed, TooMuch, CutShort):
        return None
    return reader


def _emitted(kind: str, data: bytes, emit: Emit) -> dict[str, Any]:
    emit(0, data)
    return {"kind": kind, "size": len(data)}
