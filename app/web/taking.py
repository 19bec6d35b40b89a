"""What a visitor takes away, on its way out: a slot, the log at start and end, the right to go on."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from app.audit import Action, Actor, record, record_denial
from app.errors import TooSoon
from app.shares.models import ShareKey
from app.shares.states import key_over
from app.site import Site
from app.web.context import site
from app.web.download import Download
from app.web.slots import Slot
from app.web.visitor import Visit


class Taker(NamedTuple):
    """Who takes, as the log names them; outlives the request that it came from."""

    here: Site
    by: Actor
    about: dict[str, str]

    @classmethod
    def of(cls, visit: Visit) -> "Taker":
        """Return the visitor of this request."""
        return cls(site(), visit.actor, visit.about)

    def note(self, action: Action, **details: Any) -> None:
        """Write a line of the log, in a transaction of its own."""
        with self.here.sessions.begin() as session:
            record(session, action, self.by, self.here.now(), **self.about, **details)

    def goes_on(self) -> bool:
        """Tell whether the key and its share still allow what was begun, by the rows as they are now."""
        with self.here.sessions() as session:
            key = session.get(ShareKey, self.about["key_id"])
            return key is not None and key_over(key, self.here.now()) is None

    def begin(self, take_slot: Callable[[str], Slot], chunks: Iterator[bytes], **told: Any) -> Download:
        """Take a slot, write down that it starts with what is ``told`` of it, and return the body.

        Raises TooSoon, written down too, when there is no slot.
        """
        try:
            slot = take_slot(self.about["key_id"])
        except TooSoon:
            with self.here.sessions.begin() as session:
                what, now = Action.DOWNLOAD_DENIED, self.here.now()
                record_denial(session, what, self.by, now, **self.about, reason="too_many_at_once")
            raise
        try:
            self.note(Action.DOWNLOADED, **told)
        except BaseException:
            slot.release()
            raise

        def ended(sent: int, outcome: str) -> None:
            slot.release()
            self.note(Action.DOWNLOAD_ENDED, bytes=sent, outcome=outcome)

        return Download(chunks, self.goes_on, ended)
