"""From readings to rows, a batch at a time: originals, verdicts, and the tree of patients below the disc."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.ingest.names import plain
from app.ingest.originals import Kept
from app.ingest.reading import Reading
from app.ingest.tree import Tree
from app.studies.holding import hold_originals
from app.studies.models import DiscFile, Instance, Original, Verdict

Row = dict[str, Any]


class Overtaken(Exception):
    """Another worker reads the same disc; what was known of it is out of date."""


class Index:
    """Writes the rows of one disc. Knows what was written before, in this run or one that was cut off."""

    def __init__(self, session: Session, organisation_id: str, disc_id: str) -> None:
        self._organisation_id, self._disc_id = organisation_id, disc_id
        self._tree = Tree(session, organisation_id, disc_id)
        self._seen = set(
            session.scalars(
                select(DiscFile.sha256).where(DiscFile.disc_id == disc_id, DiscFile.sha256.is_not(None))
            )
        )

    def write(self, session: Session, readings: Sequence[Reading], now: datetime) -> list[Reading]:
        """Write a batch in the order given; return the readings that were written.

        One that relied on an original which was purged meanwhile is passed over: its file stays unread and is
        read again. Raises Overtaken when another worker wrote one of them.
        """
        hold_originals(session, self._organisation_id)
        _must_be_unread(session, readings)
        there = self._originals_there(session, readings)
        sound = [reading for reading in readings if _is_sound(reading, there)]
        rows = _original_rows(self._organisation_id, sound, there, now)
        _add(session, Original, rows)
        instances = []
        files = []
        for reading in sound:
            duplicate = reading.digest is not None and reading.digest.sha256 in self._seen
            files.append(_file_row(reading, duplicate))
            if reading.digest:
                self._seen.add(reading.digest.sha256)
            if reading.header.verdict == Verdict.INSTANCE and not duplicate:
                instances.append(self._tree.place(reading))
        if files:
            session.execute(update(DiscFile), files)
        self._tree.flush(session)
        _add(session, Instance, instances)
        return sound

    def _originals_there(self, session: Session, readings: Iterable[Reading]) -> set[str]:
        wanted = [kept.digest.sha256 for reading in readings for kept in reading.all_kept]
        known = select(Original.sha256).where(
            Original.organisation_id == self._organisation_id, Original.sha256.in_(wanted)
        )
        return set(session.scalars(known))


def _must_be_unread(session: Session, readings: Sequence[Reading]) -> None:
    ids = [reading.file_id for reading in readings]
    unread = select(func.count()).where(DiscFile.id.in_(ids), DiscFile.verdict.is_(None))
    if session.scalar(unread) != len(ids):
        raise Overtaken


def _is_sound(reading: Reading, there: set[str]) -> bool:
    return all(not kept.known or kept.digest.sha256 in there for kept in reading.all_kept)


def _original_rows(
    organisation_id: str, readings: Iterable[Reading], there: set[str], now: datetime
) -> list[Row]:
    fresh = {
        kept.digest.sha256: kept
        for reading in readings
        for kept in reading.all_kept
        if kept.digest.sha256 not in there
    }
    return [original_row(organisation_id, kept, now) for kept in fresh.values()]


def original_row(organisation_id: str, kept: Kept, now: datetime) -> Row:
    """Return the row of an original that was just kept."""
    return {
        "organisation_id": organisation_id,
        "sha256": kept.digest.sha256,
        "size": kept.digest.size,
        "crc32": kept.digest.crc32,
        "encoding": kept.encoding,
        "stored_size": kept.stored_size,
        "block_sums": kept.block_sums,
        "scrubbed_sha256": kept.scrubbed.digest.sha256 if kept.scrubbed else None,
        "created_at": now,
    }


def _file_row(reading: Reading, duplicate: bool) -> Row:
    header = reading.header
    return {
        "id": reading.file_id,
        "verdict": Verdict.DUPLICATE if duplicate else Verdict(header.verdict),
        "reason": plain(header.reason) if header.reason and not duplicate else None,
        "warnings": [] if duplicate else [plain(warning) for warning in header.warnings],
        "sha256": reading.digest.sha256 if reading.digest else None,
        "media_type": header.media_type if header.verdict == Verdict.DOCUMENT and not duplicate else None,
    }


def _add(session: Session, table: type[Any], rows: list[Row]) -> None:
    if rows:
        session.execute(insert(table), rows)
