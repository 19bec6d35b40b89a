"""Whom a disc's DICOMDIRs name, held against whom its files name."""

from typing import Any

from app.dicom.identity import Identity, Likeness, compare
from app.ingest.names import plain
from app.ingest.tree import identity_of
from app.studies.models import Disc, DiscPatient

Claim = dict[str, Any]


def claim(who: Identity) -> Claim:
    """Return a DICOMDIR's patient as a disc's row keeps it."""
    return {
        "name": plain(who.name),
        "patient_id": plain(who.patient_id),
        "birth_date": plain(who.birth_date, 16),
    }


def contradicting(disc: Disc, patients: list[DiscPatient]) -> list[Claim]:
    """Return the DICOMDIR's patients that resemble nobody in the files."""
    found = [identity_of(patient) for patient in patients]
    return [said for said in disc.directory_patients if not any(_may_be(said, who) for who in found)]


def _may_be(said: Claim, who: Identity) -> bool:
    """Tell whether a record, which often lacks the birth date, may mean ``who``."""
    named = Identity(said["name"], said["patient_id"], "", said["birth_date"] or who.birth_date)
    return (named.name, named.patient_id) == who[:2] or compare(named, who) is not Likeness.DIFFERENT
