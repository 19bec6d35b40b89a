"""Files that want to do harm, made here byte by byte, each with what must become of it.

All of it is inert: programs are their first bytes, bombs are bounded. A parser bug that is ever found gets
its sample here.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import NamedTuple

from PIL import Image

from app.dicom.part10 import DICOMDIR, DOCUMENT, INSTANCE, NOT_DICOM, REFUSED
from tests import dicomfiles as made

SHOWN = "shown"
RLE, JPEG_2000 = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90"
PDF_CLASS, CDA_CLASS = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2"
UNDEFINED = 0xFFFFFFFF


class Outcome(NamedTuple):
    """What must become of a file: its verdict, a part of what staff are told of it, and of its picture."""

    verdict: str
    says: str = ""
    """Part of the reason or of a warning; empty: nothing is said."""
    picture: str = ""
    """``shown``, or part of why it is not shown; only for instances."""


class Sample(NamedTuple):
    """A hostile file with its outcome."""

    name: str
    data: bytes
    outcome: Outcome


def _header(
    *elements: bytes, syntax: str = made.EXPLICIT, uid: str = "1.2.3.4", sop_class: str = made.CT
) -> bytes:
    return made.meta(syntax, uid, sop_class) + made.identity() + b"".join(elements)


def _item(data: bytes) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(data)) + data


def _fragments(*fragments: bytes, ended: bool = True, offsets: bytes = b"") -> bytes:
    opening = made.element(0x7FE00010, "OB", b"", length=UNDEFINED)
    body = b"".join(map(_item, (offsets, *fragments)))
    return opening + body + (made.SEQUENCE_END if ended else b"")


def _compressed(syntax: str, *fragments: bytes, rows: int = 8, columns: int = 8, ended: bool = True) -> bytes:
    return _header(made.image(rows, columns), _fragments(*fragments, ended=ended), syntax=syntax)


def _jpeg(width: int, height: int) -> bytes:
    """Return an 8 × 8 JPEG whose codestream claims another size."""
    out = BytesIO()
    Image.new("L", (8, 8)).save(out, "JPEG")
    data = bytearray(out.getvalue())
    at = data.find(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data) + b"\0" * (len(data) % 2)


def _jpeg_2000(side: int) -> bytes:
    """Return the start of a JPEG 2000 codestream that claims ``side`` squared pixels (SIZ, then nothing)."""
    size = struct.pack(">HIIIIIIIIH", 0, side, side, 0, 0, side, side, 0, 0, 1) + b"\7\1\1"
    return b"\xff\x4f\xff\x51" + struct.pack(">H", len(size) + 2) + size + b"\xff\xd9"


def _nested(depth: int) -> bytes:
    opening = made.element(0x0040A730, "SQ", b"", length=UNDEFINED)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED)
    return _header((opening + item) * depth + (made.ITEM_END + made.SEQUENCE_END) * depth)


def _deflated(zeros: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(made.identity() + made.element(0x00091001, "OB", b"", length=zeros))
    data += packer.flush(zlib.Z_FULL_FLUSH)
    packed = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)  # the same each time
    return made.meta(made.DEFLATED) + data + packed * (zeros >> 20) + packer.flush()


def _named(charset: str, name: bytes) -> bytes:
    parts = (
        made.element(0x00080005, "CS", charset)
        + made.element(0x00080016, "UI", made.CT)
        + made.element(0x00080018, "UI", "1.2.3.4")
        + made.element(0x00100010, "PN", name)
        + made.element(0x0020000D, "UI", "1.2.3")
    )
    return made.meta() + parts + made.image() + made.pixel_data()


def _identified(uid: str) -> bytes:
    parts = (
        made.element(0x00080016, "UI", made.CT)
        + made.element(0x00080018, "UI", uid.encode())
        + made.element(0x0020000D, "UI", uid.encode())
        + made.element(0x0020000E, "UI", uid.encode())
    )
    return made.meta() + parts


def _document(body: bytes, mime: str, sop_class: str = PDF_CLASS) -> bytes:
    parts = (
        made.element(0x00080016, "UI", sop_class)
        + made.element(0x00080018, "UI", "1.2.3.4")
        + made.element(0x0020000D, "UI", "1.2.3")
        + made.element(0x0020000E, "UI", "1.2.3.1")
        + made.element(0x00420011, "OB", body)
        + made.element(0x00420012, "LO", mime)
    )
    return made.meta(sop_class=sop_class) + parts


def _directory(*file_ids: str) -> bytes:
    records = [
        made.element(0x00041430, "CS", "IMAGE")
        + made.element(0x00041500, "CS", file_id)
        + made.element(0x00041510, "UI", made.CT)
        + made.element(0x00041511, "UI", "1.2.3.4")
        for file_id in file_ids
    ]
    return made.meta(sop_class=made.DIRECTORY) + made.sequence(0x00041220, *records)


@cache
def png_bomb() -> bytes:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


PICTURE = made.image() + made.pixel_data()
GOOD = _header(PICTURE)
MANY = b"".join(
    made.element(0x00091000 + n % 60_000 + (n // 60_000 << 17), "CS", "A") for n in range(210_000)
)
RUNS = b"\x81\x00" * 600_000
RLE_BOMB = struct.pack("<16I", 2, 64, 64 + len(RUNS), *[0] * 13) + RUNS + RUNS
RLE_OUTSIDE = struct.pack("<16I", 2, *[0xFFFFFF00] * 15) + b"\0\0"
SCRIPT = b"%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n%%EOF"
XXE = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&x;</title></ClinicalDocument>'
)
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><l>&b;</l>'
POLYGLOTS = {
    "windows program": (b"MZ\x90\0", "a program"),
    "linux program": (b"\x7fELF\2\1\1", "a program"),
    "mac program": (b"\xcf\xfa\xed\xfe", "a program"),
    "old mac program": (b"\xfe\xed\xfa\xce", "a program"),
    "shell script": (b"#!/bin/sh\nexit 0\n", "a script"),
    "web page": (b" \n<html><script>window.__pwn=1</script>", "a web page"),
    "drawing with a script": (b"<svg onload='window.__pwn=1'>", "a web page"),
    "web page in UTF-16": (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "a web page"),
    "PDF": (b"%PDF-1.4\n1 0 obj", "a PDF document"),
}
UIDS = {
    "path": "../../../../tmp/pwned",
    "windows path": "C:\\x",
    "line break": "1.2.3\n4",
    "too long": "1." + "9" * 300,
    "wide digits": "１.２.３",
    "NUL": "1.2.3%00",
    "markup": "<b>1.2</b>",
    "empty part": "1..2",
    "leading zero": "1.2.03",
    "SQL": "1.2.3' OR '1'='1",
}
FRAMES = {"negative": "-1", "none": "0", "word": "abc"}
CHARSETS = {
    "unknown": ("ISO_IR 999", "character set that does not exist"),
    "UTF-7": ("utf-7", "character set that does not exist"),
    "broken escapes": ("\\ISO 2022 IR 87", ""),
    "contradicting": ("ISO_IR 192\\ISO_IR 100", ""),
}
HOSTILE_NAME = b"\x1b$B\x30\x21\x1b(B^\xff\xfe+ADw-script+AD4-"
CUT, MIDDLE = "cut short", "ends in the middle of its header"
TOO_LARGE, DAMAGED_PICTURE = "Too large to display", "damaged"


def _structure() -> Iterator[Sample]:
    nested = Outcome(REFUSED, "nested more than 32 deep")
    for depth in (40, 500, 50_000):
        yield Sample(f"nested {depth} deep", _nested(depth), nested)
    yield Sample("nested 20 deep", _nested(20), Outcome(INSTANCE, "", "no picture"))
    yield Sample("too many elements", _header(MANY), Outcome(REFUSED, "more than 200,000 data elements"))
    yield Sample("deflate bomb", _deflated(300 << 20), Outcome(REFUSED, "more than 256 MB"))
    huge = made.element(0x00091001, "OB", b"abcd", length=0xFFFFFFF0)
    yield Sample("value of 4 GB", _header(huge), Outcome(INSTANCE, CUT, DAMAGED_PICTURE))
    undelimited = made.element(0x00091002, "UN", b"", length=UNDEFINED) + bytes(64)
    yield Sample("UN without an end", _header(undelimited), Outcome(REFUSED, "makes no sense"))
    long_group = bytes(128) + b"DICM" + made.element(0x00020000, "UL", struct.pack("<I", 0xFFFFFFF0))
    yield Sample("file header of 4 GB", long_group + GOOD[144:], Outcome(INSTANCE, "", SHOWN))
    bad_vr = GOOD.replace(b"\x02\0\x10\0UI", b"\x02\0\x10\0ZZ", 1)
    yield Sample("no such VR in the file header", bad_vr, Outcome(REFUSED, MIDDLE))
    stray = GOOD.replace(PICTURE, made.ITEM_END + PICTURE)
    yield Sample("stray item tag", stray, Outcome(INSTANCE, "breaks the rules of DICOM", SHOWN))
    for cut in (0, 1, 127, 131):
        yield Sample(f"cut at {cut}", GOOD[:cut], Outcome(NOT_DICOM, "This is"))
    yield Sample("cut at 132", GOOD[:132], Outcome(REFUSED, "nothing follows its start"))
    for cut in (140, 200, 300):
        yield Sample(f"cut at {cut}", GOOD[:cut], Outcome(REFUSED, MIDDLE))
    pixels_cut = Outcome(INSTANCE, CUT, CUT)
    yield Sample("cut in its pixels", GOOD[:-1], pixels_cut)


def _disguises() -> Iterator[Sample]:
    for name, (preamble, what) in POLYGLOTS.items():
        data = preamble.ljust(128, b"\0") + GOOD[128:]
        yield Sample(f"begins as {name}", data, Outcome(INSTANCE, f"begins like {what}", SHOWN))
    for name, preamble in {"TIFF": b"II*\0", "archive": b"PK\3\4"}.items():
        data = preamble.ljust(128, b"\0") + GOOD[128:]
        yield Sample(f"begins as {name}", data, Outcome(INSTANCE, "", SHOWN))
    yield Sample("without preamble", GOOD[132:], Outcome(INSTANCE, "lacks the 128 bytes", SHOWN))
    yield Sample("archive", b"PK\3\4" + bytes(200), Outcome(NOT_DICOM, "an archive"))
    yield Sample("program", b"MZ" + bytes(200), Outcome(NOT_DICOM, "a program"))
    yield Sample("PNG bomb", png_bomb(), Outcome(NOT_DICOM, "a picture"))
    yield Sample("PDF with a script", SCRIPT, Outcome(DOCUMENT, "PDF document"))
    yield Sample("CDA that reads a file", XXE, Outcome(DOCUMENT, "clinical document"))
    yield Sample("entities without end", LAUGHS, Outcome(NOT_DICOM, "XML"))


def _identities() -> Iterator[Sample]:
    no_uid = Outcome(INSTANCE, "not as a valid UID", "no picture")
    for name, uid in UIDS.items():
        yield Sample(f"UID: {name}", _identified(uid), no_uid)
    yield Sample("no UID", _identified(""), Outcome(INSTANCE, "does not state", "no picture"))
    other = _header(PICTURE, uid="1.2.9")
    yield Sample("two UIDs", other, Outcome(INSTANCE, "names another object", SHOWN))
    for name, (charset, says) in CHARSETS.items():
        yield Sample(f"charset: {name}", _named(charset, HOSTILE_NAME), Outcome(INSTANCE, says, SHOWN))
    yield Sample("name of 60 kB", _named("", b"A" * 60_000), Outcome(INSTANCE, "", SHOWN))
    for name, body, mime, sop_class in (
        ("PDF script", SCRIPT, "application/pdf", PDF_CLASS),
        ("page as PDF", b"<script>window.__pwn=1</script>", "text/html", PDF_CLASS),
        ("header injection", SCRIPT, "application/pdf\r\nX-Evil: 1", PDF_CLASS),
        ("CDA that reads a file", XXE, "text/XML", CDA_CLASS),
        ("CDA without end", LAUGHS, "text/XML", CDA_CLASS),
    ):
        data = _document(body, mime, sop_class)
        yield Sample(f"document: {name}", data, Outcome(INSTANCE, "", "a document"))
    climbing = _directory("..\\..\\..\\ETC\\PASSWD", "\\ETC\\PASSWD", "C:\\WIN.INI")
    yield Sample("DICOMDIR that climbs", climbing, Outcome(DICOMDIR))
    yield Sample("DICOMDIR cut short", _directory("A", "B")[:-60], Outcome(DICOMDIR, "damaged"))


def _pictures() -> Iterator[Sample]:
    fewer = "fewer pixels than its header promises"
    wide = _header(made.image(65_535, 65_535), made.pixel_data())
    yield Sample("65535 squared", wide, Outcome(INSTANCE, fewer, TOO_LARGE))
    yield Sample("no rows", _header(made.image(0, 0), made.pixel_data()), Outcome(INSTANCE, "", "incomplete"))
    short = _header(made.image(512, 512), made.pixel_data(4))
    yield Sample("four bytes of pixels", short, Outcome(INSTANCE, fewer, CUT))
    for name, frames in FRAMES.items():
        counted = _header(made.element(0x00280008, "IS", frames), PICTURE)
        yield Sample(f"frames: {name}", counted, Outcome(INSTANCE, "how many pictures", SHOWN))
    many = _header(made.element(0x00280008, "IS", "999999999"), PICTURE)
    yield Sample("frames: a billion", many, Outcome(INSTANCE, fewer, TOO_LARGE))
    jpeg = _compressed(made.JPEG, _jpeg(65_500, 65_500), rows=65_500, columns=65_500)
    yield Sample("JPEG bomb", jpeg, Outcome(INSTANCE, "", TOO_LARGE))
    small = _compressed(made.JPEG, _jpeg(65_500, 65_500))
    yield Sample("JPEG bomb in a small header", small, Outcome(INSTANCE, "", "size"))
    yield Sample(
        "JPEG 2000 bomb", _compressed(JPEG_2000, _jpeg_2000(0xF0000)), Outcome(INSTANCE, "", DAMAGED_PICTURE)
    )
    yield Sample("RLE bomb", _compressed(RLE, RLE_BOMB), Outcome(INSTANCE, "", "contradicts"))
    outside = _compressed(RLE, RLE_OUTSIDE)
    yield Sample("RLE segments outside", outside, Outcome(INSTANCE, "", DAMAGED_PICTURE))
    endless = _compressed(made.JPEG, b"\xff\xd8\xff\xd9", ended=False)
    yield Sample("fragments without an end", endless, Outcome(INSTANCE, CUT, DAMAGED_PICTURE))
    empty = _compressed(made.JPEG, *[b""] * 150_000)
    yield Sample("150000 empty fragments", empty, Outcome(INSTANCE, "", "compressed in a way"))
    over = _header(made.image(8, 8), _fragments()[:-8], struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFF0))
    over = over.replace(made.EXPLICIT.encode() + b"\0", made.JPEG.encode()[:20].ljust(20, b"\0"), 1)
    yield Sample("fragment of 4 GB", over, Outcome(INSTANCE, CUT, ""))


SAMPLES = [*_structure(), *_disguises(), *_identities(), *_pictures()]
