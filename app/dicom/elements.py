"""The bounded, iterative reader of data elements (PS3.5 7): headers of any stranger in, kept attributes out.

It never recurses, never loads a value that is not kept, and counts what it does. What is malformed beyond
sense raises; what merely ends early is told by ``cut_short``.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from pydicom.datadict import keyword_for_tag

from app.dicom import facts as kept
from app.dicom.charsets import DEFAULT, Charset, is_known
from app.dicom.dicomjson import Facts, text
from app.dicom.encoding import (
    FRAGMENTED_VRS,
    ITEM,
    ITEM_END,
    SEQUENCE_END,
    UNDEFINED,
    Element,
    Encoding,
    Malformed,
    cut,
    next_element,
    within_unknown,
)
from app.dicom.record_keys import HAS_CONCEPT_MOD
from app.dicom.source import CutShort, TooMuch, Window
from app.dicom.values import OF_CHARSET, Values, is_kept, read_values

MAX_NESTING = 32
MAX_ELEMENTS = 200_000
MAX_VALUE = 64 * 1024
"""Bytes of one kept value; the long ones are frame time vectors and lookup tables."""
MAX_LUT = 32 * 1024
"""Bytes of one kept lookup table: 16 384 entries. Whoever shows an image reads longer ones from its file."""
MAX_KEPT = 8 * 1024 * 1024
"""Bytes kept of one header, counting 64 for an element."""
TOO_MANY_ELEMENTS = "It holds more than {most:,} data elements, which no real image needs."
TOO_DEEP = f"Its sequences are nested more than {MAX_NESTING} deep, which no real image needs."
AGAINST_THE_RULES = "Its header breaks the rules of DICOM in places; other programs may refuse it."


class Pixels(NamedTuple):
    """Where pixel data begins, and its length in bytes; ``length`` is None when it is encapsulated."""

    tag: int
    position: int
    length: int | None


class Level:
    """One open data set (``into`` may be None: nothing of it is kept) or one open sequence (``items``)."""

    __slots__ = ("charset", "delimited", "encoding", "end", "into", "is_sequence", "items", "raw", "tag")

    def __init__(
        self, tag: int, encoding: Encoding, end: int | None, charset: Charset, *, is_sequence: bool
    ) -> None:
        self.tag, self.encoding, self.end, self.charset = tag, encoding, end, charset
        self.is_sequence = is_sequence
        self.delimited = False
        self.into: Facts | None = None
        self.items: list[Facts] | None = None
        self.raw = False


class ElementReader:
    """Reads one data set. ``wanted`` maps the tags to keep to their VR in the dictionary.

    ``on_item`` takes items of a sequence as they end, in place of keeping them: for long directories.
    ``read()`` raises Malformed or TooMuch; afterwards the attributes tell what was found.
    """

    def __init__(
        self,
        window: Window,
        encoding: Encoding,
        wanted: Mapping[int, str],
        *,
        on_item: Mapping[int, Callable[[Facts], None]] | None = None,
        max_elements: int = MAX_ELEMENTS,
        last_group: int = 0xFFFF,
    ) -> None:
        self.window = window
        self.wanted = wanted
        self.on_item = on_item or {}
        self.max_elements = max_elements
        self.last_group = last_group
        self.facts: Facts = {}
        self.pixels: Pixels | None = None
        self.cut_short = False
        self.warnings: dict[str, None] = {}
        self.elements = 0
        self.kept = 0
        self.top = Level(0, encoding, None, DEFAULT, is_sequence=False)
        self.top.into = self.facts
        self.stack = [self.top]

    def read(self) -> None:
        """Read to the pixel data, to a group beyond ``last_group``, or to the end."""
        try:
            while self.stack and self.pixels is None:
                self._step(self.stack[-1])
        except CutShort:
            self.cut_short = True

    def _step(self, level: Level) -> None:
        if level.end is not None and self.window.position >= level.end:
            self._close()
        elif level is self.top and self._ended():
            self.stack.clear()
        else:
            element = self._next(level)
            if level.is_sequence:
                self._in_sequence(level, element)
            else:
                self._in_dataset(level, element)

    def _ended(self) -> bool:
        """Tell whether only padding, nothing, or a group that is not asked for follows."""
        begin = self.window.peek(8)
        order: Literal["little", "big"] = "little" if self.top.encoding.little else "big"
        return not begin.strip(b"\0") or int.from_bytes(begin[:2], order) > self.last_group

    def _next(self, level: Level) -> Element:
        self.elements += 1
        if self.elements > self.max_elements:
            raise TooMuch(TOO_MANY_ELEMENTS.format(most=self.max_elements))
        said = next_element(self.window, level.encoding)
        element = cut(said, level.end, self.window.position)
        if element != said:
            self.warnings[AGAINST_THE_RULES] = None
        return element

    def _in_sequence(self, level: Level, element: Element) -> None:
        if element.tag == SEQUENCE_END:
            self._close()
        elif element.tag != ITEM:
            raise Malformed("sequence without items")
        elif level.raw:
            self.window.skip(element.length)
        else:
            self._open(level.tag, level, element.length, level.encoding, is_sequence=False)
            self.stack[-1].into = {} if level.items is not None else None

    def _in_dataset(self, level: Level, element: Element) -> None:
        if element.tag >> 16 == 0xFFFE:
            self._delimiter(level, element)
        elif level is self.top and element.tag in kept.PIXEL_TAGS:
            length = None if element.length == UNDEFINED else element.length
            self.pixels = Pixels(element.tag, self.window.position, length)
        elif level.into is not None and element.tag in self.wanted:
            self._wanted(level, level.into, element)
        else:
            self._unwanted(level, element)

    def _delimiter(self, level: Level, element: Element) -> None:
        if level is self.top:
            if element.tag == ITEM or element.length:
                raise Malformed("item outside a sequence")
            self.warnings[AGAINST_THE_RULES] = None  # an end of something that has ended by its length
        elif element.tag == ITEM_END and level.delimited:
            self._close()
        elif element.tag == SEQUENCE_END:  # the item's own end was forgotten
            self._close()
            self._close()
        elif element.tag == ITEM:
            raise Malformed("item within an item")

    def _wanted(self, level: Level, into: Facts, element: Element) -> None:
        vr = self._vr(level, element)
        if vr == "SQ":
            self._sequence(level, element, keep=True)
        elif element.length == UNDEFINED or not is_kept(vr):
            self._unwanted(level, element)
        elif element.length > (MAX_LUT if element.tag == kept.LUT_DATA else MAX_VALUE):
            self._unwanted(level, element)
            if element.tag != kept.LUT_DATA:
                self.warnings["Parts of its header are too long to be real and were not read."] = None
        else:
            values = self._values(level, element, vr, self.window.take(element.length))
            self._put(level, into, element.tag, vr, values, element.length)

    def _vr(self, level: Level, element: Element) -> str:
        """Return the VR to read by; an unclear ``US or SS`` goes by the pixel representation (PS3.5 A.1)."""
        known = self.wanted[element.tag]
        vr = known if element.vr in (None, b"UN") else element.vr.decode("ascii")
        if "or" not in vr:
            return vr
        if element.tag == kept.LUT_DATA:
            return "US"
        signed = self.facts.get(f"{kept.PIXEL_REPRESENTATION:08X}", {}).get("Value") == [1]
        return "SS" if signed else "US"

    def _values(self, level: Level, element: Element, vr: str, data: bytes) -> Values:
        little = level.encoding.little or element.vr == b"UN"
        values = read_values(vr, data, little, level.charset)
        if vr in OF_CHARSET and not any(level.charset) and not data.isascii():
            self.warnings["It does not say how its letters are written; names may look wrong."] = None
        if element.tag == kept.CHARACTER_SET:
            self._charset(level, tuple(value or "" for value in values))
        if element.tag in kept.LUT_DESCRIPTORS and len(values) == 3 and vr in ("US", "SS"):
            return [values[0] & 0xFFFF, values[1], values[2] & 0xFFFF]  # counts, whatever the VR says
        return values

    def _charset(self, level: Level, charset: Charset) -> None:
        level.charset = charset
        if not is_known(charset):
            self.warnings["It names a character set that does not exist; names may look wrong."] = None

    def _put(self, level: Level, into: Facts, tag: int, vr: str, values: Values, size: int) -> None:
        key = f"{tag:08X}"
        self.kept += 64 + size
        if self.kept > MAX_KEPT:
            self.warnings["Its header is very long; only its first part was read."] = None
        elif key not in into:
            into[key] = {"vr": vr, "Value": values} if values else {"vr": vr}
        elif into[key].get("Value", []) != values:
            self.warnings[f"It gives {keyword_for_tag(tag)} twice; the first is used."] = None

    def _unwanted(self, level: Level, element: Element) -> None:
        if element.length == UNDEFINED:
            self._sequence(level, element, keep=False)
        else:
            self.window.skip(element.length)

    def _sequence(self, level: Level, element: Element, *, keep: bool) -> None:
        """Open a sequence; OB and its like hold fragments."""
        encoding = within_unknown(self.window) if element.vr == b"UN" else level.encoding
        if element.vr == b"UN" and encoding.explicit:
            self.warnings[AGAINST_THE_RULES] = None
        self._open(element.tag, level, element.length, encoding, is_sequence=True)
        opened = self.stack[-1]
        opened.items = [] if keep else None
        opened.raw = element.vr in FRAGMENTED_VRS

    def _open(self, tag: int, parent: Level, length: int, encoding: Encoding, *, is_sequence: bool) -> None:
        if len(self.stack) > 2 * MAX_NESTING:
            raise TooMuch(TOO_DEEP)
        end = parent.end if length == UNDEFINED else self.window.position + length
        if parent.end is not None and end is not None:
            end = min(end, parent.end)
        level = Level(tag, encoding, end, parent.charset, is_sequence=is_sequence)
        level.delimited = length == UNDEFINED
        self.stack.append(level)

    def _close(self) -> None:
        level = self.stack.pop()
        if not self.stack:
            return
        parent = self.stack[-1]
        if level.is_sequence:
            if level.items is not None and parent.into is not None:
                self._put(parent, parent.into, level.tag, "SQ", list(level.items), 0)
        elif level.into is not None and parent.items is not None:
            self._item(parent.items, level.tag, level.into)

    def _item(self, items: list[Facts], tag: int, item: Facts) -> None:
        if tag in self.on_item:
            self.on_item[tag](item)
            self.kept = 0  # what was handed on is not kept here
        elif tag != kept.CONTENT_SEQUENCE or _modifies_the_title(item):
            items.append(item)


def _modifies_the_title(item: Facts) -> bool:
    """Tell whether a content item only refines the document's title: all that may be kept (PS3.3 F.5)."""
    return text(item, "RelationshipType") == HAS_CONCEPT_MOD
