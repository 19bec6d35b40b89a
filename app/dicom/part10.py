"""What one received file is, by its content alone: the verdict that every file gets (PS3.10 7, PS3.5 7).

Runs inside the sandbox, on bytes that nobody vouches for. It never raises, never loads pixel data, and its
limits are the reader's: see ``elements`` and ``source``.
"""

import warnings
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from app.dicom import content, uids
from app.dicom.conformance import pixel_warnings, unlisted_reason
from app.dicom.dicomjson import Facts, text
from app.dicom.elements import MAX_ELEMENTS, ElementReader
from app.dicom.encoding import Malformed
from app.dicom.facts import DICOMDIR_FACTS, FACTS
from app.dicom.fileset import Listed, Listing
from app.dicom.identity import Identity
from app.dicom.source import CutShort, TooMuch, Window
from app.dicom.syntax import Opened, open_dataset

MAX_DICOMDIR_ELEMENTS = 2_000_000
"""A directory of 50 000 images has some 20 elements a record."""
_DIRECTORY_RECORDS = 0x00041220
_IDENTITY = ("SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID")

DAMAGED = "It begins as DICOM, but it is damaged: "
INSTANCE, DICOMDIR, DOCUMENT, NOT_DICOM, REFUSED = "instance", "dicomdir", "document", "not_dicom", "refused"


class Header(NamedTuple):
    """What a file is, with the facts of its header. All sentences are for staff."""

    verdict: str
    """instance, dicomdir, document, not_dicom or refused."""
    reason: str | None = None
    """Why, when refused, not_dicom or document."""
    warnings: Sequence[str] = ()
    """What is odd about a file that was read all the same."""
    facts: Facts | None = None
    """Kept attributes as DICOM JSON, file meta information included."""
    listed: Sequence[Listed] = ()
    """Of a DICOMDIR: the files that it refers to."""
    unlisted_reason: str | None = None
    """Why an instance cannot stand in a conformant file-set."""
    patients: Sequence[Identity] = ()
    """Of a DICOMDIR: the patients that it names."""
    media_type: str | None = None
    """Of what is no DICOM and may become an attachment; see ``content.media_type``."""


def read_header(file: BinaryIO, size: int) -> Header:
    """Tell what ``file``, of ``size`` bytes, is. Never raises for what the bytes hold.

    An instance needs a readable data set, and either a DICOM file's prefix or some identity; one that is
    cut short needs all of it. One without a SOP Instance UID is an instance with an ``unlisted_reason``;
    the index keeps it under ``uids.index_uid("", sha256 of the file)``, and no UID is invented in the file.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(file, size)
    except TooMuch as why:
        return Header(REFUSED, str(why))
    except CutShort:
        return Header(REFUSED, DAMAGED + "it ends in the middle of its header.")
    except Malformed:
        return Header(REFUSED, DAMAGED + "its header makes no sense.")
    except Exception:  # whatever the bytes provoked: it must not stop the disc
        return Header(REFUSED, DAMAGED + "it could not be read.")


def _read(file: BinaryIO, size: int) -> Header:
    file.seek(0)
    head = file.read(content.HEAD)
    opened = open_dataset(file, size, head)
    if opened is None:
        return _no_dicom(head)
    if text(opened.meta, "MediaStorageSOPClassUID") == uids.DICOMDIR_CLASS or _begins_a_directory(
        opened, head
    ):
        return _dicomdir(opened)
    return _instance(opened, file, size, head)


def _no_dicom(head: bytes) -> Header:
    kind = content.document_kind(head)
    media_type = content.media_type(head)
    if kind:
        return Header(DOCUMENT, f"This is a {kind}.", media_type=media_type)
    return Header(NOT_DICOM, f"This is {content.describe(head)}.", media_type=media_type)


def _begins_a_directory(opened: Opened, head: bytes) -> bool:
    """Tell whether the first element is of group 0004, which only a DICOMDIR has."""
    begin = head[opened.position : opened.position + 2]
    return not opened.meta and begin in (b"\x04\0", b"\0\x04")


def _dicomdir(opened: Opened) -> Header:
    """Read a DICOMDIR as far as it can be read: a broken one is a DICOMDIR all the same."""
    listing = Listing()
    reader = ElementReader(
        Window(opened.source, opened.position),
        opened.encoding,
        DICOMDIR_FACTS,
        on_item={_DIRECTORY_RECORDS: listing.add},
        max_elements=MAX_DICOMDIR_ELEMENTS,
    )
    found = []
    try:
        reader.read()
    except (Malformed, TooMuch):
        reader.cut_short = True
    if reader.cut_short:
        found.append(f"The disc's directory is damaged; {listing.records} entries of it could be read.")
    return Header(
        DICOMDIR,
        warnings=found,
        facts=opened.meta | reader.facts,
        listed=listing.listed,
        patients=listing.patients,
    )


def _instance(opened: Opened, file: BinaryIO, size: int, head: bytes) -> Header:
    window = Window(opened.source, opened.position)
    reader = ElementReader(window, opened.encoding, FACTS, max_elements=MAX_ELEMENTS)
    reader.read()
    if not opened.is_file and not any(text(reader.facts, keyword) for keyword in _IDENTITY):
        return _no_dicom(head)
    if reader.cut_short and not all(text(reader.facts, keyword) for keyword in _IDENTITY):
        raise CutShort
    if not reader.elements:
        return Header(REFUSED, DAMAGED + "nothing follows its start.")
    of_pixels = pixel_warnings(opened, reader, file, size)
    found = [*reader.warnings, *of_pixels]
    pretends = content.dangerous_preamble(head[:128]) if head[128:132] == b"DICM" else None
    if pretends:
        found.append(f"It begins like {pretends}. Downloads carry it with that beginning blanked.")
    why_not = unlisted_reason(opened, reader, of_pixels)
    if why_not and why_not not in found:
        found.append(why_not)
    return Header(INSTANCE, warnings=found, facts=opened.meta | reader.facts, unlisted_reason=why_not)
