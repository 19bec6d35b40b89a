"""How much one disc may bring. docs/configuration.md tells people; these are the numbers behind it."""

from collections.abc import Sequence

from app.errors import TooLarge, Unacceptable

MAX_FILES = 50_000
MAX_DISC_BYTES = 10 << 30
MAX_FILE_BYTES = 2 << 30
MAX_PATH_LENGTH = 255
MAX_PATH_DEPTH = 32
MAX_RATIO = 100
"""How many times larger than its packed bytes something may become, once it is above ``FREE_BYTES``."""
FREE_BYTES = 10 << 20
UPLOAD_HOURS = 24
"""How long an upload may rest before it counts as abandoned, and how long a grant lasts."""

TOO_MANY_FILES = f"A disc may hold at most {MAX_FILES:,} files."
TOO_MANY_BYTES = f"A disc may hold at most {MAX_DISC_BYTES >> 30} GB."
FILE_TOO_LARGE = f"A file may be at most {MAX_FILE_BYTES >> 30} GB."
TOO_DEEP = f"This lies more than {MAX_PATH_DEPTH} folders deep."
PATH_TOO_LONG = f"Its name is longer than {MAX_PATH_LENGTH} characters."


def check_room(files: int, size: int, coming: Sequence[int], *, largest: int = MAX_FILE_BYTES) -> None:
    """Hold the sizes (bytes) of files that will come against what a disc of ``files`` and ``size`` may take.

    ``largest`` is what one file may have. Raises TooLarge, naming the limit.
    """
    if files + len(coming) > MAX_FILES:
        raise TooLarge(TOO_MANY_FILES)
    if any(each < 0 for each in coming):
        raise Unacceptable("A file cannot have less than no bytes.")
    if max(coming, default=0) > largest:
        raise TooLarge(FILE_TOO_LARGE)
    if size + sum(coming) > MAX_DISC_BYTES:
        raise TooLarge(TOO_MANY_BYTES)
