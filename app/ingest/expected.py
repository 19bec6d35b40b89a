"""Whether a patient found on a disc is the one whom staff expected."""

from app.dicom.identity import Identity, Likeness, compare
from app.ingest.tree import identity_of
from app.studies.models import Disc, DiscPatient

_ANY_NAME, _ANY_DATE = "Any^Name", "19700102"


def likeness(disc: Disc, patient: DiscPatient) -> Likeness:
    """Compare a patient with the expected one, by what staff gave: what they left open is no difference."""
    expected, found = expected_identity(disc), identity_of(patient)
    if not any(expected):
        return Likeness.SAME
    if not expected.name:
        expected, found = expected._replace(name=_ANY_NAME), found._replace(name=_ANY_NAME)
    if not expected.birth_date:
        expected, found = expected._replace(birth_date=_ANY_DATE), found._replace(birth_date=_ANY_DATE)
    return compare(expected, found)


def is_expected(disc: Disc, patient: DiscPatient) -> bool:
    """Tell whether a patient is surely the expected one."""
    return likeness(disc, patient) is Likeness.SAME


def expected_identity(disc: Disc) -> Identity:
    """Return what staff gave, in DICOM's form; empty where they gave nothing."""
    born = disc.expected_birth_date
    return Identity(
        name=disc.expected_name or "",
        patient_id=disc.expected_patient_id or "",
        birth_date=f"{born:%Y%m%d}" if born else "",
    )
