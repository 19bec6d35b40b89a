"""Encrypting what the database keeps but must not give away: letters that wait, secrets of second factors."""

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Unreadable(Exception):
    """Sealed under a key that we no longer have, or changed since."""


class Sealer:
    """AES-256-GCM under keys made from the site's secrets for one purpose: the newest seals, all open."""

    def __init__(self, secret_keys: tuple[bytes, ...], purpose: bytes) -> None:
        self._keys = [AESGCM(hmac.digest(key, purpose, "sha256")) for key in secret_keys]

    def seal(self, text: bytes, owner_id: str) -> bytes:
        """Return a nonce of 12 bytes and the ciphertext, bound to whose it is."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._keys[0].encrypt(nonce, text, owner_id.encode())

    def unseal(self, sealed: bytes, owner_id: str) -> bytes:
        """Return what was sealed. Raises Unreadable."""
        for key in self._keys:
            try:
                return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], owner_id.encode())
            except (InvalidTag, ValueError):
                continue
        raise Unreadable
