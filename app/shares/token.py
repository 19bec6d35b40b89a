"""The token in a link: a signed name for a key, worth nothing without the row behind it."""

import hashlib
import secrets
from typing import NewType

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from app.errors import NotFound

LinkId = NewType("LinkId", bytes)
"""32 random bytes; the database keeps only their SHA-256."""

LINK_ID_BYTES = 32
LONGEST_TOKEN = 120


class ShareSigner:
    """Issue and read the tokens in links. The newest key signs; all verify, so keys can rotate.

    A token only names a key of a share. Whether it still opens anything is the row's to say. Counters and
    limits go by the decoded link id, never by the token's text, which has aliases (base64 padding bits).
    """

    def __init__(self, secret_keys: tuple[bytes, ...]) -> None:
        # itsdangerous wants the newest key last.
        self._signer = Signer(
            list(reversed(secret_keys)),
            salt="virtual-cd share link",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )

    def new(self) -> tuple[str, LinkId]:
        """Return a fresh token and the link id inside it."""
        link_id = LinkId(secrets.token_bytes(LINK_ID_BYTES))
        return self._signer.sign(base64_encode(link_id)).decode(), link_id

    def read(self, token: str) -> LinkId:
        """Return the link id inside ``token``. Raises NotFound if we never signed it."""
        try:
            if len(token) > LONGEST_TOKEN:
                raise BadData("too long")
            link_id = base64_decode(self._signer.unsign(token))
        except (BadData, ValueError):
            raise NotFound("no such share") from None
        return LinkId(link_id)


def link_hash(link_id: LinkId) -> str:
    """Return the hex SHA-256 by which the database knows a link id."""
    return hashlib.sha256(link_id).hexdigest()
