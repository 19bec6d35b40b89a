"""MANIFEST.JSN and MANIFEST.SIG: what a bundle holds, file by file, and our signature under exactly that.

Names are 8.3 for ISO 9660 level 1. Signed is a line with the manifest's SHA-256, so that a browser can ask us
about a bundle without sending any of it. The signature file holds the public key too: anybody can check it;
whether that key is ours, only we can say.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from app.bundles.entries import Entry
from app.signing import DocumentSigner, Signature

NAME, SIGNATURE_NAME = "MANIFEST.JSN", "MANIFEST.SIG"
NAMES = (NAME, "MANIFEST.JSON")
"""How it may be called when a copy is handed back: 8.3 on a disc, in full where somebody renamed it."""
FORMAT = "virtual-cd-bundle/1"


class Unreadable(Exception):
    """What calls itself a manifest or a signature is none."""


class Listed(NamedTuple):
    """A file as the manifest names it; ``size`` in bytes, ``sha256`` as hex."""

    name: str
    size: int
    sha256: str


class Manifest(NamedTuple):
    """What a bundle should hold besides its manifest; ``version_id`` names the version of the share.

    ``part``: how many series were chosen, of how many that version shows; None for all.
    """

    version_id: str
    made_at: str
    files: list[Listed]
    part: tuple[int, int] | None = None


def write(
    entries: Iterable[Entry], version_id: str, made_at: datetime, part: tuple[int, int] | None = None
) -> bytes:
    """Return the manifest of these entries."""
    chosen = {"part": part} if part else {}
    document = {
        "format": FORMAT,
        "version_id": version_id,
        "made_at": made_at.isoformat(timespec="seconds"),
        **chosen,
        "files": [Listed(entry.name, entry.size, entry.sha256)._asdict() for entry in entries],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def statement(digest: str, version_id: str) -> bytes:
    """Return the line that is signed; ``digest`` is the manifest's SHA-256 (hex)."""
    return f"Virtual CD bundle {version_id}: MANIFEST.JSN has SHA-256 {digest}".encode()


def write_signature(listing: bytes, version_id: str, signer: DocumentSigner) -> bytes:
    """Return the signature file of a manifest."""
    signed = statement(sha256(listing).hexdigest(), version_id)
    fields = {"algorithm": "Ed25519", "signs": signed.decode(), **signer.sign(signed)._asdict()}
    return json.dumps(fields, indent=1).encode()


def is_ours(listing: bytes, signature: bytes, signer: DocumentSigner) -> bool:
    """Tell whether we signed exactly this manifest; both are the files' bytes."""
    try:
        signed = statement(sha256(listing).hexdigest(), read(listing).version_id)
        return signer.is_ours(signed, read_signature(signature))
    except Unreadable:
        return False


def read(data: bytes) -> Manifest:
    """Return a manifest. Raises Unreadable."""
    document = _document(data)
    try:
        if document["format"] != FORMAT:
            raise Unreadable("The manifest is of another kind.")
        files = [Listed(str(one["name"]), int(one["size"]), str(one["sha256"])) for one in document["files"]]
        chosen, every = document.get("part", (0, 0))
        part = (int(chosen), int(every)) if chosen else None
        return Manifest(str(document["version_id"]), str(document["made_at"]), files, part)
    except (KeyError, TypeError, ValueError):
        raise Unreadable("The manifest is not one of ours.") from None


def read_signature(data: bytes) -> Signature:
    """Return a signature. Raises Unreadable."""
    document = _document(data)
    return Signature(str(document.get("public_key")), str(document.get("signature")))


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise Unreadable("This is not JSON.") from None
    if not isinstance(document, dict):
        raise Unreadable("This is not a JSON object.")
    return document
