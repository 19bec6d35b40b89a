"""The words of a name: which belong to the family, and which are no name at all (Dr, Jr)."""

from typing import NamedTuple

from app.dicom.name_tables import TABLES

_DROPPED = "'’`´.·"
_SPACES = str.maketrans(dict.fromkeys("-‐‑–_,/()", " ") | dict.fromkeys(_DROPPED))
_NAME_COMPONENTS = 3
"""Family, given and middle name; a prefix makes no other person (PS3.5 6.2.1)."""
_SUFFIX = 4
_MOST_WORDS, _LONGEST_WORD = 8, 24
"""Bounds on what a stranger's header makes us compare."""
_GENERATIONS: dict[str, str] = TABLES["generations"]
_TITLES = frozenset(TABLES["titles"])


class Words(NamedTuple):
    """A name taken apart. ``generation`` tells father and son of one name apart: jr, sr, ii, or nothing."""

    words: tuple[str, ...]
    family: frozenset[str]
    generation: str

    @property
    def joined(self) -> str:
        """All words as one."""
        return "".join(self.words)


def words_of(name: str) -> Words:
    """Return the words of family, given and middle name in DICOM's order; ``Doe, Jane`` has it too.

    As people type it, the last word is the family's.
    """
    if "^" in name or "," in name:
        parts = [_split(part) for part in name.replace(",", "^").split("^")]
        family, rest = parts[0], [word for part in parts[1:_NAME_COMPONENTS] for word in part]
        suffix = parts[_SUFFIX] if len(parts) > _SUFFIX else []
    else:
        typed = _split(name)
        names = [word for word in typed if not _is_no_name(word)]
        family, rest, suffix = names[-1:], typed, []
    every = [*family, *rest] if "^" in name or "," in name else rest
    kept = [word for word in every if not _is_no_name(word)] or every
    generation = next((_GENERATIONS[word] for word in (*every, *suffix) if word in _GENERATIONS), "")
    return Words(tuple(kept[:_MOST_WORDS]), frozenset(family), generation)


def _is_no_name(word: str) -> bool:
    return word in _TITLES or word in _GENERATIONS


def _split(text: str) -> list[str]:
    return [word[:_LONGEST_WORD] for word in text.translate(_SPACES).split()]
