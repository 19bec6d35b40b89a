"""The token in a link: a signed name for a key, worth nothing without the row behind it.

A link's token cannot be rebuilt, since only its hash is kept. Whoever typed a short code therefore gets a
*ticket* in the token's place: the key's id, signed under another salt, good for a quarter of an hour.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import NewType

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from app.errors import Gone, NotFound

LinkId = NewType("LinkId", bytes)
"""32 random bytes; the database keeps only their SHA-256."""

LINK_ID_BYTES = 32
LONGEST_TOKEN = 120
TICKET_LASTS = timedelta(minutes=15)


class TicketLapsed(Gone):
    """The short code was right, but typed too long ago: it must be typed again."""


class LinkSigner:
    """Issue and read the tokens in links. The newest key signs; all verify, so keys can rotate.

    A token only names a key of a share, or of an upload request. Whether it still opens anything is the
    row's to say. Counters and limits go by the decoded link id, never by the token's text, which has aliases
    (base64 padding bits). ``leads_to`` keeps the two kinds apart: neither reads the other's tokens.
    """

    def __init__(self, secret_keys: tuple[bytes, ...], leads_to: str = "share") -> None:
        self._keys = secret_keys
        self._signer = _signer(secret_keys, f"virtual-cd {leads_to} link")
        self._tickets = _signer(secret_keys, f"virtual-cd {leads_to} code")

    def new(self) -> tuple[str, LinkId]:
        """Return a fresh token and the link id inside it."""
        link_id = LinkId(secrets.token_bytes(LINK_ID_BYTES))
        return self._signer.sign(base64_encode(link_id)).decode(), link_id

    def read(self, token: str) -> LinkId:
        """Return the link id inside ``token``. Raises NotFound if we never signed it."""
        try:
            return LinkId(base64_decode(_unsign(self._signer, token)))
        except (BadData, ValueError):
            raise NotFound("There is no such link.") from None

    def ticket(self, key_id: str, now: datetime) -> str:
        """Return an address for a key whose short code was just typed."""
        until = int((now + TICKET_LASTS).timestamp())
        return self._tickets.sign(f"{key_id}-{until}").decode()

    def read_ticket(self, ticket: str, now: datetime) -> str:
        """Return the key's id inside ``ticket``.

        Raises NotFound if we never signed it, TicketLapsed when it is too old.
        """
        try:
            key_id, _, until = _unsign(self._tickets, ticket).decode().partition("-")
        except (BadData, ValueError):
            raise NotFound("There is no such link.") from None
        if now >= datetime.fromtimestamp(int(until), UTC):
            raise TicketLapsed("Please type your code again.")
        return key_id

    def keyed_hashes(self, purpose: str, text: str) -> list[str]:
        """Return hex HMAC-SHA-256s of ``text``, one under each secret key, the newest first.

        For what is too short to be hashed plainly: who steals the database alone cannot try it out.
        """
        return [hmac.digest(key, f"{purpose}\0{text}".encode(), "sha256").hex() for key in self._keys]


def _signer(secret_keys: tuple[bytes, ...], salt: str) -> Signer:
    # itsdangerous wants the newest key last.
    return Signer(list(reversed(secret_keys)), salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)


def _unsign(signer: Signer, token: str) -> bytes:
    if len(token) > LONGEST_TOKEN:
        raise BadData("too long")
    return signer.unsign(token)


def link_hash(link_id: LinkId) -> str:
    """Return the hex SHA-256 by which the database knows a link id."""
    return hashlib.sha256(link_id).hexdigest()
