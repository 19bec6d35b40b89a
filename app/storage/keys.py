"""The names of the keys: one place that says where what lies.

Below its first folder every key but ``incoming`` has its organisation, so that a folder never mixes two.
"""

import re

from app.storage.port import ObjectNotFound

PART = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,200}")
MAX_LENGTH = 900
"""Characters; S3 takes keys of 1024 bytes, a prefix included."""


def parts_of(key: str) -> list[str]:
    """Split a key, or a folder with its last slash. Raises ObjectNotFound for what can name nothing of ours.

    What is neither letter, digit, dot, dash nor underscore, starts with a dot or leads elsewhere is none.
    """
    parts = key.removesuffix("/").split("/")
    if len(key) > MAX_LENGTH or not all(PART.fullmatch(part) for part in parts):
        raise ObjectNotFound("no such object")
    return parts


def object_key(key: str) -> str:
    """Return ``key`` if it can name an object. Raises ObjectNotFound."""
    if key.endswith("/"):
        raise ObjectNotFound("no such object")
    return "/".join(parts_of(key))


def folder_key(folder: str) -> str:
    """Return ``folder`` if it can name a folder: it ends in a slash. Raises ObjectNotFound."""
    if not folder.endswith("/"):
        raise ObjectNotFound("no such folder")
    return "/".join(parts_of(folder)) + "/"


def incoming_folder(disc_id: str) -> str:
    """Return the folder of what was received of a disc and not read yet."""
    return f"incoming/{disc_id}/"


def incoming(disc_id: str, number: int) -> str:
    """Return the key of the file ``number`` (from 0) of a disc, as received."""
    return f"{incoming_folder(disc_id)}{number:06d}"


def parts_folder(disc_id: str, number: int) -> str:
    """Return the folder of what was received of a large file in parts."""
    return f"{incoming_folder(disc_id)}parts/{number:06d}/"


def part(disc_id: str, number: int, part_size: int, part_number: int) -> str:
    """Return the key of one part (from 1) of a large file that is cut every ``part_size`` bytes."""
    return f"{parts_folder(disc_id, number)}{part_size}-{part_number:06d}"


def shelf(organisation_id: str, start: str) -> str:
    """Return the folder of the originals whose SHA-256 begins with these two letters."""
    return f"objects/{organisation_id}/{start}/"


def original(organisation_id: str, sha256: str) -> str:
    """Return the key of an original, immutable and addressed by the SHA-256 of its bytes (hex)."""
    return f"{shelf(organisation_id, sha256[:2])}{sha256}"


def display_folder(organisation_id: str, sha256: str) -> str:
    """Return the folder of all that was made for the viewer from one original."""
    return f"display/{organisation_id}/{sha256[:2]}/{sha256}/"


def display_frame(organisation_id: str, sha256: str, frame_index: int) -> str:
    """Return the key of a display frame; ``frame_index`` from 0."""
    return f"{display_folder(organisation_id, sha256)}{frame_index:06d}"


def preview(organisation_id: str, sha256: str) -> str:
    """Return the key of the WebP preview of an instance."""
    return f"{display_folder(organisation_id, sha256)}preview.webp"


def cover(organisation_id: str, sha256: str) -> str:
    """Return the key of the JPEG of an instance that stands for its series, or is a key picture."""
    return f"{display_folder(organisation_id, sha256)}cover.jpg"


def plain_copy(organisation_id: str, sha256: str, copy_id: str) -> str:
    """Return the key of a copy of an original without compression."""
    return f"{display_folder(organisation_id, sha256)}plain-{copy_id}"


def bundle_folder(organisation_id: str, disc_id: str) -> str:
    """Return the folder of what was made for the bundles of one disc; it can be made again."""
    return f"bundles/{organisation_id}/{disc_id}/"
