"""A plain PDF of lines (ISO 32000-1): headings, sentences, and columns that line up. Text and nothing else.

Letters beyond Windows-1252 are written as ``\\u0416``: the standard fonts, which every reader has, lack them.
"""

import re
from codecs import BOM_UTF16_BE
from collections.abc import Iterator
from textwrap import wrap
from typing import NamedTuple

WIDTH, HEIGHT, MARGIN = 595, 842, 48
"""A4 in points."""
_CATALOG, _PAGES, _FONTS = 1, 2, 3


class Style(NamedTuple):
    """How a line looks: font, size in points, space above it, characters that fit, grey from 0 (black)."""

    font: str
    size: float
    above: float
    fit: int
    grey: float = 0.0


TITLE = Style("F2", 18, 0, 50)
HEADING = Style("F2", 12, 14, 75)
TEXT = Style("F1", 9.5, 3, 98)
TABLE = Style("F3", 8, 4, 104)
SMALL = Style("F3", 7, 1.5, 118, 0.35)
BASE_FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold", "F3": "Courier"}


class Pdf:
    """Lines are added from top to bottom; a full page begins the next."""

    def __init__(self, title: str, footer: str) -> None:
        self._title, self._footer = title, footer
        self._pages: list[list[str]] = []
        self._left = 0.0
        self.add(title, TITLE)

    def add(self, text: str, style: Style = TEXT) -> None:
        """Add a text, wrapped to the page's width; line breaks in it count as spaces."""
        said = re.sub(
            r"\s+", " ", text.strip(), flags=re.ASCII
        )  # other spaces are there to hold words together
        for line in wrap(said, style.fit, break_on_hyphens=False) or [""]:
            self._line(line, style)

    def columns(self, text: str, style: Style = TABLE) -> None:
        """Add one line as it stands, for columns of figures; what does not fit is cut."""
        self._line(text[: style.fit], style)

    def _line(self, line: str, style: Style) -> None:
        height = style.above + style.size * 1.25
        if not self._pages or self._left < height + MARGIN:
            self._pages.append([])
            self._left = HEIGHT - MARGIN
        self._left -= height
        self._pages[-1].append(text_at(line, style, MARGIN, self._left))

    def to_bytes(self) -> bytes:
        """Return the file."""
        objects = [*self._objects()]
        out, offsets = bytearray(b"%PDF-1.4\n"), []
        for number, body in enumerate(objects, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        info = b"<</Title %b>>" % text_string(self._title)
        out += b"trailer<</Size %d/Root %d 0 R/Info %b>>\n" % (len(objects) + 1, _CATALOG, info)
        return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)

    def _objects(self) -> Iterator[bytes]:
        first = _FONTS + 1
        kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(self._pages)))
        yield b"<</Type/Catalog/Pages %d 0 R>>" % _PAGES
        yield b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[0 0 %d %d]>>" % (
            kids,
            len(self._pages),
            WIDTH,
            HEIGHT,
        )
        fonts = b"".join(
            b"/%b<</Type/Font/Subtype/Type1/BaseFont/%b/Encoding/WinAnsiEncoding>>"
            % (name.encode(), base.encode())
            for name, base in BASE_FONTS.items()
        )
        yield b"<<%b>>" % fonts
        for number, lines in enumerate(self._pages):
            footer = text_at(f"{self._footer} · {number + 1}/{len(self._pages)}", SMALL, MARGIN, MARGIN / 2)
            content = "\n".join([*lines, footer]).encode("latin-1")
            page = b"<</Type/Page/Parent %d 0 R/Resources<</Font %d 0 R>>/Contents %d 0 R>>"
            yield page % (_PAGES, _FONTS, first + 2 * number + 1)
            yield b"<</Length %d>>stream\n%b\nendstream" % (len(content), content)


def text_at(line: str, style: Style, x: float, y: float) -> str:
    """Return the operators that write a line; ``x`` and ``y`` are where it begins, in points from below."""
    text = literal(line).decode("latin-1")
    return f"BT {style.grey} g /{style.font} {style.size} Tf {x:.1f} {y:.1f} Td {text} Tj ET"


def literal(text: str) -> bytes:
    """Return a literal string (ISO 32000-1 7.3.4.2) for the fonts, which lack narrow spaces."""
    data = text.replace("\u202f", "\u00a0").encode("cp1252", "backslashreplace")
    for special in (b"\\", b"(", b")"):
        data = data.replace(special, b"\\" + special)
    return b"(%b)" % data


def text_string(text: str) -> bytes:
    """Return a text that readers show outside of pages, in any letters (ISO 32000-1 7.9.2.2)."""
    if text.isascii():
        return literal(text)
    return b"<%b>" % (BOM_UTF16_BE + text.encode("utf-16-be")).hex().encode()
