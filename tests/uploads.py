"""An upload as the page drives it."""

from typing import Any, NamedTuple

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.staff import Browser


class Upload(NamedTuple):
    """An upload as a page drives it: without cookies, by its grant alone."""

    client: FlaskClient
    disc_id: str
    grant: str

    def ask(self, method: str, path: str = "", **options: Any) -> TestResponse:
        headers = {"Authorization": f"Upload {self.grant}"}
        return self.client.open(f"/uploads/{self.disc_id}{path}", method=method, headers=headers, **options)

    def announce(self, *files: tuple[str, int], first: int = 0) -> TestResponse:
        named = [{"path": path, "size": size} for path, size in files]
        return self.ask("POST", "/files", json={"files": named, "first": first})

    def put(self, number: int, data: bytes) -> TestResponse:
        return self.ask("PUT", f"/files/{number}", data=data)

    def complete(self, left_behind: int = 0, **more: Any) -> TestResponse:
        return self.ask("POST", "/complete", json={"left_behind": left_behind} | more)


def begin(browser: Browser, **asked: Any) -> TestResponse:
    return browser.client.post("/discs", json=asked, headers={"X-CSRFToken": browser.token()})
