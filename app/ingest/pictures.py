"""Which pictures found on a disc may be photos of a patient or scanned reports, and are kept as documents.

Too small, among a viewer's files, or not to be decoded: it is what a viewer left around, and the receipt says
so. Only what the sandbox decoded whole is kept; its display copy is written in the same go.
"""

from io import BytesIO
from typing import BinaryIO, Protocol

from app.dicom.content import JPEG
from app.dicom.part10 import DOCUMENT, NOT_DICOM, Header
from app.ingest.sandbox import Blobs, DisplayResult
from app.ingest.surroundings import is_furniture
from app.storage import ObjectStore, keys

SHORTEST_SIDE = 480
"""Pixels: below it are icons, buttons and thumbnails. The smallest photo of a camera is 640 by 480."""
FURNITURE = "This is a picture that seems to belong to a viewer or its pages: it lies or is called so."
SMALL = f"This is a small picture, less than {SHORTEST_SIDE} pixels high or wide: an icon or a thumbnail."
BROKEN = "This is a picture, but {}."
FOUND = "This is a picture ({}, {} × {} pixels)."


Copies = list[tuple[int | None, bytes]]
"""What is shown of a picture: its display copy under 0, its preview under None."""


class PhotoMaker(Protocol):
    """The sandbox, as far as photos go."""

    def make_photo(self, file: BinaryIO) -> tuple[DisplayResult, Blobs]:
        """Make the display copy of a JPEG or PNG; see ``photos.make_photo``."""


def is_picture(header: Header) -> bool:
    """Tell whether a file is a picture that could be somebody's photo."""
    return header.verdict == NOT_DICOM and header.media_type is not None


class Photos:
    """Looks at the pictures found on one organisation's discs."""

    def __init__(self, store: ObjectStore, sandbox: PhotoMaker, organisation_id: str) -> None:
        self._store, self._sandbox, self._organisation_id = store, sandbox, organisation_id

    def judged(self, header: Header, path: str, file: BinaryIO, sha256: str) -> Header:
        """Return what a found picture is: a document with its display copy in the store, or no DICOM."""
        if is_furniture(path):
            return header._replace(reason=FURNITURE, media_type=None)
        result, copies = self.decoded(file)
        if "reason" in result:
            return header._replace(reason=BROKEN.format(result["reason"]), media_type=None)
        width, height = int(result["width"]), int(result["height"])
        if min(width, height) < SHORTEST_SIDE:
            return header._replace(reason=SMALL, media_type=None)
        self.keep(sha256, copies)
        kind = "JPEG" if header.media_type == JPEG else "PNG"
        return header._replace(verdict=DOCUMENT, reason=FOUND.format(kind, width, height))

    def decoded(self, file: BinaryIO) -> tuple[DisplayResult, Copies]:
        """Return a picture's size in pixels and its copies, or ``{"reason": …}`` and whatever there is."""
        result, blobs = self._sandbox.make_photo(file)
        return result, list(blobs)

    def keep(self, sha256: str, copies: Copies) -> None:
        """Put the display copy and the preview of a picture beside its original."""
        for index, data in copies:
            if index is None:
                key = keys.preview(self._organisation_id, sha256)
            else:
                key = keys.display_frame(self._organisation_id, sha256, index)
            self._store.put(key, BytesIO(data))
