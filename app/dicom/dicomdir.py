"""A DICOMDIR from plain records, in time linear in their number (PS3.10 8.6, PS3.3 F.3).

pydicom's FileSet is quadratic, refuses a third of real files and copies report text into the directory;
see docs/adr/0005. This module knows offsets and nothing of patients: ``app.dicom.records`` fills records.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.dicom.explicit import element, item
from app.dicom.filemeta import file_meta
from app.dicom.record_types import PRIVATE
from app.dicom.uids import DICOMDIR_CLASS, EXPLICIT_LITTLE, stand_in

PRIVATE_RECORD_UID = stand_in("Virtual CD: private directory record")

IN_USE = b"\xff\xff"
_SEQUENCE_HEAD = 12
_LONG = struct.Struct("<L")


class FileReference(NamedTuple):
    """The file a leaf record stands for: its File ID's components and what its file meta says."""

    file_id: tuple[str, ...]
    sop_class_uid: str
    instance_uid: str
    transfer_syntax_uid: str


@dataclass(slots=True)
class Record:
    """A directory record: ``keys`` is its encoded elements from group 0008 on, ascending."""

    record_type: str
    keys: bytes
    file: FileReference | None = None
    lower: list["Record"] = field(default_factory=list)


class _Level(NamedTuple):
    """Records of one directory entity and of all below: where it starts, its last record, where it ends."""

    start: int
    items: list[bytes]
    last: int
    end: int


def dicomdir(records: Sequence[Record], *, file_set_id: str, uid: str) -> bytes:
    """Return a whole DICOMDIR with ``records`` as its root, each before what lies below it.

    ``file_set_id`` has at most 16 characters of A-Z, 0-9, underscore (PS3.10 8.1); ``uid`` is the instance's.
    """
    meta = file_meta(sop_class_uid=DICOMDIR_CLASS, instance_uid=uid, transfer_syntax_uid=EXPLICIT_LITTLE)
    start = len(meta) + len(_head(file_set_id, 0, 0)) + _SEQUENCE_HEAD
    level = _level(records, start)
    head = _head(file_set_id, start if records else 0, level.last if records else 0)
    return meta + head + element(0x00041220, "SQ", b"".join(level.items))


def _level(records: Sequence[Record], at: int) -> _Level:
    """Return the items of ``records`` and of all below them; the first begins ``at`` bytes into the file."""
    items: list[bytes] = []
    start = last = at
    for record in records:
        rest = _rest(record)
        below = _level(record.lower, at + len(item(_offsets(0, 0) + rest)))
        more = record is not records[-1]
        items.append(item(_offsets(below.end if more else 0, below.start if record.lower else 0) + rest))
        items += below.items
        last, at = at, below.end
    return _Level(start, items, last, at)


def _offsets(next_record: int, lower: int) -> bytes:
    return (
        element(0x00041400, "UL", _LONG.pack(next_record))
        + element(0x00041410, "US", IN_USE)
        + element(0x00041420, "UL", _LONG.pack(lower))
    )


def _rest(record: Record) -> bytes:
    kind = element(0x00041430, "CS", record.record_type.encode())
    if record.record_type == PRIVATE:
        kind += element(0x00041432, "UI", PRIVATE_RECORD_UID.encode())
    return kind + (_reference(record.file) if record.file else b"") + record.keys


def _reference(file: FileReference) -> bytes:
    return (
        element(0x00041500, "CS", "\\".join(file.file_id).encode())
        + element(0x00041510, "UI", file.sop_class_uid.encode())
        + element(0x00041511, "UI", file.instance_uid.encode())
        + element(0x00041512, "UI", file.transfer_syntax_uid.encode())
    )


def _head(file_set_id: str, first: int, last: int) -> bytes:
    return (
        element(0x00041130, "CS", file_set_id.encode())
        + element(0x00041200, "UL", _LONG.pack(first))
        + element(0x00041202, "UL", _LONG.pack(last))
        + element(0x00041212, "US", b"\0\0")
    )
