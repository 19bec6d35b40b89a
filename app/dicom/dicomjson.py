"""The DICOM JSON Model (PS3.18 F) as the product keeps it: header facts of an instance, without bulk data.

``Facts`` maps eight upper-case hex digits to ``{"vr": …, "Value": […]}``. The functions here read single
attributes by keyword; broken or absent values come back as ``None`` or ``""``, since facts are a stranger's.
"""

from functools import lru_cache
from typing import Any

from pydicom.datadict import tag_for_keyword

Facts = dict[str, Any]


@lru_cache(maxsize=1024)
def tag_of(keyword: str) -> str:
    """Return the key of an attribute in the model: eight upper-case hex digits."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return f"{tag:08X}"


def values(facts: Facts, keyword: str) -> list[Any]:
    """Return the attribute's values, an empty list when it is absent or empty."""
    found = facts.get(tag_of(keyword), {}).get("Value", [])
    return found if isinstance(found, list) else []


def text(facts: Facts, keyword: str) -> str:
    """Return the first value as text, stripped; PN as its groups joined by ``=`` (PS3.5 6.2.1)."""
    found = values(facts, keyword)
    first = found[0] if found else ""
    if isinstance(first, dict):
        groups = [str(first.get(group, "")) for group in ("Alphabetic", "Ideographic", "Phonetic")]
        return "=".join(groups).rstrip("=").strip()
    return "" if first is None else str(first).strip()


def texts(facts: Facts, keyword: str) -> list[str]:
    """Return all values as text, in order."""
    return ["" if value is None else str(value).strip() for value in values(facts, keyword)]


def number(facts: Facts, keyword: str) -> float | None:
    """Return the first value as a number, or None."""
    found = numbers(facts, keyword)
    return found[0] if found else None


def integer(facts: Facts, keyword: str) -> int | None:
    """Return the first value as a whole number, or None."""
    found = number(facts, keyword)
    return int(found) if found is not None else None


def numbers(facts: Facts, keyword: str) -> list[float]:
    """Return all values as numbers; an empty list if any is not a finite number."""
    try:
        found = [float(value) for value in values(facts, keyword)]
    except (TypeError, ValueError):
        return []
    return found if all(abs(value) < float("inf") for value in found) else []


def items(facts: Facts, keyword: str) -> list[Facts]:
    """Return the items of a sequence."""
    return [item for item in values(facts, keyword) if isinstance(item, dict)]
