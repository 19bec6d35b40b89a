"""Unique identifiers (PS3.5 9): whether they are valid, how they are compared, what people call them.

Every place that compares or stores a UID normalises it here, so that padding or leading zeros never make a
second study out of one.
"""

import re
from functools import lru_cache
from hashlib import sha256

from pydicom.config import IGNORE
from pydicom.uid import UID

DICOMDIR_CLASS = "1.2.840.10008.1.3.10"
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
GE_BIG_PIXELS = "1.2.840.113619.5.2"
"""General Electric's own: Implicit VR Little Endian, but for pixel data, which is big endian."""
ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
ENCAPSULATED_CDA = "1.2.840.10008.5.1.4.1.1.104.2"
REPORT_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.88.11",  # Basic Text SR
    "1.2.840.10008.5.1.4.1.1.88.22",  # Enhanced SR
    "1.2.840.10008.5.1.4.1.1.88.33",  # Comprehensive SR
    "1.2.840.10008.5.1.4.1.1.88.34",  # Comprehensive 3D SR
    "1.2.840.10008.5.1.4.1.1.88.35",  # Extensible SR
    ENCAPSULATED_PDF,
    ENCAPSULATED_CDA,
)
"""SOP classes (PS3.4 B.5) that carry what somebody wrote about the images: not dose reports."""

_PADDING = "\0 \t\r\n"
_VALID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*")
_DIGITS = re.compile(r"[0-9]+(\.[0-9]+)*")
MAX_LENGTH = 64


def is_valid(uid: str) -> bool:
    """Tell whether ``uid`` is valid as it is: 64 digits and dots at most, no leading zeros (PS3.5 9.1)."""
    return len(uid) <= MAX_LENGTH and _VALID.fullmatch(uid) is not None


def normalised(uid: str) -> str:
    """Return ``uid`` without padding and without leading zeros; what is no UID comes back only stripped."""
    bare = uid.strip(_PADDING)
    if not _DIGITS.fullmatch(bare) or is_valid(bare):
        return bare
    return ".".join(part.lstrip("0") or "0" for part in bare.split("."))


def index_uid(uid: str, otherwise: str) -> str:
    """Return the UID under which an instance, series or study is kept in the index; always valid.

    A UID that is no UID is mapped to one derived from its own text; an absent one to one derived from
    ``otherwise``, such as the file's SHA-256. The derived UID stays in the index: files are never changed.
    """
    clean = normalised(uid)
    return clean if is_valid(clean) else stand_in(clean or otherwise)


def stand_in(text: str) -> str:
    """Return a stable UID made from ``text``, by the UUID root (PS3.5 B.2)."""
    return f"2.25.{int.from_bytes(sha256(text.encode('utf-8', 'replace')).digest()[:16], 'big')}"


@lru_cache(maxsize=1024)
def name_of(uid: str) -> str:
    """Return the standard's name of a SOP class or transfer syntax, or the UID itself if it has none."""
    return UID(uid, IGNORE).name or uid


@lru_cache(maxsize=1024)
def is_transfer_syntax(uid: str) -> bool:
    """Tell whether the standard knows ``uid`` as a transfer syntax, retired ones included (PS3.6 A)."""
    return is_valid(uid) and UID(uid, IGNORE).type == "Transfer Syntax"
