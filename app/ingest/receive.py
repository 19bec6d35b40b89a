"""Taking a disc in, from a browser file by file or from a path at once.

Bytes lie under ``incoming/<disc>/<number>`` before a row says so; nothing is acknowledged sooner.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO, NamedTuple, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.db import Sessions
from app.errors import NotFound, Unacceptable
from app.ingest.begin import Expected, begin_disc, close_disc, one_at_a_time
from app.ingest.grants import end_grants, find_grant, grant_upload
from app.ingest.importing import import_path
from app.ingest.limits import MAX_DISC_BYTES, MAX_FILE_BYTES, check_room
from app.ingest.names import shown_path
from app.ingest.outcome import fail
from app.ingest.quotas import check_bytes, check_uploads
from app.storage import ObjectStore, keys
from app.studies.models import Disc, DiscFile, DiscState, Verdict

__all__ = [
    "Announced",
    "Expected",
    "accept",
    "announce",
    "announced_file",
    "begin_disc",
    "check_uploads",
    "close_disc",
    "end_grants",
    "find_grant",
    "grant_upload",
    "import_path",
    "must_receive",
    "note_unreadable",
    "resume",
    "unreadable_paths",
    "withdraw",
]

OVER = "This upload is over."
UNREADABLE = "The drive could not read it."
CANCELLED = "The upload was cancelled."
WHOLE_DISCS = (".iso", ".zip")
"""Names of files that may hold a whole disc, and be as large."""


class Announced(NamedTuple):
    """A file that will come: its path on the disc, its size in bytes, and its SHA-256 (hex) if known."""

    path: str
    size: int
    sha256: str | None = None


def announce(
    session: Session,
    disc: Disc,
    files: Sequence[tuple[str, int] | Announced],
    *,
    first: int | None = None,
) -> list[int]:
    """Note which files will come; return the number of each.

    ``first`` is the number that the caller expects for the first of them: asking twice with it, after an
    answer was lost, announces once. Raises TooLarge, Unacceptable when ``first`` cannot be, NotFound when the
    upload is over.
    """
    one_at_a_time(session, disc)
    must_receive(disc)
    coming = [Announced(*file) for file in files]
    there = select(func.count(), func.coalesce(func.sum(DiscFile.size), 0)).where(DiscFile.disc_id == disc.id)
    count, size = session.execute(there).one()
    numbers = list(range(count if first is None else first, (count if first is None else first) + len(files)))
    if first is not None and first != count:
        _must_be_announced(session, disc, dict(zip(numbers, coming, strict=True)))
        return numbers
    alone = not count and len(coming) == 1 and coming[0].path.lower().endswith(WHOLE_DISCS)
    check_room(
        count,
        int(size),
        [file.size for file in coming],
        largest=MAX_DISC_BYTES if alone else MAX_FILE_BYTES,
    )
    check_bytes(session, disc, sum(file.size for file in coming))
    session.add_all(
        DiscFile(
            organisation_id=disc.organisation_id,
            disc_id=disc.id,
            number=number,
            path=shown_path(file.path),
            size=file.size,
            announced_sha256=file.sha256,
        )
        for number, file in zip(numbers, coming, strict=True)
    )
    disc.files_announced = count + len(coming)
    session.flush()
    return numbers


def accept(
    sessions: Sessions, store: ObjectStore, disc_id: str, number: int, source: BinaryIO, now: datetime
) -> None:
    """Take the bytes of an announced file. Sending it again does nothing.

    Raises Unacceptable when there are more or fewer than announced, and then keeps none of them; NotFound
    when nothing of that number was announced or the upload is over.
    """
    with sessions() as session:
        file = announced_file(session, disc_id, number)
        if file.received_at or file.verdict:
            return
    store.put(keys.incoming(disc_id, number), exactly(source, file.size))
    with sessions.begin() as session:
        file = announced_file(session, disc_id, number)
        file.received_at = file.received_at or now


def note_unreadable(session: Session, disc: Disc, number: int) -> None:
    """Note that the drive could not read an announced file: it is refused, and the receipt names it."""
    file = announced_file(session, disc.id, number)
    if not file.received_at:
        file.verdict, file.reason = Verdict.REFUSED, UNREADABLE


def unreadable_paths(session: Session, disc_id: str) -> list[str]:
    """Return what the sender's drive could not read, by its path on the disc."""
    refused = select(DiscFile.path).where(DiscFile.disc_id == disc_id, DiscFile.reason == UNREADABLE)
    return list(session.scalars(refused.order_by(DiscFile.number)))


def resume(session: Session, disc: Disc, *, by: Actor, now: datetime) -> None:
    """Let somebody go on with an upload from a browser. Raises NotFound when it is over."""
    must_receive(disc)
    if disc.source != "browser":
        raise NotFound(OVER)
    record(session, Action.UPLOAD_RESUMED, by, now, organisation_id=disc.organisation_id, disc_id=disc.id)


def withdraw(session: Session, disc: Disc, *, by: Actor, now: datetime) -> None:
    """Cancel an upload: the disc is deleted. Raises NotFound when it is over anyway."""
    must_receive(disc)
    end_grants(session, disc, now)
    fail(session, disc, CANCELLED, by=by, now=now)
    disc.deleted_at = now


def must_receive(disc: Disc) -> None:
    """Raise NotFound when the disc takes no more files."""
    if disc.state != DiscState.RECEIVING or disc.deleted_at:
        raise NotFound(OVER)


def _must_be_announced(session: Session, disc: Disc, files: dict[int, Announced]) -> None:
    """Hold files against those announced before; note hashes that the sender knows only now."""
    known = session.scalars(
        select(DiscFile)
        .where(DiscFile.disc_id == disc.id, DiscFile.number.in_(files))
        .order_by(DiscFile.number)
    ).all()
    if {file.number: (file.path, file.size) for file in known} != {
        number: (shown_path(file.path), file.size) for number, file in files.items()
    }:
        raise Unacceptable("These files do not follow those announced before.")
    for file in known:
        if not file.received_at:
            file.announced_sha256 = files[file.number].sha256 or file.announced_sha256
    session.flush()


def announced_file(session: Session, disc_id: str, number: int) -> DiscFile:
    """Return a file that a disc waits for or has. Raises NotFound, also when the upload is over."""
    disc = session.get(Disc, disc_id)
    if disc is None:
        raise NotFound(OVER)
    must_receive(disc)
    announced = select(DiscFile).where(DiscFile.disc_id == disc_id, DiscFile.number == number)
    file = session.scalars(announced).one_or_none()
    if file is None:
        raise NotFound("No such file was announced.")
    return file


def exactly(source: BinaryIO, size: int) -> BinaryIO:
    """Return ``source`` as one that must hold exactly ``size`` bytes: else reading it raises Unacceptable."""
    return cast(BinaryIO, _Exactly(source, size))


class _Exactly:
    """A source that must hold exactly ``size`` bytes; raises Unacceptable in the middle of a copy if not."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        self._source, self._left = source, size

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(self._left + 1 if size < 0 else min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0 or (not data and size and self._left):
            raise Unacceptable("The file did not arrive as announced. Nothing of it was kept; send it again.")
        return data
