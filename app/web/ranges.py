"""One byte range of a body whose length and ETag are known (RFC 9110 13.1.5, 14)."""

import re
from typing import NamedTuple

_ONE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,19})\s*-\s*([0-9]{0,19})\s*", re.IGNORECASE)


class Span(NamedTuple):
    """Bytes from ``start`` to before ``end``."""

    start: int
    end: int


class Unsatisfiable(Exception):
    """The Range asks for nothing that there is, or for more than one range."""


def wanted(range_header: str | None, if_range: str | None, etag: str, length: int) -> Span | None:
    """Return the span that a request asks for, or None for the whole body.

    An ``If-Range`` that is not exactly ``etag`` (which is strong) asks for the whole.
    Raises Unsatisfiable for several, reversed and empty ranges: one plain range is all that resuming needs.
    """
    if not range_header or not range_header.strip().lower().startswith("bytes"):
        return None
    if if_range is not None and if_range.strip() != etag:
        return None
    found = _ONE.fullmatch(range_header)
    if found is None or not any(found.groups()):
        raise Unsatisfiable
    first, last = found.groups()
    if not first:
        return _checked(max(0, length - int(last)), length, length)
    return _checked(int(first), min(int(last) + 1, length) if last else length, length)


def _checked(start: int, end: int, length: int) -> Span:
    if not 0 <= start < end <= length:
        raise Unsatisfiable
    return Span(start, end)
