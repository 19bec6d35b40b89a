"""A report or photo that staff put beside what was on a disc: a PDF, a JPEG or a PNG, and nothing else.

It is judged by its content, in the sandbox, before anything of it is kept; its row says who added it, and the
disc's account of files counts it among the documents.
"""

from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.db import Sessions
from app.dicom.content import PDF
from app.dicom.part10 import INSTANCE, Header
from app.errors import Refused, TooLarge, Unacceptable
from app.ingest.attaching import attachment_of, check_study, checked_title, kind_of, only_study, title_of
from app.ingest.index import original_row
from app.ingest.names import shown_path
from app.ingest.originals import Digest, Keeper, Kept, digest_of
from app.ingest.pictures import Photos
from app.ingest.quotas import check_kept
from app.ingest.reading import KEPT, HeaderReader
from app.storage import ObjectStore
from app.studies.holding import hold_originals
from app.studies.models import Attachment, Disc, DiscFile, DiscState, Original, Verdict

MAX_BYTES = 50 << 20
MOST = 100
"""Files that staff may add to one disc."""
FOLDER = "added"
TOO_LARGE = f"A report or photo may have {MAX_BYTES >> 20} MB. Save it smaller, or as several files."
EMPTY = "This file is empty."
A_PICTURE = "This is DICOM: it comes in with a disc. Put it into a folder and send that as a new disc."
NOT_TAKEN = "{} A report or photo must be a PDF, a JPEG or a PNG."
BROKEN = "This is a picture, but {}. Open it, save it again as JPEG, and add that."
TWICE = "This very file is on the disc already."
TOO_MANY = f"At most {MOST} reports and photos can be added to a disc."
PURGED = "The same file was just being deleted elsewhere. Add it once more."


class Wish(NamedTuple):
    """What staff say of the files: the study's id or None, report or photo or None, a title or nothing."""

    study_id: str | None = None
    kind: str | None = None
    title: str = ""


class Adder:
    """Adds files to one disc."""

    def __init__(
        self,
        sessions: Sessions,
        store: ObjectStore,
        sandbox: HeaderReader,
        disc: Disc,
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions, self._sandbox = sessions, sandbox
        self._disc_id, self._organisation_id, self._clock = disc.id, disc.organisation_id, clock
        self._keeper = Keeper(store, disc.organisation_id)
        self._photos = Photos(store, sandbox, disc.organisation_id)

    def add(self, file: BinaryIO, name: str, wish: Wish, *, by: Actor, user_id: str) -> str:
        """Keep a file (one of the system's) as an attachment; return its id.

        Raises Unacceptable for what is no PDF, JPEG or PNG, or cannot be decoded; TooLarge; Refused when the
        disc takes no files now, or has this one; NotFound for a study that is not on the disc.
        """
        digest, header = self._checked(file)
        with self._sessions() as session:
            check_kept(session, self._organisation_id, digest.size)
        kept = self._keeper.keep(file, digest, pack=False, knows=self._knows)
        self._keeper.settle([kept])
        with self._sessions.begin() as session:
            disc = session.scalars(select(Disc).where(Disc.id == self._disc_id).with_for_update()).one()
            must_take(disc)
            return self._write(session, disc, kept, header, name, wish, by=by, user_id=user_id)

    def _checked(self, file: BinaryIO) -> tuple[Digest, Header]:
        digest = digest_of(file)
        if not digest.size:
            raise Unacceptable(EMPTY)
        if digest.size > MAX_BYTES:
            raise TooLarge(TOO_LARGE)
        file.seek(0)
        header = self._sandbox.read_header(file)
        if header.verdict == INSTANCE:
            raise Unacceptable(A_PICTURE)
        if header.media_type is None:
            raise Unacceptable(NOT_TAKEN.format(header.reason or "").strip())
        if header.media_type != PDF:
            result, copies = self._photos.decoded(file)
            if "reason" in result:
                raise Unacceptable(BROKEN.format(result["reason"]))
            self._photos.keep(digest.sha256, copies)
        return digest, header

    def _write(
        self,
        session: Session,
        disc: Disc,
        kept: Kept,
        header: Header,
        name: str,
        wish: Wish,
        *,
        by: Actor,
        user_id: str,
    ) -> str:
        now = self._clock()
        self._check_room(session, disc, kept.digest.sha256)
        self._keep_original(session, kept, now)
        file = _file_of(session, disc, kept.digest, header, name, now)
        file.added_by = user_id
        session.add(file)
        session.flush()
        attachment = self._attachment(session, disc, file, name, wish)
        record(
            session,
            Action.ATTACHMENT_ADDED,
            by,
            now,
            organisation_id=disc.organisation_id,
            disc_id=disc.id,
            attachment_id=attachment.id,
            study_id=attachment.study_id,
            kind=attachment.kind,
            sha256=attachment.sha256,
        )
        return attachment.id

    def _check_room(self, session: Session, disc: Disc, sha256: str) -> None:
        kept = select(DiscFile.id).filter_by(disc_id=disc.id, sha256=sha256)
        if session.scalars(kept.where(DiscFile.verdict.in_(KEPT))).first():
            raise Refused(TWICE)
        added = select(func.count()).where(DiscFile.disc_id == disc.id, DiscFile.added_by.is_not(None))
        if (session.scalar(added) or 0) >= MOST:
            raise Refused(TOO_MANY)

    def _keep_original(self, session: Session, kept: Kept, now: datetime) -> None:
        hold_originals(session, self._organisation_id)
        if session.get(Original, (self._organisation_id, kept.digest.sha256)) is None:
            if kept.known:
                raise Refused(PURGED)
            session.add(Original(**original_row(self._organisation_id, kept, now)))
            session.flush()

    def _attachment(self, session: Session, disc: Disc, file: DiscFile, name: str, wish: Wish) -> Attachment:
        attachment = attachment_of(file, checked_title(wish.title) or title_of(name), self._clock())
        if wish.study_id is not None:
            check_study(session, disc, wish.study_id)
        attachment.study_id = wish.study_id or only_study(session, disc)
        attachment.kind = kind_of(wish.kind) if wish.kind else attachment.kind
        session.add(attachment)
        session.flush()
        return attachment

    def _knows(self, sha256: str) -> bool:
        with self._sessions() as session:
            return session.get(Original, (self._organisation_id, sha256)) is not None


def _file_of(
    session: Session, disc: Disc, digest: Digest, header: Header, name: str, now: datetime
) -> DiscFile:
    """Return the row of an added file, numbered after all others."""
    last = session.scalar(select(func.max(DiscFile.number)).filter_by(disc_id=disc.id))
    what = "a PDF document" if header.media_type == PDF else "a picture"
    return DiscFile(
        organisation_id=disc.organisation_id,
        disc_id=disc.id,
        number=0 if last is None else last + 1,
        path=shown_path(f"{FOLDER}/{name}"),
        size=digest.size,
        received_at=now,
        verdict=Verdict.DOCUMENT,
        reason=f"This is {what}. Staff added it.",
        sha256=digest.sha256,
        media_type=header.media_type,
    )


def must_take(disc: Disc) -> None:
    """Raise Refused unless files may be added to a disc now: it was read, and is not stopped or deleted."""
    if disc.blocked_at:
        raise Refused("This disc was stopped: nothing can be added.")
    if disc.deleted_at or disc.state not in (DiscState.READY, DiscState.NEEDS_REVIEW):
        raise Refused("A report or photo can be added once the disc is read.")
