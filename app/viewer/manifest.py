"""Everything the viewer must know of a share before its first byte of pixels: one document, sent in the page.

The names are those of the product's contract with outside tools; more keys than it lists are for our viewer.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.shares.models import Right, Share
from app.shares.notes import notes_of
from app.shares.resemblance import Person
from app.shares.unmatched import unmatched
from app.studies.models import Disc, DiscPatient
from app.viewer import names, noted
from app.viewer.reduced import is_reduced
from app.viewer.seen import Seen, html_safe, seen


class Manifest(NamedTuple):
    """``head`` is made for every request; ``seen`` once for a version of the share."""

    head: dict[str, Any]
    seen: Seen

    @property
    def text(self) -> str:
        """Return the whole document as JSON that may stand inside a script element."""
        return f"{html_safe(self.head)[:-1]},{self.seen.text}}}"


def manifest(
    session: Session, share: Share, organisation: Organisation, rights: Collection[Right], now: datetime
) -> Manifest:
    """Return the manifest of a share at ``now`` for a visitor with ``rights``.

    It takes few queries, however many instances there are.
    """
    reduced = is_reduced(organisation, rights)
    here = seen(session, share, may_download=Right.DOWNLOAD in rights, reduced=reduced)
    patient = session.get_one(DiscPatient, here.patient_id) if here.patient_id else None
    disc = session.get_one(Disc, share.disc_id)
    head = {
        "share_id": share.id,
        "expires_at": share.expires_at.isoformat(),
        "made_at": now.isoformat(),
        "allow": sorted(rights),
        "organisation": {
            "name": organisation.name,
            "telephone": organisation.telephone,
            "measuring": organisation.measuring and not reduced,
            "reslicing": organisation.reslicing and not reduced,
        },
        "reduced": reduced,
        "patient": _patient(patient) if patient else None,
        "unmatched": _unmatched(share, patient) if patient else None,
        "counts": {
            "images": here.images,
            "shown": here.shown,
            "pending": here.pending,
            "missing": len(disc.missing),
        },
        "first": here.first,
    }
    if not reduced:  # marks lie on exact pictures
        head["notes"] = [noted.entry(note) for note in notes_of(session, share.id)]
    return Manifest(head, here)


def _patient(patient: DiscPatient) -> dict[str, Any]:
    """Return who is seen: as staff corrected it, and then also as the images have it."""
    said = Person(
        patient.corrected_name or patient.name,
        patient.corrected_birth_date or patient.birth_date,
        patient.corrected_patient_id or patient.patient_id,
    )
    found = Person(patient.name, patient.birth_date, patient.patient_id)
    return {**_person(said), "sex": patient.sex, "in_images": _person(found) if found != said else None}


def _unmatched(share: Share, patient: DiscPatient) -> dict[str, Any] | None:
    """Return both identities of an emergency release; they stand on every image."""
    both = unmatched(share, patient)
    if both is None:
        return None
    expected = _person(both.expected) if any(both.expected) else None
    return {"expected": expected, "found": _person(both.found), "call_back": both.call_back}


def _person(who: Person) -> dict[str, Any]:
    return {
        "name": names.spoken(who.name),
        "birth_date": names.iso_date(who.birth_date),
        "patient_id": who.patient_id,
    }
