"""Whether words that strangers may read, or a PIN, give the patient away.

The reference stands on the link page before any PIN; a birth date is the first PIN a relative tries.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

SHORTEST_NAME, SHORTEST_ID = 3, 4
BLANK = "[…]"


class Person(NamedTuple):
    """Who must not be recognised: name as in PS3.5 6.2 (PN) or plain words, birth date as YYYYMMDD."""

    name: str
    birth_date: str
    patient_id: str


def resembles(text: str, person: Person) -> bool:
    """Tell whether ``text`` holds a part of the person's name, their birth date or their ID."""
    plain, letters = _plain(text), re.sub(r"[\W_]", "", _plain(text))
    words = set(re.findall(r"\w+", plain))
    names = {name for name in re.findall(r"[^\W\d_]+", _plain(person.name)) if len(name) >= SHORTEST_NAME}
    patient_id = re.sub(r"[\W_]", "", _plain(person.patient_id))
    return (
        bool(names & words)
        or (len(patient_id) >= SHORTEST_ID and patient_id in letters)
        or holds_birth_date(text, person.birth_date)
    )


def holds_birth_date(text: str, birth_date: str) -> bool:
    """Tell whether the digits of ``text`` hold ``birth_date`` (YYYYMMDD) in any usual order."""
    digits = re.sub(r"\D", "", text)
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", birth_date)
    if not found:
        return False
    year, month, day = found.groups()
    return any(form in digits for form in (year + month + day, day + month + year, month + day + year))


def blanked(text: str, people: Iterable[Person]) -> str:
    """Return ``text`` with ``[…]`` for each word that gives one of ``people`` away.

    That is a part of a name from two letters on, what holds an ID or a number of one, or the year of a birth.
    A name that is written in other ways than the ones given stays.
    """
    everybody = list(people)
    names = {name for one in everybody for name in re.findall(r"[^\W\d_]{2,}", _plain(one.name))}
    unspaced = [name for name in names if not name.isascii()]  # such as ideographs, within a sentence
    ids = {re.sub(r"[\W_]", "", _plain(one.patient_id)) for one in everybody}
    ids |= {number for one in everybody for number in re.findall(r"\d+", one.patient_id)}
    tell = [id_ for id_ in ids if len(id_) >= SHORTEST_ID]
    tell += [one.birth_date[:4] for one in everybody if len(one.birth_date) >= len("YYYY")]

    def word(found: re.Match[str]) -> str:
        plain = _plain(found[0])
        letters = re.sub(r"[\W_]", "", plain)
        named = not names.isdisjoint(re.findall(r"[^\W\d_]+", plain))
        return BLANK if named or any(one in letters for one in (*tell, *unspaced)) else found[0]

    return re.sub(r"\S+", word, text)


def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in spread if not unicodedata.combining(c))
