"""What a disc calls its files: text for people to read, never a path to open."""

import re

SHOWN_LENGTH = 1000
NO_TEXT = re.compile("[\0\ud800-\udfff]")


def shown_path(path: str) -> str:
    """Return a path as text that any database and any page can hold; what is no text becomes U+FFFD.

    A file system's names may hold bytes that are no UTF-8 (Python's surrogate escapes), an archive's NUL.
    Of very long ones the end is kept: it tells files apart.
    """
    return NO_TEXT.sub("\ufffd", path)[-SHOWN_LENGTH:]
