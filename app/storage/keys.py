"""The names of the keys: one place that says where what lies.

Every key but ``incoming`` starts with its organisation, so that a folder never mixes two.
"""


def incoming_folder(disc_id: str) -> str:
    """Return the folder of what was received of a disc and not read yet."""
    return f"incoming/{disc_id}/"


def incoming(disc_id: str, number: int) -> str:
    """Return the key of the file ``number`` (from 0) of a disc, as received."""
    return f"{incoming_folder(disc_id)}{number:06d}"


def original(organisation_id: str, sha256: str) -> str:
    """Return the key of an original, immutable and addressed by the SHA-256 of its bytes (hex)."""
    return f"objects/{organisation_id}/{sha256[:2]}/{sha256}"


def display_folder(organisation_id: str, sha256: str) -> str:
    """Return the folder of all that was made for the viewer from one original."""
    return f"display/{organisation_id}/{sha256[:2]}/{sha256}/"


def display_frame(organisation_id: str, sha256: str, frame_index: int) -> str:
    """Return the key of a display frame; ``frame_index`` from 0."""
    return f"{display_folder(organisation_id, sha256)}{frame_index:06d}"


def preview(organisation_id: str, sha256: str) -> str:
    """Return the key of the WebP preview of an instance."""
    return f"{display_folder(organisation_id, sha256)}preview.webp"
