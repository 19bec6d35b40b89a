"""A hospital with a disc to share, and links in every state that visitors can meet."""

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.uid import RLELossless

from app.accounts.models import Organisation, User
from app.requests.models import RequestKey, UploadRequest
from app.requests.service import NewRequestKey
from app.shares.models import Share, ShareKey, VisitorSession
from app.shares.orders import NewKey
from app.studies.models import Disc, DiscState
from app.web import create_app, letters
from tests import documents, factories
from tests.asked import a_request
from tests.browser.conftest import Service

WANTED = "The disc of March, please."
DATA = {"CT of the chest", "Lakeside Hospital", "Finding: No acute findings.", WANTED}
"""What pages show as it was typed or received, in any language."""
EVERYTHING = ("view", "download", "give")


class Hospital:
    """A running product, one disc in it, and whatever link a page needs."""

    def __init__(self, served: Service, scratch: Path, language: str) -> None:
        self.served, self.scratch, self.language = served, scratch, language
        folder = scratch / "disc"
        for path in factories.ct_series(folder, 12, side=128):
            _compress(path)
        (folder / "REPORT").write_bytes(documents.report())
        (folder / "LETTER.PDF").write_bytes(documents.PDF)
        self.disc_id = served.disc(folder)
        with served.site.sessions.begin() as session:
            organisation = session.get_one(Organisation, served.organisation_id)
            organisation.hours, organisation.language = "8:00-17:00", language
            session.flush()
            session.expunge(organisation)
        self.organisation = organisation

    def link(self, disc_id: str | None = None, **order: Any) -> NewKey:
        """Share the disc; return the key."""
        wanted = {"reference": "RAD-2026-118", "allow": EVERYTHING, "language": self.language, **order}
        return self.served.share(disc_id or self.disc_id, **wanted)

    def request(self, **order: Any) -> NewRequestKey:
        """Ask for images; return the key."""
        return a_request(
            self.served.site,
            self.organisation,
            wanted=WANTED,
            reference="RAD-2026-118",
            language=self.language,
            **order,
        )

    def waiting(self) -> NewKey:
        """Return a link whose disc is still read."""
        coming = factories.a_disc(self.served.site, self.organisation, state=DiscState.INGESTING)
        return self.link(coming)

    def stopped(self) -> NewKey:
        """Return a link whose disc was stopped: the wrong patient's."""
        disc_id = factories.a_disc(self.served.site, self.organisation)
        key = self.link(disc_id)
        self._set(Disc, disc_id, blocked_at=self.served.site.now())
        return key

    def ended(self) -> dict[str, NewKey]:
        """Return links that ended, each in another way, by how."""
        keys = {how: self.link() for how in ("expired", "revoked", "used-up", "replaced")}
        now = self.served.site.now()
        self._set(Share, keys["expired"].share_id, expires_at=now)
        self._set(Share, keys["revoked"].share_id, revoked_at=now)
        self._set(Share, keys["used-up"].share_id, max_uses=1, uses=1)
        self._set(ShareKey, keys["replaced"].key_id, revoked_at=now)
        return keys | {"stopped": self.stopped()}

    def letters(self) -> dict[str, EmailMessage]:
        """Return a letter of each kind that leaves for people outside, as it was sent, by what it is."""
        site, to = self.served.site, "reader@test.example"
        key, by_code, asking = self.link(), self.link(factor="mail", email=to), self.request()
        author, nobody = User(name="Dr Test"), User(name="")
        with create_app(site.config, site).test_request_context(), site.sessions.begin() as session:
            organisation = session.get_one(Organisation, self.served.organisation_id)
            share, plain = (session.get_one(Share, one.share_id) for one in (key, by_code))
            plain.reference = ""
            queued = {
                "link": letters.send_link(session, share, key, to, organisation, author),
                "link-by-code": letters.send_link(session, plain, by_code, to, organisation, nobody),
                "request": letters.send_request(session, asking, to, organisation, author),
            }
            ids = {what: letter.id for what, letter in queued.items()}
        return {what: self._sent(letter_id) for what, letter_id in ids.items()}

    def _sent(self, letter_id: str) -> EmailMessage:
        site = self.served.site
        site.mail.send(site.sessions, letter_id, site.now())
        written = site.config.data_dir / "outbox" / f"{letter_id}.eml"
        return message_from_bytes(written.read_bytes(), policy=default)

    def tried(self, key: NewKey, failures: int) -> None:
        """Let as many wrong PINs have been given to a link, the last of them now."""
        self._set(ShareKey, key.key_id, failures=failures, failed_at=self.served.site.now())

    def freeze(self, key: NewKey | NewRequestKey) -> None:
        """Close a link for safety."""
        kind = ShareKey if isinstance(key, NewKey) else RequestKey
        self._set(kind, key.key_id, frozen_at=self.served.site.now())

    def end(self, key: NewKey | NewRequestKey) -> None:
        """Let a link's time be over."""
        now = self.served.site.now()
        if isinstance(key, NewKey):
            self._set(Share, key.share_id, expires_at=now)
        else:
            self._set(UploadRequest, key.request_id, expires_at=now)

    def forget_visits(self, kind: type[Any] = VisitorSession) -> None:
        """Let everybody have been away for too long."""
        with self.served.site.sessions.begin() as session:
            for visit in session.query(kind):
                visit.seen_at -= timedelta(hours=1)

    def _set(self, kind: type[Any], row_id: str, **values: object) -> None:
        with self.served.site.sessions.begin() as session:
            row = session.get_one(kind, row_id)
            for name, value in values.items():
                setattr(row, name, value)


def _compress(path: Path) -> None:
    """Write a slice anew with its pixels compressed, so that a copy without compression has to be made."""
    dataset = dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(path)
