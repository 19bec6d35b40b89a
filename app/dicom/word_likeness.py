"""Whether two words may be one name: a typing slip, an initial, a short form, another transcription."""

import re
from collections.abc import Sequence
from enum import IntEnum

from app.dicom.name_tables import TABLES

_LONG, _LONGER = 4, 8
"""From so many letters on one slip is forgiven, and two."""
_SHORTEST_CUT = 5
_FEWEST_CONSONANTS = 3
_SHORT_FORMS = [frozenset(line.split()) for line in TABLES["short_forms"]]
_SOUNDS = [(re.compile(written), sound) for written, sound in TABLES["sounds"]]
_VOWELS = re.compile("[aeiouh]")
_TWICE = re.compile(r"(.)\1+")


class Match(IntEnum):
    """How one word stands for another."""

    NONE = 0
    SHORT = 1
    SLIP = 2
    EXACT = 3


def match(one: str, other: str) -> Match:
    """Tell how ``one`` may stand for ``other``; both plain, in small letters."""
    if one == other:
        return Match.EXACT
    if is_slip(one, other) or _is_cut(one, other) or _sound_alike(one, other):
        return Match.SLIP
    initial = min(len(one), len(other)) == 1 and one[0] == other[0]
    if initial or any({one, other} <= forms for forms in _SHORT_FORMS):
        return Match.SHORT
    return Match.NONE


def all_match(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether every word of the shorter name stands for one of the longer, and one of them surely."""
    fewer, more = sorted((one, other), key=len)
    return _each_matches(fewer, more) or (len(fewer) == len(more) and _each_matches(more, fewer))


def _each_matches(fewer: Sequence[str], more: Sequence[str]) -> bool:
    rest, found = list(more), []
    for word in sorted(fewer, key=lambda word: (word not in rest, -len(word))):
        best = max(rest, key=lambda other: match(word, other))
        found.append(match(word, best))
        if found[-1] == Match.NONE:
            return False
        rest.remove(best)
    return len(found) > 1 and (max(found) == Match.EXACT or min(found) == Match.SLIP)


def is_slip(one: str, other: str) -> bool:
    """Tell whether a typing slip or two, by length, turn one word into the other: none in short ones."""
    shorter = min(len(one), len(other))
    allowed = 0 if shorter < _LONG else 1 if shorter < _LONGER else 2
    return allowed > 0 and abs(len(one) - len(other)) <= allowed and edits(one, other) <= allowed


def edits(one: str, other: str) -> int:
    """Return how many letters to add, drop, change or swap with their neighbour turn one into the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _is_cut(one: str, other: str) -> bool:
    """Tell whether one is the other's beginning, as devices with short fields leave it."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _SHORTEST_CUT and longer.startswith(shorter)


def _sound_alike(one: str, other: str) -> bool:
    """Tell whether two transcriptions may be of one word: Youssef and Yusuf, Mohamed and Muhammad."""
    a, b = _smooth(one), _smooth(other)
    if a == b or is_slip(a, b):
        return True
    skeleton = _VOWELS.sub("", a)
    return len(skeleton) >= _FEWEST_CONSONANTS and _TWICE.sub(r"\1", skeleton) == _TWICE.sub(
        r"\1", _VOWELS.sub("", b)
    )


def _smooth(word: str) -> str:
    """Return a word as it sounds, roughly, each letter once in a row."""
    for written, sound in _SOUNDS:
        word = written.sub(sound, word)
    return _TWICE.sub(r"\1", word)
