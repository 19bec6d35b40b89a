"""Encrypting what waits to be sent: a link in a stolen database would open as soon as its PIN is known."""

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PURPOSE = b"virtual-cd queued mail AES-256-GCM"
_NONCE = 12


class Unreadable(Exception):
    """Sealed under a key that we no longer have, or changed since."""


class Sealer:
    """AES-256-GCM under keys made from the site's secrets: the newest seals, all open."""

    def __init__(self, secret_keys: tuple[bytes, ...]) -> None:
        self._keys = [AESGCM(hmac.digest(key, _PURPOSE, "sha256")) for key in secret_keys]

    def seal(self, text: bytes, letter_id: str) -> bytes:
        """Return a nonce of 12 bytes and the ciphertext, bound to the letter."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._keys[0].encrypt(nonce, text, letter_id.encode())

    def unseal(self, sealed: bytes, letter_id: str) -> bytes:
        """Return what was sealed. Raises Unreadable."""
        for key in self._keys:
            try:
                return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], letter_id.encode())
            except InvalidTag:
                continue
        raise Unreadable
