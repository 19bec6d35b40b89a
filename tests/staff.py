"""Members of staff for tests: made without slow hashing where no password is asked, logged in at once."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import passwords, sessions
from app.accounts.models import Membership, Organisation, Role, User
from app.accounts.rights import Staff
from app.site import Site

PASSWORD = "four calm words here"


def a_member(
    site: Site, organisation: Organisation, role: Role = Role.UPLOADER, email: str = "desk@test.example"
) -> Staff:
    """Put a member of staff with ``PASSWORD`` into the database; return them detached."""
    with site.sessions.begin() as session:
        user = User(
            email=email,
            password_hash=_hash(),
            must_change_password=False,
            created_at=site.now(),
        )
        session.add(user)
        session.flush()
        session.add(
            Membership(user_id=user.id, organisation_id=organisation.id, role=role, created_at=site.now())
        )
        session.flush()
        session.expunge(user)
    return Staff(user, organisation, role)


def an_organisation(site: Site, slug: str = "other") -> Organisation:
    """Put a second hospital into the database; return it detached."""
    hospital = Organisation(slug=slug, name="Other Hospital", created_at=site.now())
    with site.sessions.begin() as session:
        session.add(hospital)
        session.flush()
        session.expunge(hospital)
    return hospital


class Browser:
    """A browser at the desk: keeps cookies and sends the CSRF token that the pages carry."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    @classmethod
    def of(cls, app: Flask, site: Site, staff: Staff) -> "Browser":
        """Return a browser in which ``staff`` is logged in."""
        browser = cls(app)
        with site.sessions.begin() as session:
            secret = sessions.open_session(session, staff, site.now())
        with browser.client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = secret, True
        return browser

    def token(self) -> str:
        """Return the CSRF token of this browser's session."""
        for page in ("/password", "/login"):
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).text)
            if found:
                return found[1]
        raise AssertionError("no form carries a token")

    def get(self, address: str, **options: Any) -> TestResponse:
        """Look at a page."""
        return self.client.get(address, **options)

    def post(self, address: str, **fields: Any) -> TestResponse:
        """Send a form as the pages do."""
        return self.client.post(address, data={"csrf_token": self.token(), **fields})

    def log_in(self, email: str, password: str = PASSWORD, **fields: Any) -> TestResponse:
        """Send the login form."""
        return self.post("/login", email=email, password=password, **fields)


_hashes: list[str] = []


def _hash() -> str:
    if not _hashes:
        _hashes.append(passwords.hash_password(PASSWORD))
    return _hashes[0]
