"""Marks as a visitor's browser sends them: held against their schema, field by field, before they are kept.

``{"<instance id>/<frame index>": [{"kind": "length", "points": [[x, y], [x, y]]}, …]}``: points in pixels of
the picture, 0,0 being the first one's corner; an arrow may have ``text``. Nothing else passes.
"""

import json
import re
import unicodedata
from math import isfinite
from typing import Any, NamedTuple

from app.errors import TooLarge, Unacceptable

POINTS = {"probe": 1, "length": 2, "angle": 3, "rectangle": 2, "ellipse": 2, "arrow": 2}
"""How many points each kind of mark has."""
MOST_BYTES = 64 << 10
MOST_TEXT = 80
FARTHEST = 1_000_000
"""Pixels from the first one; a mark may lie outside its picture."""
PICTURE = re.compile(r"([a-z2-7]{16})/(0|[1-9][0-9]{0,5})")
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Signs that turn the direction of what follows: with them a text reads as another."""

Mark = dict[str, Any]


class Page(NamedTuple):
    """The picture that marks lie on; ``frame_index`` from 0."""

    instance_id: str
    frame_index: int


class Marks(NamedTuple):
    """Marks by picture: as they are kept, and on which pictures they lie."""

    told: dict[str, list[Mark]]
    pages: list[Page]

    @property
    def total(self) -> int:
        """How many marks there are."""
        return sum(len(marks) for marks in self.told.values())


def read_marks(text: str) -> Marks:
    """Return the marks that ``text`` (JSON) says.

    Raises TooLarge above 64 KiB, Unacceptable for anything but marks as described above, and for none.
    """
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise TooLarge(f"These marks take more than {MOST_BYTES >> 10} KiB.")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise _unknown() from None
    if not isinstance(told, dict) or not told:
        raise Unacceptable("No marks were sent.")
    return Marks({picture: _marks(marks) for picture, marks in told.items()}, [_page(one) for one in told])


def read_text(typed: str, most: int) -> str:
    """Return what a person typed, on one line, without signs that are not seen or turn what is.

    Raises Unacceptable when it is longer than ``most`` characters.
    """
    shown = "".join(sign for sign in " ".join(typed.split()) if _is_shown(sign))
    if len(shown) > most:
        raise Unacceptable(f"That is longer than {most} characters.")
    return shown


def _is_shown(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cs") and sign not in TURNING


def _page(picture: str) -> Page:
    found = PICTURE.fullmatch(picture)
    if found is None:
        raise _unknown()
    return Page(found[1], int(found[2]))


def _marks(told: Any) -> list[Mark]:
    if not isinstance(told, list) or not told:
        raise _unknown()
    return [_mark(one) for one in told]


def _mark(told: Any) -> Mark:
    if not isinstance(told, dict) or not {"kind", "points"} <= told.keys() <= {"kind", "points", "text"}:
        raise _unknown()
    kind, points, text = told["kind"], told["points"], told.get("text")
    if not isinstance(kind, str) or not isinstance(points, list) or POINTS.get(kind) != len(points):
        raise _unknown()
    mark: Mark = {"kind": kind, "points": [_point(point) for point in points]}
    if text is None:
        return mark
    if kind != "arrow" or not isinstance(text, str):
        raise _unknown()
    return mark | {"text": read_text(text, MOST_TEXT)}


def _point(told: Any) -> list[float]:
    if not isinstance(told, list) or len(told) != 2 or not all(_is_place(one) for one in told):
        raise _unknown()
    return told


def _is_place(told: Any) -> bool:
    return type(told) in (int, float) and isfinite(told) and abs(told) <= FARTHEST


def _unknown() -> Unacceptable:
    return Unacceptable("These are no marks that we know.")
