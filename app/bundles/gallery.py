"""What people see in a bundle without software for DICOM: pictures, and the words of reports.

What is shown was made at ingest, in the sandbox; nothing of a stranger's is decoded here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import MAX_WBITS, decompressobj

from app.bundles.fileset import Placed
from app.dicom import blobs
from app.storage import ObjectNotFound, ObjectStore, keys
from app.studies.models import Instance

FOLDER = "IHE_PDI"
"""Pages and all that belongs to them lie here (IHE RAD TF-3 4.47)."""
MOST_PICTURES = 16 << 20
"""Bytes of pictures; where they are used up, what comes later is listed without one."""
MOST_REPORT = 1 << 20
MOST_FRAME = 64 << 20


class Picture(NamedTuple):
    """A JPEG that stands for an instance; ``name`` within FOLDER."""

    name: str
    data: bytes


class Report(NamedTuple):
    """A report's words, as ``app.dicom.reports`` tells them; ``name`` of its page within FOLDER."""

    name: str
    told: dict[str, Any]


class Gallery(NamedTuple):
    """Pictures and reports by the instance's id."""

    pictures: Mapping[str, Picture]
    reports: Mapping[str, Report]


def gallery(placed: Sequence[Placed], store: ObjectStore) -> Gallery:
    """Return what there is to see of these instances. What the store has lost is left out."""
    instances = [one.instance for one in placed]
    pictures, reports = _pictures(instances, store), _reports(instances, store)
    return Gallery(
        {id_: Picture(f"PIC{n:05d}.JPG", data) for n, (id_, data) in enumerate(pictures, 1)},
        {id_: Report(f"REP{n:05d}.HTM", told) for n, (id_, told) in enumerate(reports, 1)},
    )


def frame_bytes(store: ObjectStore, instance: Instance, index: int) -> bytes | None:
    """Return a display frame as the viewer decodes it, or None when it is not there or far too large."""
    data = _read(store, keys.display_frame(instance.organisation_id, instance.sha256, index))
    if data is None or not blobs.stored(instance.display or {})[index]["gzip"]:
        return data
    unpacker = decompressobj(MAX_WBITS | 16)
    plain = unpacker.decompress(data, MOST_FRAME)
    return plain if unpacker.eof else None


def _pictures(instances: Sequence[Instance], store: ObjectStore) -> Iterator[tuple[str, bytes]]:
    left = MOST_PICTURES
    for instance in instances:
        if not (instance.display or {}).get("cover"):
            continue
        data = _read(store, keys.cover(instance.organisation_id, instance.sha256))
        if data is not None and len(data) <= left:
            left -= len(data)
            yield instance.id, data


def _reports(instances: Sequence[Instance], store: ObjectStore) -> Iterator[tuple[str, dict[str, Any]]]:
    for instance in instances:
        told = (instance.display or {}).get("document")
        if not told or told["kind"] != "report" or told["size"] > MOST_REPORT:
            continue
        data = _read(store, keys.display_frame(instance.organisation_id, instance.sha256, 0))
        if data is not None:
            yield instance.id, json.loads(data)


def _read(store: ObjectStore, key: str) -> bytes | None:
    try:
        with store.open(key) as file:
            return file.read()
    except ObjectNotFound:
        return None
