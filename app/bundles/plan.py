"""What a bundle will hold, down to the last byte's place, before anything is read from the store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.bundles import manifest, offline, receipt, texts
from app.bundles.archive import Archive
from app.bundles.beside import Beside
from app.bundles.entries import Entry, StoredObject, made_entry, stored_entry
from app.bundles.fileset import FileSet, Placed, lay_out
from app.bundles.gallery import FOLDER, gallery
from app.bundles.iso import IsoImage
from app.bundles.pages import pages
from app.bundles.texts import Sender
from app.errors import Refused
from app.shares.unmatched import Unmatched
from app.signing import DocumentSigner
from app.storage import ObjectStore, keys
from app.studies.models import Attachment, Instance, Original, PlainCopy, Study

BATCH = 500


class Variant(NamedTuple):
    """How a bundle differs from all that there is, as it was received. Its ``name`` tells it from others."""

    name: str = ""
    copies: Mapping[str, PlainCopy] | None = None
    """What stands in for originals, by their SHA-256: everything is Explicit VR Little Endian then."""
    part: tuple[int, int] | None = None
    """How many series were chosen, of how many."""


AS_RECEIVED = Variant()


@dataclass(frozen=True)
class Plan:
    """The files, what they are of, and how many instances the index lists and does not list."""

    file_set_id: str
    entries: tuple[Entry, ...]
    made_at: datetime
    study_uids: tuple[str, ...]
    listed: int
    unlisted: int

    @cached_property
    def archive(self) -> Archive:
        """Return it as a ZIP."""
        return Archive(self.entries, self.made_at)

    @cached_property
    def iso(self) -> IsoImage:
        """Return it as an ISO image."""
        return IsoImage(self.entries, self.file_set_id, self.made_at)


def plan(
    session: Session,
    instances: Sequence[Instance],
    organisation: Organisation,
    now: datetime,
    *,
    seed: str,
    signer: DocumentSigner,
    attachments: Sequence[Attachment] = (),
    base_url: str = "",
    unmatched: Unmatched | None = None,
    pictures: ObjectStore | None = None,
    variant: Variant = AS_RECEIVED,
    language: str = "en",
) -> Plan:
    """Return the plan of a bundle of one patient's ``instances``.

    ``now`` is what it says of when it was made and ``seed`` names what it is of: for a share the moment and
    the id of its version, so that every worker makes the same bytes at any time.
    ``attachments``, of the same patient, travel beside the file-set.
    ``base_url`` is where the service is, so that its pages can be named; empty: they are not.
    ``pictures`` holds what was made for the viewer, once all of it is made; None: there are pages without
    pictures, and no viewer.
    ``language``: what the files for people are written in; names of files stay.
    Raises Refused when what is given is of several patients, or no instances are given.
    """
    studies_of = [instance.series.study for instance in instances]
    if len({study and study.disc_patient_id for study in (*studies_of, *_studies(attachments))}) != 1:
        raise Refused("A bundle holds the images of one patient.")
    sender = Sender(organisation.name, organisation.telephone, organisation.hours, base_url)
    fileset = lay_out(instances, f"{seed} {variant.name}".rstrip(), attachments, variant.copies)
    told = texts.context(sender, fileset, now, unmatched, language) | {
        "plain": variant.copies is not None,
        "part": variant.part,
    }
    entries = [
        made_entry("DICOMDIR", fileset.dicomdir),
        made_entry("README.TXT", texts.readme(told)),
        *_for_people(fileset, organisation, told, unmatched, seed, pictures),
    ]
    originals = [
        _copied(one.name, one.copy) if one.copy else _entry(one, original)
        for one, original in _originals(session, organisation.id, fileset)
    ]
    originals += [_entry(one, one.attachment.original) for one in fileset.beside]
    paper = receipt.receipt([*entries, *originals], seed, now, sender.name, signer, told["said"])
    entries += [made_entry(receipt.NAME, paper)]
    listing = manifest.write([*entries, *originals], seed, now, variant.part)
    entries += [
        made_entry(manifest.NAME, listing),
        made_entry(manifest.SIGNATURE_NAME, manifest.write_signature(listing, seed, signer)),
        *originals,
    ]
    studies = tuple(sorted({study.study_uid for study in studies_of}))
    return Plan(fileset.file_set_id, tuple(entries), now, studies, len(fileset.listed), len(fileset.unlisted))


def _studies(attachments: Sequence[Attachment]) -> list[Study | None]:
    return [attachment.study for attachment in attachments]


def _for_people(
    fileset: FileSet,
    organisation: Organisation,
    told: dict[str, Any],
    unmatched: Unmatched | None,
    seed: str,
    pictures: ObjectStore | None,
) -> Iterator[Entry]:
    """Yield the pages, and the viewer with its data and pictures."""
    shown = gallery(fileset.listed + fileset.unlisted, pictures) if pictures else None
    about = told | {"folder": FOLDER, "viewer": offline.PAGE if pictures else None}
    for name, content in pages(fileset.listed, shown, about):
        yield made_entry(name, content)
    if pictures is None or shown is None:
        return
    for picture in shown.pictures.values():
        yield made_entry(f"{FOLDER}/{picture.name}", picture.data)
    yield offline.page()
    data = offline.data(fileset, shown, pictures, organisation, unmatched, seed, told["language"])
    yield made_entry(offline.DATA, data)


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


def _copied(name: str, copy: PlainCopy) -> Entry:
    key = keys.plain_copy(copy.organisation_id, copy.original_sha256, copy.id)
    content = StoredObject(key, copy.stored_size, copy.encoding == "gzip", copy.block_sums)
    return stored_entry(name, copy.size, copy.crc32, copy.sha256, content)


def _entry(placed: Placed | Beside, original: Original) -> Entry:
    content = StoredObject(
        keys.original(original.organisation_id, original.sha256),
        original.stored_size,
        original.encoding == "gzip",
        original.block_sums,
    )
    return stored_entry(placed.name, original.size, original.crc32, original.sha256, content)
