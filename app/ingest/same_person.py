"""Whoever sends a disc may say why the people on it are one: asked once, before sending, and not again.

It is heard only for what they saw: when the server finds somebody else in the files, it asks.
"""

from collections.abc import Iterable, Sequence

from app.dicom.identity import Identity
from app.ingest.tree import identity_of
from app.studies.models import Disc, DiscPatient

MOST_PEOPLE = 100


def note(disc: Disc, because: str, people: Sequence[Identity], user_id: str) -> None:
    """Keep why ``user_id``, who saw these identities in the headers, says that they are one person."""
    disc.same_person = {
        "because": because,
        "by": user_id,
        "people": [list(_telling(who)) for who in people[:MOST_PEOPLE]],
    }


def said(disc: Disc) -> str:
    """Return the reason that was given before sending; empty when there is none."""
    return str((disc.same_person or {}).get("because", ""))


def said_by(disc: Disc) -> str | None:
    """Return the id of the user who gave it."""
    return (disc.same_person or {}).get("by")


def was_said_of(disc: Disc, patients: Iterable[DiscPatient]) -> bool:
    """Tell whether the reason was given with all of these patients in view, just as the files name them."""
    seen = {tuple(who) for who in (disc.same_person or {}).get("people", [])}
    found = {_telling(identity_of(patient)) for patient in patients}
    return bool(found) and found <= seen


def _telling(who: Identity) -> tuple[str, str, str]:
    """Return what tells people apart, so that an issuer or a sex named in some files only changes nothing."""
    return who.name, who.patient_id, who.birth_date
