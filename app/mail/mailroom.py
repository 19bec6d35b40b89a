"""The way of a letter: queued in the deed that asks for it, sent by a worker, its text erased.

A mail server that is down holds letters up for a day at most; staff see that they wait, and why.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Action, record
from app.audit.actor import SYSTEM
from app.config import Config
from app.db import Sessions, new_id
from app.jobs import JobQueue
from app.mail.message import Outgoing, check_address, compose
from app.mail.models import Letter, LetterState
from app.mail.smtp import Bounced, Server, deliver
from app.sealing import Sealer, Unreadable

JOB = "send_mail"
SEALED_FOR = b"virtual-cd queued mail AES-256-GCM"
LINK = "link"
"""Kind of a letter that carries a link."""
TRIED_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=7)
LOST = "The letter can no longer be read: the service's secret keys were changed. Make a new key."


class Mailroom:
    """Where letters go: to the mail server of ``VCD_SMTP_URL``, or unset to the data folder's ``outbox/``."""

    def __init__(self, config: Config, jobs: JobQueue) -> None:
        self._server = Server.of(config.smtp_url) if config.smtp_url else None
        self._sealer = Sealer(config.secret_keys, SEALED_FOR)
        self._jobs = jobs
        self._outbox: Path = config.data_dir / "outbox"
        host = urlsplit(config.base_url).hostname or "localhost"
        self.sender = (self._server and self._server.sender) or f"virtual-cd@{host}"

    @property
    def sends(self) -> bool:
        """Whether a mail server is set up."""
        return self._server is not None

    def queue(
        self,
        session: Session,
        outgoing: Outgoing,
        *,
        kind: str,
        organisation_id: str,
        share_id: str | None = None,
        key_id: str | None = None,
        now: datetime,
    ) -> Letter:
        """Keep a letter, encrypted, and ask a worker to send it. Raises Unacceptable for a bad address."""
        letter = Letter(
            id=new_id(),
            organisation_id=organisation_id,
            kind=kind,
            share_id=share_id,
            key_id=key_id,
            state=LetterState.QUEUED,
            created_at=now,
        )
        to = check_address(outgoing.to)
        text = compose(outgoing, self.sender, now)
        letter.sealed = self._sealer.seal(f"{to}\n".encode() + text, letter.id)
        session.add(letter)
        _record(session, Action.MAIL_QUEUED, letter, now)
        self._jobs.enqueue(session, JOB, {"letter_id": letter.id}, now=now)
        return letter

    def send(self, sessions: Sessions, letter_id: str, now: datetime) -> None:
        """Send a letter that waits, and forget its text. A letter that left or failed is left alone.

        Raises Unreachable, to be tried again, and Bounced.
        """
        with sessions() as session:
            letter = session.get_one(Letter, letter_id)
            sealed = letter.sealed if letter.state == LetterState.QUEUED else None
        if sealed is None:
            return
        state = self._hand_over(sealed, letter_id)
        with sessions.begin() as session:
            _settle(session, session.get_one(Letter, letter_id), state, None, now)

    def give_up(self, session: Session, letter_id: str, reason: str, now: datetime, *, final: bool) -> None:
        """Note why a letter did not leave; for good when ``final`` or when it has waited for a day."""
        letter = session.get_one(Letter, letter_id)
        if letter.state != LetterState.QUEUED:
            return
        letter.reason = reason
        if final or now >= letter.created_at + TRIED_FOR:
            _settle(session, letter, LetterState.FAILED, reason, now)

    def try_again(self, session: Session, now: datetime) -> int:
        """Ask for another round of tries for letters that were given up for now; return how many."""
        held_up = session.scalars(
            select(Letter).where(Letter.state == LetterState.QUEUED, Letter.reason.is_not(None))
        ).all()
        for letter in held_up:
            letter.reason = None
            self._jobs.enqueue(session, JOB, {"letter_id": letter.id}, now=now)
        return len(held_up)

    def clear_outbox(self, now: datetime) -> int:
        """Erase letters that lie in the outbox for a week: they hold links. Return how many there were."""
        old = [
            path for path in self._outbox.glob("*.eml") if path.stat().st_mtime < (now - KEPT_FOR).timestamp()
        ]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _hand_over(self, sealed: bytes, letter_id: str) -> LetterState:
        try:
            to, _, message = self._sealer.unseal(sealed, letter_id).partition(b"\n")
        except Unreadable:
            raise Bounced(LOST) from None
        if self._server is None:
            self._outbox.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._outbox / f"{letter_id}.eml"
            path.touch(mode=0o600)
            path.write_bytes(message)
            return LetterState.KEPT
        deliver(self._server, message, self.sender, to.decode())
        return LetterState.SENT


def letters_of(session: Session, share_ids: Sequence[str]) -> list[Letter]:
    """Return the letters about some shares, the newest first."""
    about = select(Letter).where(Letter.share_id.in_(share_ids))
    return list(session.scalars(about.order_by(Letter.created_at.desc(), Letter.id)))


def letters_of_keys(session: Session, key_ids: Sequence[str]) -> list[Letter]:
    """Return the letters that carried the links of some keys, the newest first."""
    about = select(Letter).where(Letter.key_id.in_(key_ids), Letter.kind == LINK)
    return list(session.scalars(about.order_by(Letter.created_at.desc(), Letter.id)))


def _settle(session: Session, letter: Letter, state: LetterState, reason: str | None, now: datetime) -> None:
    letter.state, letter.reason, letter.settled_at, letter.sealed = state, reason, now, None
    _record(session, Action.MAIL_FAILED if state == LetterState.FAILED else Action.MAIL_SENT, letter, now)


def _record(session: Session, action: Action, letter: Letter, now: datetime) -> None:
    record(
        session,
        action,
        SYSTEM,
        now,
        organisation_id=letter.organisation_id,
        share_id=letter.share_id,
        key_id=letter.key_id,
        letter=letter.kind,
        state=str(letter.state),
    )
