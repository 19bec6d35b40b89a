"""Why pictures are not shown, or not whole, in the visitor's language.

The sentences are kept in English, numbers filled in, one after the other where there are several.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from app.dicom.unshown import SENTENCES
from app.viewer.pictures import NO_REASON, PENDING

ALL = (*dict.fromkeys(SENTENCES), PENDING, NO_REASON)
LAST_CLAUSE = re.compile(r"(;|\.(?= ))[^;.]*\.$")
"""Where each sentence, in each language, says that there is something to download."""
THIN_SPACE = "\u202f"
"""Between thousands: read alike in every language, where commas and points are not."""


def told(studies: list[dict[str, Any]]) -> set[str]:
    """Return the reasons and notes in the studies of a manifest."""
    return set(_told(studies))


def _told(studies: list[dict[str, Any]]) -> Iterator[str]:
    for study in studies:
        for series in study["series"]:
            for entry in series["instances"]:
                yield from filter(None, (entry["reason"], entry["note"]))


def translated(text: str, speak: Callable[[str], str], *, downloads: bool = True) -> str:
    """Return reasons or notes as ``speak`` has them; what it does not know stays English.

    To who may not download it is not said that the original can be.
    """
    for pattern, sentence in _patterns():
        if found := pattern.search(text):
            numbers = {name: value.replace(",", THIN_SPACE) for name, value in found.groupdict().items()}
            said = speak(sentence)
            whole = said.format(**numbers) if said != sentence else found[0]
            hidden = not downloads and "downloaded" in sentence
            text = text.replace(found[0], LAST_CLAUSE.sub(".", whole) if hidden else whole)
    return text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[\\d,]+)", re.escape(sentence))), sentence)
        for sentence in ALL
    ]
