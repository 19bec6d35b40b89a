"""A stranger's words: text for people to read, never a path to open."""

import re

SHOWN_LENGTH = 1000
NO_TEXT = re.compile("[\0\ud800-\udfff]")


def plain(text: str, longest: int = SHOWN_LENGTH) -> str:
    """Return text that any database and any page can hold; what is no character becomes U+FFFD."""
    return NO_TEXT.sub("\ufffd", text)[:longest]


def shown_path(path: str) -> str:
    """Return a path as text.

    A file system's names may hold bytes that are no UTF-8 (Python's surrogate escapes), an archive's NUL.
    Of very long ones the end is kept: it tells files apart.
    """
    return plain(path[-SHOWN_LENGTH:])
