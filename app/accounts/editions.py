"""Marks by which it shows that a page is out of date: somebody else decided meanwhile."""

from collections.abc import Iterable
from hashlib import sha256

from app.errors import Outdated


def edition_of(told: Iterable[object]) -> str:
    """Return a mark that changes whenever anything told of a thing does."""
    return sha256("\n".join(map(str, told)).encode()).hexdigest()[:16]


def check(seen: str | None, now: str, why: str) -> None:
    """Raise Outdated, with ``why``, unless ``seen`` is the mark of now; None comes from who saw no page."""
    if seen is not None and seen != now:
        raise Outdated(why)
