"""Staff's own words in the log: a reason lasts for years, and names nobody whose images are gone by then."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shares.resemblance import Person, blanked
from app.studies.models import Disc, DiscPatient


def lasting_reason(session: Session, disc: Disc, because: str) -> str:
    """Return a reason as it may outlive the disc: without what names those on it, or whom staff expected."""
    of_disc = session.scalars(select(DiscPatient).where(DiscPatient.disc_id == disc.id))
    claimed = [
        Person(one.get("name") or "", one.get("birth_date") or "", one.get("patient_id") or "")
        for one in disc.directory_patients
    ]
    return blanked(because.strip(), [*map(person_of, of_disc), expected_of(disc), *claimed])


def person_of(patient: DiscPatient) -> Person:
    """Return whom nothing that strangers read may tell of: by both names, if staff corrected one."""
    corrected = patient.corrected_name
    name = f"{patient.name} {corrected}" if corrected else patient.name
    return Person(name, patient.birth_date, patient.patient_id)


def expected_of(disc: Disc) -> Person:
    """Return whom staff expected on a disc; empty where they said nothing."""
    born = disc.expected_birth_date
    return Person(
        disc.expected_name or "", born.strftime("%Y%m%d") if born else "", disc.expected_patient_id or ""
    )
