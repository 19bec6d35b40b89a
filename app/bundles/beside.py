"""Reports and photos in a bundle: beside the file-set, in folders of their own, as they were received.

Nothing foreign stands in the folders of DICOM files (IHE PDI), and none of it is listed in the DICOMDIR: it
names DICOM files alone (PS3.11 D.3.3). File names are counters: 8.3, and tell nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple

from app.dicom.content import JPEG, PDF, PNG
from app.studies.models import Attachment, AttachmentKind

FOLDERS = {AttachmentKind.REPORT: ("REPORTS", "RP"), AttachmentKind.PHOTO: ("PHOTOS", "PH")}
EXTENSIONS = {PDF: "PDF", JPEG: "JPG", PNG: "PNG"}


class Beside(NamedTuple):
    """An attachment at its place."""

    attachment: Attachment
    name: str


def lay_beside(attachments: Iterable[Attachment]) -> list[Beside]:
    """Return where attachments lie; the same for the same ones in the same order. Reports come first."""
    found = list(attachments)
    placed = []
    for kind, (folder, letters) in FOLDERS.items():
        of_kind = [one for one in found if one.kind == kind]
        placed += [
            Beside(one, f"{folder}/{letters}{number:06d}.{EXTENSIONS[one.media_type]}")
            for number, one in enumerate(of_kind)
        ]
    return placed
