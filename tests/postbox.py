"""A mail server for tests: takes what it is given over the network, or refuses it. And the outbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from app.mail import Letter
from app.site import Site


class Postbox:
    """What came in. ``answer`` is what the server says to a message, ``250`` takes it."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 taken"
        self.url = ""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages, parsed."""
        return [message_from_bytes(one.original_content or b"", policy=default) for one in self.envelopes]


@contextmanager
def open_postbox(port: int) -> Iterator[Postbox]:
    """Serve a postbox on a loopback port."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}?from=links@hospital.example"
    try:
        yield box
    finally:
        controller.stop()


def sent_letters(site: Site) -> list[EmailMessage]:
    """Have what waits sent, to the outbox; return it, in the order in which it was queued."""
    with site.sessions() as session:
        queued = session.scalars(select(Letter.id).order_by(Letter.created_at)).all()
    for letter_id in queued:
        site.mail.send(site.sessions, letter_id, site.now())
    files = [site.config.data_dir / "outbox" / f"{letter_id}.eml" for letter_id in queued]
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files]
