"""Where a file's data set begins and how it is written, judged by its bytes before its claims (PS3.10 7).

Discs hold files without preamble, without file meta information, and with meta information that lies.
"""

import struct
from typing import BinaryIO, NamedTuple

from pydicom.datadict import dictionary_has_tag

from app.dicom import uids
from app.dicom.dicomjson import Facts, text
from app.dicom.elements import ElementReader
from app.dicom.encoding import EXPLICIT_LITTLE, IMPLICIT_LITTLE, KNOWN_VRS, Encoding
from app.dicom.facts import META_FACTS
from app.dicom.source import CutShort, FileSource, InflatingSource, Source, Window

EXPLICIT_BIG = Encoding(explicit=True, little=False)
_FIRST_GROUPS = (0x0002, 0x0004, 0x0008)
"""Groups that begin a data set without file meta information: meta without preamble, DICOMDIR, all others."""
META_AT = 132
"""Where file meta information begins: behind 128 bytes of nobody's business and ``DICM`` (PS3.10 7.1)."""
_MAX_FIRST_LENGTH = 64 * 1024


class Opened(NamedTuple):
    """A file ready to be read; ``meta`` holds (0002,xxxx)."""

    source: Source
    position: int
    encoding: Encoding
    meta: Facts
    is_file: bool
    """Whether it has DICM or file meta information; a bare data set has neither."""
    claims: str
    """The Transfer Syntax UID that the file states, or an empty string."""
    keeps_its_word: bool
    """Whether the data set is written as the Transfer Syntax UID says; True when nothing is stated."""
    has_preamble: bool


def open_dataset(file: BinaryIO, size: int, head: bytes) -> Opened | None:
    """Find the data set of a file that begins with ``head``. Returns None when the bytes are no DICOM.

    Raises CutShort when the file meta information does not end.
    """
    start = _start(head)
    if start is None:
        return None
    meta, position = _read_meta(file, size, start)
    claims = uids.normalised(text(meta, "TransferSyntaxUID"))
    is_file = start > 0 or bool(meta)
    if claims == uids.DEFLATED_LITTLE and _inflates(file, position):
        source: Source = InflatingSource(file, position)
        return Opened(source, 0, EXPLICIT_LITTLE, meta, is_file, claims, True, start == META_AT)
    stated = encoding_of(claims) if uids.is_transfer_syntax(claims) else None
    file.seek(position)
    begin = file.read(16)
    found = guess(begin, stated)
    if not is_file and not _plausible(begin, found):
        return None
    keeps_its_word = claims != uids.DEFLATED_LITTLE and found == (stated or found)
    source = FileSource(file, size, position)
    return Opened(source, position, found, meta, is_file, claims, keeps_its_word, start == META_AT)


def encoding_of(transfer_syntax_uid: str) -> Encoding:
    """Return how a transfer syntax writes its data set: all but two are explicit little endian (PS3.5 10)."""
    if transfer_syntax_uid == uids.IMPLICIT_LITTLE:
        return IMPLICIT_LITTLE
    return EXPLICIT_BIG if transfer_syntax_uid == uids.EXPLICIT_BIG else EXPLICIT_LITTLE


def guess(begin: bytes, stated: Encoding | None = None) -> Encoding:
    """Return how the data set that begins with these bytes is written.

    What is stated holds unless the first element clearly says otherwise.
    """
    if len(begin) < 8:
        return stated or EXPLICIT_LITTLE
    found = Encoding(
        explicit=begin[4:6] in KNOWN_VRS,
        little=int.from_bytes(begin[:2], "little") <= int.from_bytes(begin[:2], "big"),
    )
    if stated is None or found.explicit or _plausible(begin, found):
        return found
    return stated


def _start(head: bytes) -> int | None:
    """Return where file meta information or a bare data set may begin, or None (PS3.10 7.1)."""
    if head[128:132] == b"DICM":
        return META_AT
    if head[:4] == b"DICM":
        return 4
    return 0 if _plausible(head[:16], guess(head[:16])) else None


def _plausible(begin: bytes, encoding: Encoding) -> bool:
    """Tell whether these bytes can begin a data set: a known tag of a first group, a sane length."""
    if len(begin) < 8:
        return False
    order = "<" if encoding.little else ">"
    group, element, length = struct.unpack(f"{order}HHI", begin[:8])
    if encoding.explicit:
        length = struct.unpack(f"{order}H", begin[6:8])[0]
    known = element == 0 or dictionary_has_tag(group << 16 | element)
    return group in _FIRST_GROUPS and known and length <= _MAX_FIRST_LENGTH


def _read_meta(file: BinaryIO, size: int, start: int) -> tuple[Facts, int]:
    """Read (0002,xxxx), whose group length is not trusted. Returns it and where the data set begins."""
    file.seek(start)
    begin = file.read(16)
    if begin[:2] != b"\2\0":
        return {}, start
    source = FileSource(file, size, start)
    reader = ElementReader(
        Window(source, start), guess(begin, EXPLICIT_LITTLE), META_FACTS, last_group=0x0002
    )
    reader.read()
    if reader.cut_short:
        raise CutShort
    return reader.facts, reader.window.position


def _inflates(file: BinaryIO, position: int) -> bool:
    """Tell whether deflated bytes begin at ``position``; some files only say that they are deflated."""
    try:
        head = Window(InflatingSource(file, position)).peek(16)
    except CutShort:
        return False
    return len(head) >= 8 and head[4:6] in KNOWN_VRS
