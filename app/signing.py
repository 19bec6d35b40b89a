"""Signatures on what leaves us, receipts and manifests: Ed25519 (RFC 8032), so that anybody can check them.

The keys are made from the site's secrets: they rotate with them, and no further file has to be kept.
"""

import hmac
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_PURPOSE = b"virtual-cd document signature Ed25519"


class Signature(NamedTuple):
    """A signature and the public key that checks it, both as hex (64 and 32 bytes)."""

    public_key: str
    signature: str


class DocumentSigner:
    """Signs with the newest key; what an older one signed is still recognised as ours."""

    def __init__(self, secret_keys: tuple[bytes, ...]) -> None:
        seeds = [hmac.digest(key, _PURPOSE, "sha256") for key in secret_keys]
        self._keys = [Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds]
        self.public_keys = tuple(key.public_key().public_bytes_raw().hex() for key in self._keys)
        """Ours, as hex, the newest first."""

    def sign(self, document: bytes) -> Signature:
        """Return the signature of exactly these bytes."""
        return Signature(self.public_keys[0], self._keys[0].sign(document).hex())

    def is_ours(self, document: bytes, signature: Signature) -> bool:
        """Tell whether we signed exactly these bytes."""
        return signature.public_key in self.public_keys and holds(document, signature)


def holds(document: bytes, signature: Signature) -> bool:
    """Tell whether the signature fits the document and its public key, whoever that key belongs to."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key))
        key.verify(bytes.fromhex(signature.signature), document)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key_pem(public_key: str) -> str:
    """Return a public key (hex) as openssl reads it (RFC 8410)."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
