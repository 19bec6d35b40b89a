"""Whether words that strangers may read, or a PIN, give the patient away.

The reference stands on the link page before any PIN; a birth date is the first PIN a relative tries.
"""

import re
import unicodedata
from typing import NamedTuple

SHORTEST_NAME, SHORTEST_ID = 3, 4


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


def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in spread if not unicodedata.combining(c))
