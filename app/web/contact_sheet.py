"""All pictures on paper: one PDF (ISO 32000-1) that a phone opens and prints; made while it flows."""

from collections.abc import Iterator
from textwrap import wrap

from app.dicom.picture import JPEG, Painted
from app.pdf import BASE_FONTS, HEADING, TEXT, TITLE, Style, text_at, text_string
from app.pictures.choice import Choice, Selection
from app.pictures.layout import HEIGHT, MARGIN, SIDE, WIDTH, Cell, Heading, Page, pages
from app.pictures.painter import Painter, order_of
from app.storage import ObjectStore
from app.web.take_words import Words

LONGEST = 330
"""Pixels of a picture's longer side: 220 dots an inch."""
FIT = 100
"""Letters of a line of the head."""
LETTER = Style("F2", 7, 0, 3)
NUMBER = Style("F1", 7, 0, 40, 0.35)
NOTE = Style("F1", 7, 0, 140, 0.35)
_CATALOG, _PAGES, _FONTS, _FIRST = 1, 2, 3, 4


class _Objects:
    """Numbers objects as they are written, and remembers where they lie."""

    def __init__(self) -> None:
        self.offsets: dict[int, int] = {}
        self._at = 0
        self._next = _FIRST

    def new(self) -> int:
        self._next += 1
        return self._next - 1

    def raw(self, data: bytes) -> bytes:
        self._at += len(data)
        return data

    def write(self, number: int, body: bytes) -> bytes:
        self.offsets[number] = self._at
        return self.raw(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def end(self, title: str) -> bytes:
        """Return the cross-reference table and the trailer (ISO 32000-1 7.5.4, 7.5.5)."""
        start, size = self._at, self._next
        table = b"".join(b"%010d 00000 n \n" % self.offsets[number] for number in range(1, size))
        head = b"xref\n0 %d\n0000000000 65535 f \n" % size
        info = b"<</Title %b>>" % text_string(title)
        trailer = b"trailer<</Size %d/Root %d 0 R/Info %b>>\n" % (size, _CATALOG, info)
        return head + table + trailer + b"startxref\n%d\n%%%%EOF\n" % start


def contact_sheet(store: ObjectStore, selection: Selection, choice: Choice, words: Words) -> Iterator[bytes]:
    """Yield the PDF of a selection. A picture that cannot be made is an empty square that says so."""
    objects, laid_out = _Objects(), pages(selection.strips)
    numbers: list[int] = []
    yield objects.raw(b"%PDF-1.4\n")
    with Painter(store) as painter:
        for number, page in enumerate(laid_out, 1):
            placed: list[tuple[Cell, Painted | None, int]] = []
            for cell in page.cells:
                order = order_of(cell.strip, cell.picture, choice._replace(form=JPEG), longest=LONGEST)
                painted, name = painter.paint(cell.picture, order), 0
                if painted:
                    name = objects.new()
                    yield objects.write(name, _image(painted))
                placed.append((cell, painted and painted._replace(data=b""), name))
            numbers.append(objects.new())
            content = _content(page, placed, words, number, len(laid_out))
            text = objects.new()
            yield objects.write(text, b"<</Length %d>>stream\n%b\nendstream" % (len(content), content))
            yield objects.write(numbers[-1], _page(text, [name for _, _, name in placed if name]))
    yield objects.write(_CATALOG, b"<</Type/Catalog/Pages %d 0 R>>" % _PAGES)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    yield objects.write(
        _PAGES,
        b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[0 0 %d %d]>>" % (kids, len(numbers), WIDTH, HEIGHT),
    )
    yield objects.write(_FONTS, _fonts())
    yield objects.end(words.title)


def _fonts() -> bytes:
    fonts = (
        b"/%b<</Type/Font/Subtype/Type1/BaseFont/%b/Encoding/WinAnsiEncoding>>"
        % (name.encode(), base.encode())
        for name, base in BASE_FONTS.items()
    )
    return b"<<%b>>" % b"".join(fonts)


def _image(painted: Painted) -> bytes:
    space = b"DeviceRGB" if painted.colour else b"DeviceGray"
    head = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%b/BitsPerComponent 8" % (
        painted.width,
        painted.height,
        space,
    )
    return head + b"/Filter/DCTDecode/Length %d>>stream\n%b\nendstream" % (len(painted.data), painted.data)


def _page(content: int, images: list[int]) -> bytes:
    pictures = b"".join(b"/I%d %d 0 R" % (number, number) for number in images)
    resources = b"<</Font %d 0 R/XObject<<%b>>>>" % (_FONTS, pictures)
    return b"<</Type/Page/Parent %d 0 R/Resources %b/Contents %d 0 R>>" % (_PAGES, resources, content)


def _content(
    page: Page, placed: list[tuple[Cell, Painted | None, int]], words: Words, number: int, total: int
) -> bytes:
    lines = list(_head(words)) if number == 1 else []
    lines += [_heading(heading, words) for heading in page.headings]
    for cell, painted, name in placed:
        lines += _cell(cell, painted, name)
    lines += _foot(words, number, total)
    return "\n".join(lines).encode("latin-1")


def _head(words: Words) -> Iterator[str]:
    y = HEIGHT - MARGIN - TITLE.size
    yield text_at(words.title, TITLE, MARGIN, y)
    for told in (words.sender, words.made_on, words.person, words.warning):
        for line in wrap(told, FIT):
            y -= 14
            yield text_at(line, TEXT, MARGIN, y)


def _heading(heading: Heading, words: Words) -> str:
    strip = heading.strip
    text = words.titles[strip.study.id] if heading.of_study else words.series_line(strip)
    return text_at(text, HEADING if heading.of_study else TEXT, MARGIN, heading.y + 4)


def _cell(cell: Cell, painted: Painted | None, name: int) -> Iterator[str]:
    yield text_at(f"{cell.picture.number}", NUMBER, cell.x, cell.y - 9)
    if painted is None:
        yield f"0.8 G {cell.x:.1f} {cell.y:.1f} {SIDE:.1f} {SIDE:.1f} re S"
        return
    scale = SIDE / max(painted.width, painted.height)
    width, height = painted.width * scale, painted.height * scale
    x, y = cell.x + (SIDE - width) / 2, cell.y + (SIDE - height) / 2
    yield f"q {width:.1f} 0 0 {height:.1f} {x:.1f} {y:.1f} cm /I{name} Do Q"
    if edges := cell.picture.edges:
        middle = cell.x + SIDE / 2
        yield text_at(edges.top, LETTER, middle - 2, y + height + 2)
        yield text_at(edges.bottom, LETTER, middle - 2, y - 8)
        yield text_at(edges.left, LETTER, x - 5 * len(edges.left) - 2, y + height / 2 - 2)
        yield text_at(edges.right, LETTER, x + width + 2, y + height / 2 - 2)


def _foot(words: Words, number: int, total: int) -> Iterator[str]:
    page = words.page.format(number=number, total=total)
    for line, text in enumerate((*wrap(words.note, NOTE.fit), " · ".join((words.sender, page)))):
        yield text_at(text, NOTE, MARGIN, 40 - 9 * line)
