"""What a file is by its first bytes, whatever its name says: reports to keep, and all that is no DICOM.

Only PDF and CDA documents count as reports. Pages and programs came with somebody's viewer, and so did most
pictures: ``app.ingest.pictures`` tells which may be photos.
"""

HEAD = 64 * 1024
"""Bytes from the start that are looked at."""

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
PDF_DOCUMENT = "PDF document"

DANGEROUS: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xce\xfa\xed\xfe", "a program"),
    (b"\xfe\xed\xfa\xce", "a program"),
    (b"\xfe\xed\xfa\xcf", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"#!", "a script"),
    (b"%PDF", "a PDF document"),
)
"""Starts that some system would run or render."""

_PLAIN: tuple[tuple[bytes, str], ...] = (
    *DANGEROUS,
    (b"PK\x03\x04", "an archive; unpack it first"),
    (b"PK\x05\x06", "an archive; unpack it first"),
    (b"\x1f\x8b", "a compressed file; unpack it first"),
    (b"BZh", "a compressed file; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "an archive; unpack it first"),
    (b"Rar!", "an archive; unpack it first"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x89PNG\r\n\x1a\n", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"\0\0\1\0", "a picture"),
    (b"\0\0\0\x0cjP  ", "a picture"),
    (b"\xd0\xcf\x11\xe0", "a file of Windows or of Office"),
    (b"{\\rtf", "a text document"),
    (b"Bud1", "a file of the Mac's Finder"),
    (b"\0\0\0\1Bud1", "a file of the Mac's Finder"),
    (b"\0\5\x16\7", "a file of the Mac's Finder"),
    (b"ID3", "a sound or video"),
    (b"OggS", "a sound or video"),
    (b"RIFF", "a sound or video"),
)
_MARKS: tuple[tuple[int, bytes, str], ...] = (
    *((0, start, what) for start, what in _PLAIN),
    (257, b"ustar", "an archive; unpack it first"),
    (32769, b"CD001", "a disc image; unpack it first"),
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def dangerous_preamble(head: bytes) -> str | None:
    """Return what a DICOM file's preamble pretends to be if some system would run or render it, else None.

    Bundles zero such a preamble; others, such as TIFF's, stay as they are (PS3.10 7.5 on dual-format files).
    """
    for start, what in DANGEROUS:
        if head.startswith(start):
            return what
    return "a web page" if _text_of(head).startswith("<") else None


def media_type(head: bytes) -> str | None:
    """Return the type of what may become an attachment, by content alone: PDF, JPEG or PNG; else None.

    Markup that holds a PDF's mark somewhere is none: some reader would take it for a page.
    """
    for start, found in ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG)):
        if head.startswith(start):
            return found
    is_page = _text_of(head).startswith("<")
    return PDF if document_kind(head) == PDF_DOCUMENT and not is_page else None


def document_kind(head: bytes) -> str | None:
    """Return ``PDF document`` or ``clinical document (CDA)`` when the file is such a report, else None."""
    if b"%PDF-" in head[:1024] and not head.startswith((b"MZ", b"PK", b"#!")):
        return PDF_DOCUMENT
    text = _text_of(head)
    if text.startswith("<") and "ClinicalDocument" in text and "urn:hl7-org:v3" in text:
        return "clinical document (CDA)"
    return None


def describe(head: bytes) -> str:
    """Return what a file that is no DICOM seems to be, in words that follow *This is*."""
    if not head:
        return "an empty file"
    for place, mark, what in _MARKS:
        if head.startswith(mark, place):
            return what
    text = _text_of(head).lower()
    if text.startswith(("<!doctype html", "<html", "<head")):
        return "a web page"
    if text.startswith("<"):
        return "an XML file"
    return "a text file" if _reads_as_text(head[:4096]) else "not DICOM"


def _text_of(head: bytes) -> str:
    if head.startswith(_BOMS[1:]):
        return head.decode("utf-16", "replace").lstrip()
    return head.removeprefix(_BOMS[0]).decode("latin-1").lstrip()


def _reads_as_text(head: bytes) -> bool:
    return head.startswith(_BOMS) or not any(byte < 0x20 and byte not in b"\t\n\r\f\x1a\x1b" for byte in head)
