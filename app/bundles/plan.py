"""What a bundle will hold, down to the last byte's place, before anything is read from the store."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.bundles import texts
from app.bundles.archive import Archive, Entry, StoredObject, made_entry, stored_entry
from app.bundles.fileset import FileSet, Placed, lay_out
from app.bundles.texts import Checked, Sender
from app.errors import Refused
from app.storage import keys
from app.studies.models import Instance, Original

BATCH = 500


class Plan(NamedTuple):
    """The archive, what it is of, and how many instances its index lists and does not list."""

    archive: Archive
    made_at: datetime
    study_uids: tuple[str, ...]
    listed: int
    unlisted: int


def plan(
    session: Session,
    instances: Sequence[Instance],
    organisation: Organisation,
    now: datetime,
    *,
    seed: str,
) -> Plan:
    """Return the plan of a ZIP of one patient's ``instances``.

    ``now`` is what the archive says of when it was made and ``seed`` names what it is of: for a share the
    moment and the id of its version, so that every worker makes the same bytes at any time.
    Raises Refused when the instances are of several patients, or none are given.
    """
    if len({instance.series.study.disc_patient_id for instance in instances}) != 1:
        raise Refused("A bundle holds the images of one patient.")
    sender = Sender(organisation.name, organisation.telephone, organisation.hours)
    fileset = lay_out(instances, seed)
    originals = _originals(session, organisation.id, fileset)
    written = [
        ("DICOMDIR", fileset.dicomdir),
        ("README.TXT", texts.readme(sender, fileset, now)),
        ("INDEX.HTM", texts.index(sender, fileset, now)),
    ]
    checked = [Checked(name, len(content), sha256(content).hexdigest()) for name, content in written]
    checked += [Checked(placed.name, original.size, original.sha256) for placed, original in originals]
    written.append(("MANIFEST.JSN", texts.manifest(checked, seed, now)))
    entries = [made_entry(name, content) for name, content in written]
    entries += [_entry(placed, original) for placed, original in originals]
    studies = tuple(sorted({instance.series.study.study_uid for instance in instances}))
    return Plan(Archive(entries, now), now, studies, len(fileset.listed), len(fileset.unlisted))


def _originals(session: Session, organisation_id: str, fileset: FileSet) -> list[tuple[Placed, Original]]:
    """Return every instance with the bytes to send of it: scrubbed ones where its preamble was active."""
    every = fileset.listed + fileset.unlisted
    names = {one.instance.original.scrubbed_sha256 for one in every} - {None}
    scrubbed = _by_hash(session, organisation_id, sorted(filter(None, names)))
    return [
        (one, scrubbed.get(one.instance.original.scrubbed_sha256 or "", one.instance.original))
        for one in every
    ]


def _by_hash(session: Session, organisation_id: str, hashes: Sequence[str]) -> dict[str, Original]:
    found: dict[str, Original] = {}
    for at in range(0, len(hashes), BATCH):
        wanted = select(Original).where(
            Original.organisation_id == organisation_id, Original.sha256.in_(hashes[at : at + BATCH])
        )
        found |= {original.sha256: original for original in session.scalars(wanted)}
    return found


def _entry(placed: Placed, original: Original) -> Entry:
    key = keys.original(original.organisation_id, original.sha256)
    content = StoredObject(key, original.stored_size, is_gzip=original.encoding == "gzip")
    return stored_entry(placed.name, original.size, original.crc32, content)
