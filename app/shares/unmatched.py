"""An emergency release: both identities, the one expected and the one found, stand on all that it shows."""

from typing import NamedTuple

from app.shares.models import Share
from app.shares.reasons import expected_of
from app.shares.resemblance import Person
from app.studies.models import DiscPatient


class Unmatched(NamedTuple):
    """Whom staff expected (empty where they had not said), whom the images name, and whom to call."""

    expected: Person
    found: Person
    call_back: str


def unmatched(share: Share, patient: DiscPatient) -> Unmatched | None:
    """Return both identities of a share that was released undecided; None for all others."""
    if share.released_because is None:
        return None
    found = Person(patient.name, patient.birth_date, patient.patient_id)
    return Unmatched(expected_of(share.disc), found, share.call_back or "")
