"""Comparing patients' names (PN, PS3.5 6.2.1) across case, accents, scripts, order, slips and short forms."""

from collections.abc import Sequence
from enum import IntEnum

from app.dicom.name_words import Words, words_of
from app.dicom.spelling import spellings
from app.dicom.word_likeness import all_match, edits

_IDEOGRAPHIC, _PHONETIC = 1, 2
_LONG = 8


class NameLikeness(IntEnum):
    """How alike two names are; the higher, the more."""

    DIFFERENT = 0
    RELATED = 1
    """A given name in common, as after a marriage."""
    AKIN = 2
    """A typing slip, an initial, a short form or another transcription; or another script says otherwise."""
    SIMILAR = 3
    """The same words swapped, joined, or with some left out."""
    SAME = 4
    """One name, but for case, accents, titles and punctuation."""


def compare_names(a: str, b: str) -> NameLikeness:
    """Compare two names, each in DICOM's form or as people type: ``DOE^JANE``, ``Doe, Jane``, ``Jane Doe``.

    Component groups (alphabetic, ideographic, phonetic) are compared each with its own kind. Where one says
    another person, no other makes it more than AKIN: one transcription stands for many names.
    """
    found = [
        _compare_groups(one, other, script)
        for script, (one, other) in enumerate(zip(_groups(a), _groups(b), strict=True))
        if one and other
    ]
    if not found:
        return NameLikeness.DIFFERENT
    best, worst = max(found), min(found)
    if best == worst:
        return best
    return min(best, NameLikeness.SIMILAR if worst >= NameLikeness.AKIN else NameLikeness.AKIN)


def _groups(name: str) -> list[str]:
    """Return the three groups; a name typed as one group goes to the group of its script."""
    parts = [part.strip(" ^") for part in name.split("=", 2)]
    before = _script(parts[0]) if len(parts) == 1 else 0
    return ([""] * before + parts + ["", ""])[:3]


def _script(name: str) -> int:
    if any("\u3400" <= letter <= "\u9fff" for letter in name):
        return _IDEOGRAPHIC
    phonetic = any("\u3040" <= letter <= "\u30ff" or "\uac00" <= letter <= "\ud7a3" for letter in name)
    return _PHONETIC if phonetic else 0


def _compare_groups(a: str, b: str, script: int) -> NameLikeness:
    ours, theirs = ([words_of(name) for name in spellings(group)] for group in (a, b))
    return max(_compare_words(one, other, script) for one in ours for other in theirs)


def _compare_words(one: Words, other: Words, script: int) -> NameLikeness:
    fewer, more = sorted((one.words, other.words), key=len)
    if not fewer:
        return NameLikeness.DIFFERENT
    if one.words == other.words or (script and one.joined == other.joined):
        found = NameLikeness.SAME
    elif one.joined == other.joined or _all_there(fewer, more):
        found = NameLikeness.SIMILAR
    elif all_match(one.words, other.words) or _joined_amiss(one, other):
        found = NameLikeness.AKIN
    else:
        found = NameLikeness.RELATED if _given_in_common(one, other) else NameLikeness.DIFFERENT
    generations = {one.generation, other.generation} - {""}
    return min(found, NameLikeness.AKIN) if len(generations) > 1 else found


def _all_there(fewer: Sequence[str], more: Sequence[str]) -> bool:
    """Tell whether parts are only swapped or left out: two at least are in both."""
    rest = list(more)
    for word in fewer:
        if word not in rest:
            return False
        rest.remove(word)
    return not rest or len(fewer) >= 2


def _given_in_common(one: Words, other: Words) -> bool:
    """Tell whether both have a word that is the family's in neither."""
    return any(
        len(word) > 1 and word not in one.family | other.family for word in {*one.words} & {*other.words}
    )


def _joined_amiss(one: Words, other: Words) -> bool:
    """Tell whether words were joined or parted with a slip: ``van den Berg``, ``Vandenburg``."""
    parted = len(one.words) != len(other.words)
    return (
        parted and min(len(one.joined), len(other.joined)) >= _LONG and edits(one.joined, other.joined) == 1
    )
