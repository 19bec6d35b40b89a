"""Images asked for, for tests: a request, its sender's browser, and what comes in by it."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.ingest.receive import Expected
from app.requests import service
from app.shares.cut import cut_key
from app.site import Site
from tests.factories import ct_bytes, read_through
from tests.uploads import Upload

EXPECTED = Expected("Test, Patient", date(1961, 5, 3), "TEST-1")


def a_request(
    site: Site, organisation: Organisation, *, days: float = 14, **order: Any
) -> service.NewRequestKey:
    """Ask for images for some days; return the key with its secrets."""
    cut = cut_key(site.request_signer)
    wanted = {"asked": "Dr Test", "wanted": "The disc of March, please.", "channel": "slip", **order}
    with site.sessions.begin() as session:
        return service.create(
            session,
            cut,
            organisation.id,
            service.RequestOrder(expires_at=site.now() + timedelta(days=days), **wanted),
            by=OPERATOR,
            created_by=None,
            now=site.now(),
        )


class Sender(NamedTuple):
    """Somebody outside: a browser, and the request whose PIN they gave."""

    client: FlaskClient
    request_id: str

    @classmethod
    def of(cls, app: Flask, key: service.NewRequestKey) -> "Sender":
        """Open the link and give the PIN."""
        sender = cls(app.test_client(), key.request_id)
        assert enter(sender.client, key).status_code == 303
        return sender

    @property
    def address(self) -> str:
        return f"/send/{self.request_id}"

    def page(self) -> TestResponse:
        return self.client.get(self.address)

    def begin(self, **asked: Any) -> TestResponse:
        return self._post("discs", asked)

    def resume(self, disc_id: str) -> TestResponse:
        """Go on with an upload that this browser began."""
        return self._post(f"discs/{disc_id}/resume", {})

    def _post(self, what: str, asked: dict[str, Any]) -> TestResponse:
        token = self.page().text.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self.client.post(f"{self.address}/{what}", json=asked, headers={"X-CSRFToken": token})

    def upload(self, **asked: Any) -> Upload:
        """Begin a disc; return its upload, which needs no cookies."""
        begun = self.begin(**asked).get_json()
        return Upload(self.client.application.test_client(), begun["disc_id"], begun["grant"])

    def send(self, *files: bytes, **asked: Any) -> str:
        """Send a disc of these files, or of a small CT; return its id."""
        upload, data = self.upload(**asked), files or (ct_bytes(1), ct_bytes(2))
        upload.announce(*((f"IM{number}", len(file)) for number, file in enumerate(data)))
        for number, file in enumerate(data):
            assert upload.put(number, file).status_code == 204
        assert upload.complete().status_code == 200
        return upload.disc_id


def enter(client: FlaskClient, key: service.NewRequestKey, pin: str | None = None) -> TestResponse:
    """Give a request's PIN, or another one."""
    return client.post(f"/r/{key.token}", data={"pin": pin or key.pin})


def sent(app: Flask, site: Site, key: service.NewRequestKey, *files: bytes) -> str:
    """Send a disc by a request and let the workers read it; return its id."""
    disc_id = Sender.of(app, key).send(*files)
    read_through(site, disc_id)
    return disc_id
