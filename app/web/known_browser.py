"""Browsers in which staff have logged in before: strangers at the same address do not keep them out.

A signed cookie names the browser and the accounts that logged in there, by keyed hashes. It opens nothing:
it only says against whom a wrong password counts (ADR 30).
"""

import hmac
import secrets
from hashlib import sha256
from typing import NamedTuple

from flask import request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug import Response

from app.web.context import site
from app.web.limits import Origin

LASTS_DAYS = 180
MOST_ACCOUNTS = 12
"""Of a shared PC; who logged in last is remembered."""
SALT = "virtual-cd known browser"


class KnownBrowser(NamedTuple):
    """What the cookie holds."""

    id: str
    accounts: list[str]
    until: int
    """Seconds since 1970."""


def known_to(email: str) -> str | None:
    """Return the id of this browser when ``email`` has logged in here, else None."""
    browser = _read()
    return browser.id if browser and _account(email) in browser.accounts else None


def origin_of(email: str) -> Origin:
    """Return where ``email`` asks from now."""
    return Origin(request.remote_addr or "", known_to(email))


def remember(response: Response, email: str) -> None:
    """Let this browser be known to ``email``, who has logged in here with all that was asked for."""
    browser, account, config = _read(), _account(email), site().config
    others = [one for one in browser.accounts if one != account] if browser else []
    lasting = LASTS_DAYS * 24 * 3600
    value = KnownBrowser(
        browser.id if browser else secrets.token_hex(16),
        [account, *others][:MOST_ACCOUNTS],
        int(site().now().timestamp()) + lasting,
    )
    response.set_cookie(
        _name(),
        str(_signer().dumps(value)),
        max_age=lasting,
        secure=config.secure,
        httponly=True,
        samesite="Lax",
    )


def _read() -> KnownBrowser | None:
    try:
        browser = KnownBrowser(*_signer().loads(request.cookies.get(_name(), "")))
    except BadData:
        return None
    return browser if site().now().timestamp() < browser.until else None


def _account(email: str) -> str:
    """Return how the cookie names an account; another key makes the browser unknown, and no more."""
    key = site().config.secret_keys[0]
    return hmac.digest(key, f"{SALT}\0{email}".encode(), "sha256").hex()[:16]


def _name() -> str:
    return f"{'__Host-' if site().config.secure else ''}known"


def _signer() -> URLSafeSerializer:
    # itsdangerous wants the newest key last.
    keys = list(reversed(site().config.secret_keys))
    return URLSafeSerializer(
        keys, salt=SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": sha256}
    )
