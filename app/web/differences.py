"""Two identities set side by side: what differs, letter by letter, and in words."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from app.dicom.agreement import Agreement, dates_agree, ids_agree
from app.dicom.identity import Identity, Likeness
from app.dicom.names import NameLikeness, compare_names
from app.dicom.spelling import spellings
from app.ingest.expected import expected_identity, likeness
from app.ingest.tree import identity_of
from app.studies.models import Disc, DiscPatient
from app.web.states import Said
from app.web.texts import _
from app.web.words import birth, person

_WORDS = re.compile(r"[^\W_]+|[\W_]+")
_CLOSE_ENOUGH = 0.5
_MOST_LETTERS = 200


class Piece(NamedTuple):
    """Some letters that are alike on both sides, or differ."""

    text: str
    differs: bool


class Line(NamedTuple):
    """One identifier on both sides. ``kind`` and ``icon`` are as states have them."""

    name: str
    expected: list[Piece]
    found: list[Piece]
    kind: str
    icon: str
    words: str


class Beside(NamedTuple):
    """A patient of the disc beside the expected one, with a verdict."""

    verdict: Said
    lines: list[Line]


def beside(disc: Disc, patient: DiscPatient) -> Beside | None:
    """Set a patient beside whom staff expected; None where they expected nobody in particular."""
    expected, found = expected_identity(disc), identity_of(patient)
    if not any(expected):
        return None
    lines = [
        _line(_("Name"), _said_name(expected.name), _said_name(found.name), _names(expected, found)),
        _line(_("Birth date"), _date(expected.birth_date), _date(found.birth_date), _dates(expected, found)),
        _line(_("ID"), expected.patient_id, found.patient_id, _ids(expected, found)),
    ]
    return Beside(_verdict(likeness(disc, patient)), lines)


def pieces(shown: str, other: str) -> list[Piece]:
    """Return ``shown`` in pieces: letters that ``other`` lacks differ, whatever the order of words."""
    theirs = [word for word in _WORDS.findall(other[:_MOST_LETTERS]) if word[0].isalnum()]
    found: list[Piece] = []
    for word in _WORDS.findall(shown[:_MOST_LETTERS]):
        found += _word_pieces(word, theirs) if word[0].isalnum() else [Piece(word, False)]
    return found


def _word_pieces(word: str, theirs: Sequence[str]) -> list[Piece]:
    plain = spellings(word)
    if any(plain & spellings(other) for other in theirs):
        return [Piece(word, False)]
    matchers = [SequenceMatcher(None, word.casefold(), other.casefold(), autojunk=False) for other in theirs]
    best = max(matchers, key=lambda matcher: matcher.ratio(), default=None)
    if best is None or best.ratio() < _CLOSE_ENOUGH or len(word.casefold()) != len(word):
        return [Piece(word, True)]
    return [
        Piece(word[start:end], tag != "equal")
        for tag, start, end, *_rest in best.get_opcodes()
        if end > start
    ]


def _line(name: str, expected: str, found: str, said: Said) -> Line:
    if said.kind == "good" or not expected or not found:
        return Line(name, [Piece(expected, False)], [Piece(found, False)], *said)
    return Line(name, pieces(expected, found), pieces(found, expected), *said)


def _said_name(name: str) -> str:
    return person(name) if name else ""


def _date(text: str) -> str:
    return birth(text) if text else ""


def _verdict(found: Likeness) -> Said:
    return {
        Likeness.SAME: Said("good", "check", _("This is the person you expected")),
        Likeness.PROBABLY_SAME: Said("warn", "decide", _("Probably the person you expected: check")),
        Likeness.DIFFERENT: Said("stop", "stopped", _("A different person")),
    }[found]


def _names(expected: Identity, found: Identity) -> Said:
    if not expected.name:
        return _not_said()
    if not found.name:
        return Said("warn", "decide", _("The images have none"))
    return {
        NameLikeness.SAME: Said("good", "check", _("Same name")),
        NameLikeness.SIMILAR: Said("warn", "decide", _("Same words, in another order or not all of them")),
        NameLikeness.AKIN: Said("warn", "decide", _("Nearly the same: compare every letter")),
        NameLikeness.RELATED: Said("warn", "decide", _("Same first name, another family name")),
        NameLikeness.DIFFERENT: Said("stop", "failed", _("Another name")),
    }[compare_names(expected.name, found.name)]


def _dates(expected: Identity, found: Identity) -> Said:
    words = {
        Agreement.YES: _("Same date"),
        Agreement.CLOSE: _("One digit differs, or day and month are swapped"),
        Agreement.UNKNOWN: _("The images have none"),
        Agreement.NO: _("Another date"),
    }
    return _agreement(expected.birth_date, dates_agree(expected.birth_date, found.birth_date), words)


def _ids(expected: Identity, found: Identity) -> Said:
    words = {
        Agreement.YES: _("Same ID"),
        Agreement.CLOSE: _("Nearly the same: compare every digit"),
        Agreement.UNKNOWN: _("The images have none"),
        Agreement.NO: _("Another ID: it may be another hospital's"),
    }
    return _agreement(expected.patient_id, ids_agree(expected.patient_id, found.patient_id), words)


def _agreement(expected: str, agreement: Agreement, words: dict[Agreement, str]) -> Said:
    if not expected:
        return _not_said()
    kind, icon = {
        Agreement.YES: ("good", "check"),
        Agreement.CLOSE: ("warn", "decide"),
        Agreement.UNKNOWN: ("warn", "decide"),
        Agreement.NO: ("stop", "failed"),
    }[agreement]
    return Said(kind, icon, words[agreement])


def _not_said() -> Said:
    return Said("calm", "ended", _("You did not say"))
