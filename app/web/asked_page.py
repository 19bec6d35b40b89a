"""Which page of a list an address names, and by which words it was searched."""

from werkzeug.datastructures import MultiDict

LONGEST_SEARCH = 200
LAST = 100_000
"""No list is longer; numbers beyond are nothing that a database counts."""


def asked_page(asked: MultiDict[str, str]) -> int:
    """Return the page's number, from 1; what is no number means the first."""
    return min(max(1, asked.get("page", 1, int)), LAST)


def asked_words(asked: MultiDict[str, str]) -> str:
    """Return what was typed to search for."""
    return asked.get("q", "").strip()[:LONGEST_SEARCH]
