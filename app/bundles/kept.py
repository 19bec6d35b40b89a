"""Finished plans in the store, so that the first byte of a download never waits for a plan to be made.

A kept plan is only ever what would be made again: one that cannot be read, is damaged, or was made for
another form of bundle or another profile of the organisation is made anew. It goes when its disc is purged.
"""

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from app.bundles.entries import Entry, StoredObject, stored_entry
from app.bundles.plan import Plan
from app.errors import StorageFull
from app.storage import ObjectNotFound, ObjectStore, keys

FORM = 6
"""Count up when bundles of the same share come out differently: other names, texts, files."""
_DIGEST, _LENGTH = 32, 8
log = logging.getLogger(__name__)


class KeptPlans:
    """The plans of one disc's bundles in the store."""

    def __init__(self, store: ObjectStore, organisation_id: str, disc_id: str) -> None:
        self._store, self._organisation_id = store, organisation_id
        self._folder = keys.bundle_folder(organisation_id, disc_id)

    def find(self, version_id: str, language: str, made_from: str) -> Plan | None:
        """Return the plan of a version in a language, made from exactly that, or None."""
        try:
            with self._store.open(self._key(version_id, language, made_from)) as file:
                data = file.read()
            return load(data, self._organisation_id)
        except ObjectNotFound:
            return None
        except (OSError, ValueError, LookupError, TypeError):
            log.warning("the kept plan of version %s cannot be read and is made again", version_id)
            return None

    def keep(self, version_id: str, language: str, made_from: str, plan: Plan) -> None:
        """Keep a plan instead of those made from something else. A store that fails costs time only."""
        try:
            self._store.delete(f"{self._folder}{version_id}/{language}/")
            self._store.put(self._key(version_id, language, made_from), BytesIO(dump(plan)), durable=False)
        except (OSError, StorageFull):
            log.warning("the plan of version %s could not be kept", version_id, exc_info=True)

    def _key(self, version_id: str, language: str, made_from: str) -> str:
        name = sha256(f"{FORM} {made_from}".encode()).hexdigest()[:32]
        return f"{self._folder}{version_id}/{language}/{name}"


def dump(plan: Plan) -> bytes:
    """Return a plan as bytes: a SHA-256, the length of what follows as JSON, then what we wrote ourselves."""
    made = [entry for entry in plan.entries if isinstance(entry.content, bytes)]
    document = json.dumps(
        {
            "file_set_id": plan.file_set_id,
            "made_at": plan.made_at.isoformat(),
            "study_uids": plan.study_uids,
            "listed": plan.listed,
            "unlisted": plan.unlisted,
            "made": [entry[:-1] for entry in made],
            "stored": [_stored(entry, entry.content) for entry in plan.entries if not _is_made(entry)],
        },
        separators=(",", ":"),
    ).encode()
    contents = b"".join(entry.content for entry in made if isinstance(entry.content, bytes))
    body = len(document).to_bytes(_LENGTH, "big") + document + contents
    return sha256(body).digest() + body


def load(data: bytes, organisation_id: str) -> Plan:
    """Return the plan. Raises ValueError, LookupError or TypeError for what ``dump`` did not write."""
    digest, body = data[:_DIGEST], data[_DIGEST:]
    if sha256(body).digest() != digest:
        raise ValueError("damaged")
    start = _LENGTH + int.from_bytes(body[:_LENGTH], "big")
    document = json.loads(body[_LENGTH:start])
    made = list(_made_entries(document["made"], body[start:]))
    stored = [_stored_entry(organisation_id, *one) for one in document["stored"]]
    return Plan(
        file_set_id=document["file_set_id"],
        entries=(*made, *stored),
        made_at=datetime.fromisoformat(document["made_at"]),
        study_uids=tuple(document["study_uids"]),
        listed=document["listed"],
        unlisted=document["unlisted"],
    )


def _is_made(entry: Entry) -> bool:
    return isinstance(entry.content, bytes)


def _made_entries(rows: Iterable[list[Any]], contents: bytes) -> Iterator[Entry]:
    at = 0
    for name, size, crc32, digest, packed_size, method in rows:
        content = contents[at : at + packed_size]
        yield Entry(name, size, crc32, digest, packed_size, method, content)
        at += packed_size


def _stored(entry: Entry, content: Any) -> list[Any]:
    sums = b64encode(content.block_sums).decode()
    return [entry.name, entry.size, entry.crc32, entry.sha256, content.size, content.is_gzip, sums]


def _stored_entry(
    organisation_id: str, name: str, size: int, crc32: int, digest: str, stored: int, is_gzip: bool, sums: str
) -> Entry:
    key = keys.original(organisation_id, digest)
    return stored_entry(name, size, crc32, digest, StoredObject(key, stored, is_gzip, b64decode(sums)))
