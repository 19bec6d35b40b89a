"""Comparing patients' names (PN, PS3.5 6.2.1) across case, accents, scripts and the order of their parts."""

import unicodedata
from enum import StrEnum

_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)
"""Letters that Unicode does not take apart into a base and a mark."""
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
"""How letters are spelt out where a keyboard or an old device has none."""
_KATAKANA = {ord("ァ") + step: ord("ぁ") + step for step in range(ord("ヶ") - ord("ァ") + 1)}
_DROPPED = "'’`´.·"
_SPACES = str.maketrans(dict.fromkeys("-‐‑–_,", " ") | dict.fromkeys(_DROPPED))
_NAME_COMPONENTS = 3
"""Family, given and middle name; prefix and suffix (Dr, Jr) make no other person."""


class NameLikeness(StrEnum):
    """How alike two names are."""

    SAME = "same"
    """One name, but for case, accents and punctuation."""
    SIMILAR = "similar"
    """Parts swapped or left out, or one of the scripts agrees while another differs or is missing."""
    DIFFERENT = "different"


def compare_names(a: str, b: str) -> NameLikeness:
    """Compare two names, each in DICOM's form or as people type: ``DOE^JANE``, ``Doe, Jane``, ``Jane Doe``.

    Component groups (alphabetic, ideographic, phonetic) are compared each with its own kind.
    """
    pairs = [(one, other) for one, other in zip(_groups(a), _groups(b), strict=True) if one and other]
    found = {_compare_group(one, other) for one, other in pairs}
    if found == {NameLikeness.SAME}:
        return NameLikeness.SAME
    alike = found & {NameLikeness.SAME, NameLikeness.SIMILAR}
    return NameLikeness.SIMILAR if alike else NameLikeness.DIFFERENT


def _groups(name: str) -> list[str]:
    """Return the three groups; a name typed as one group goes to the group of its script."""
    parts = [part.strip(" ^") for part in name.split("=", 2)]
    before = _place(parts[0]) if len(parts) == 1 else 0
    return ([""] * before + parts + ["", ""])[:3]


def _place(name: str) -> int:
    if any("\u3400" <= letter <= "\u9fff" for letter in name):
        return 1
    return (
        2 if any("\u3040" <= letter <= "\u30ff" or "\uac00" <= letter <= "\ud7a3" for letter in name) else 0
    )


def _compare_group(a: str, b: str) -> NameLikeness:
    spellings = [(_words(one), _words(other)) for one in _spellings(a) for other in _spellings(b)]
    if any(one == other for one, other in spellings):
        return NameLikeness.SAME
    return NameLikeness.SIMILAR if any(_similar(*pair) for pair in spellings) else NameLikeness.DIFFERENT


def _similar(one: list[str], other: list[str]) -> bool:
    """Tell whether parts are swapped, joined, or left out: two at least must be in both."""
    fewer, more = sorted((one, other), key=len)
    rest = list(more)
    for word in fewer:
        if word not in rest:
            return "".join(one) == "".join(other)
        rest.remove(word)
    return len(fewer) >= 2 or not rest


def _spellings(name: str) -> set[str]:
    """Return the name without accents, and with umlauts spelt out."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return {_without_marks(plain), _without_marks(plain.translate(_GERMAN))}


def _without_marks(name: str) -> str:
    """Drop the accents of Latin, Greek and Cyrillic; marks of other scripts are letters of their own."""
    apart = unicodedata.normalize("NFD", name.translate(_LETTERS))
    bare = "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f")
    return unicodedata.normalize("NFC", bare).translate(_KATAKANA)


def _words(name: str) -> list[str]:
    """Return the words of family, given and middle name in DICOM's order; ``Doe, Jane`` has it too."""
    if "^" not in name and "," not in name:
        return name.translate(_SPACES).split()
    components = name.replace(",", "^").split("^")[:_NAME_COMPONENTS]
    return [word for component in components for word in component.translate(_SPACES).split()]
