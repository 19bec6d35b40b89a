"""MANIFEST.JSN and MANIFEST.SIG: what a bundle holds, file by file, and our signature under exactly that.

Names are 8.3 for ISO 9660 level 1. The signature file holds the public key too, so that anybody can check it;
whether that key is ours, only we can say.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from app.bundles.entries import Entry
from app.signing import Signature

NAME, SIGNATURE_NAME = "MANIFEST.JSN", "MANIFEST.SIG"
FORMAT = "virtual-cd-bundle/1"


class Unreadable(Exception):
    """What calls itself a manifest or a signature is none."""


class Listed(NamedTuple):
    """A file as the manifest names it; ``size`` in bytes, ``sha256`` as hex."""

    name: str
    size: int
    sha256: str


class Manifest(NamedTuple):
    """What a bundle should hold besides its manifest; ``version_id`` names the version of the share."""

    version_id: str
    made_at: str
    files: list[Listed]


def write(entries: Iterable[Entry], version_id: str, made_at: datetime) -> bytes:
    """Return the manifest of these entries."""
    document = {
        "format": FORMAT,
        "version_id": version_id,
        "made_at": made_at.isoformat(timespec="seconds"),
        "files": [Listed(entry.name, entry.size, entry.sha256)._asdict() for entry in entries],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def write_signature(signature: Signature) -> bytes:
    """Return the signature file."""
    return json.dumps({"algorithm": "Ed25519", **signature._asdict()}).encode()


def read(data: bytes) -> Manifest:
    """Return a manifest. Raises Unreadable."""
    document = _document(data)
    try:
        if document["format"] != FORMAT:
            raise Unreadable("The manifest is of another kind.")
        files = [Listed(str(one["name"]), int(one["size"]), str(one["sha256"])) for one in document["files"]]
        return Manifest(str(document["version_id"]), str(document["made_at"]), files)
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
