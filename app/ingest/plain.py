"""Copies of instances without compression, for importers that take nothing else; made in the sandbox.

Bytes are in the store before their row says so, and rows are written batch by batch: work that is cut off
goes on with what is still missing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import BinaryIO, Protocol, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Sessions, new_id
from app.dicom.dicomjson import Facts
from app.ingest.originals import digest_of, opened, put
from app.ingest.sandbox import Blobs, DisplayResult
from app.storage import ObjectStore, keys
from app.studies.holding import hold_originals
from app.studies.models import Instance, Original, PlainCopy
from app.studies.plain_copies import KEPT, Wanted, missing

BATCH = 16


class Rewriter(Protocol):
    """The sandbox, as far as this goes."""

    def make_uncompressed(self, file: BinaryIO, facts: Facts) -> tuple[DisplayResult, Blobs]:
        """Write an instance anew without compression; see ``uncompressed.make_uncompressed``."""


def make_copies(
    sessions: Sessions,
    store: ObjectStore,
    rewriter: Rewriter,
    wanted: Sequence[Wanted],
    clock: Callable[[], datetime],
    alive: Callable[[], bool],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> bool:
    """Make the copies that are missing, in order, until ``alive()`` is False; return whether all are there.

    Raises ObjectNotFound when an original is not there, StorageFull.
    """
    with sessions() as session:
        waiting = missing(session, wanted)
    before = len(wanted) - len(waiting)
    for start in range(0, len(waiting), BATCH):
        progress(before + start, len(wanted))
        some = waiting[start : start + BATCH]
        made = [_make(sessions, store, rewriter, one, clock()) for one in some if alive()]
        _write(sessions, store, made)
        if len(made) < len(some):
            return False
    progress(len(wanted), len(wanted))
    return True


def _make(
    sessions: Sessions, store: ObjectStore, rewriter: Rewriter, wanted: Wanted, now: datetime
) -> PlainCopy:
    of_it = select(Instance.facts, Original.encoding).join(Instance.original)
    with sessions() as session:
        facts, encoding = session.execute(of_it.where(Instance.id == wanted.instance_id)).one()
    copy = PlainCopy(
        id=new_id(),
        organisation_id=wanted.organisation_id,
        original_sha256=wanted.sha256,
        kept_until=now + KEPT,
    )
    with opened(store, wanted.organisation_id, wanted.sha256, encoding) as file:
        result, pieces = rewriter.make_uncompressed(file, facts)
    copy.reason = result.get("reason")
    _keep(store, copy, pieces)
    return copy


def _keep(store: ObjectStore, copy: PlainCopy, pieces: Blobs) -> None:
    """Put what was written in its place, packed where that saves room, as an original is.

    What was begun of a copy that cannot be made is read all the same: that frees its place.
    """
    with TemporaryFile() as file:
        plain = cast(BinaryIO, file)
        for _, piece in pieces:
            plain.write(piece)
        if copy.reason is not None:
            return
        kept = put(store, _key(copy), plain, digest_of(plain), pack=True)
    copy.sha256, copy.crc32, copy.size = kept.digest
    copy.encoding, copy.stored_size, copy.block_sums = kept.encoding, kept.stored_size, kept.block_sums


def _write(sessions: Sessions, store: ObjectStore, made: Sequence[PlainCopy]) -> None:
    """Write rows of what is durable. What was purged, or made by another worker meanwhile, is dropped."""
    if not made:
        return
    store.make_durable([_key(copy) for copy in made if copy.reason is None])
    needed = []
    with sessions.begin() as session:
        hold_originals(session, made[0].organisation_id)
        needed = [copy for copy in made if _is_needed(session, copy)]
        session.add_all(needed)
    for copy in made:
        if copy not in needed:
            store.delete(_key(copy))


def _is_needed(session: Session, copy: PlainCopy) -> bool:
    twin = select(PlainCopy.id).where(
        PlainCopy.organisation_id == copy.organisation_id, PlainCopy.original_sha256 == copy.original_sha256
    )
    original = session.get(Original, (copy.organisation_id, copy.original_sha256))
    return original is not None and session.scalars(twin).first() is None


def _key(copy: PlainCopy) -> str:
    return keys.plain_copy(copy.organisation_id, copy.original_sha256, copy.id)
