"""An authenticator app for tests, and members of staff who have one."""

import base64
import re
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from app.accounts.rights import Staff
from app.audit.actor import SYSTEM
from app.site import Site
from tests.staff import Browser

EMAIL = "desk@test.example"
OWN = "a password of my own"
"""Which the owner chose in place of the first one."""


class App:
    """An authenticator app that took over one secret."""

    def __init__(self, secret: str) -> None:
        """``secret`` is in base32."""
        self._totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)

    @classmethod
    def reading(cls, page: str) -> "App":
        """Take over the secret that the set-up page shows for typing."""
        groups = re.findall(r"<span>([A-Z2-7]{4})</span>", page)
        return cls("".join(groups))

    def code(self, now: datetime, *, steps: int = 0) -> str:
        """Return the code shown at ``now``, or so many steps of 30 s away from it."""
        return self._totp.generate(int((now + timedelta(seconds=30 * steps)).timestamp())).decode()


def set_up(site: Site, staff: Staff) -> tuple[App, list[str]]:
    """Give ``staff`` a second factor, set up five minutes ago; return the app and the recovery codes."""
    offer, then = site.second_factors.offer(staff), site.now() - timedelta(minutes=5)
    app = App(offer.secret)
    with site.sessions.begin() as session:
        codes = site.second_factors.set_up(session, staff, offer.sealed, app.code(then), by=SYSTEM, now=then)
    return app, codes


def take_over(browser: Browser) -> tuple[App, dict[str, str]]:
    """Scan what the set-up page shows; return the app, and what the page's form sends besides a code."""
    page = browser.get("/second-factor/new").text
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert sealed
    return App.reading(page), {"sealed": sealed[1]}
