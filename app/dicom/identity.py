"""Whether two headers speak of one patient. Cautious: to part what is one costs a click, to join two is harm.

``group`` joins only what is alike to the letter; ``compare`` tells people how alike two identities are and
forgives what devices and typists do to names.
"""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, Self

from app.dicom.dicomjson import Facts, text
from app.dicom.names import NameLikeness, compare_names


class Identity(NamedTuple):
    """Who a header says the patient is, as written there: PN, LO, LO, DA, CS (PS3.3 C.7.1.1)."""

    name: str = ""
    patient_id: str = ""
    issuer: str = ""
    birth_date: str = ""
    sex: str = ""

    @classmethod
    def from_facts(cls, facts: Facts) -> Self:
        """Read the identity of an instance."""
        return cls(
            name=text(facts, "PatientName").rstrip("^= "),
            patient_id=text(facts, "PatientID"),
            issuer=text(facts, "IssuerOfPatientID"),
            birth_date=text(facts, "PatientBirthDate"),
            sex=text(facts, "PatientSex").upper(),
        )


def group(identities: Iterable[Identity]) -> list[list[Identity]]:
    """Part identities into patients: same ID, issuer and name exactly; birth date and sex must not conflict.

    A blank birth date or sex joins the one patient that it fits; where it fits several it stays apart. Each
    patient's identities come with the fullest first. The order of what is given changes nothing.
    """
    alike: dict[tuple[str, str, str], set[Identity]] = defaultdict(set)
    for identity in identities:
        alike[identity.patient_id, identity.issuer, identity.name].add(identity)
    return [patient for key in sorted(alike) for patient in _part(alike[key])]


def _part(alike: set[Identity]) -> list[list[Identity]]:
    """Part identities that differ in birth date and sex only."""
    patients: list[list[Identity]] = []
    for one in sorted(alike, key=lambda who: (-_filled(who), who.birth_date, who.sex)):
        fitting = [patient for patient in patients if all(_fits(one, other) for other in patient)]
        if len(fitting) == 1:
            fitting[0].append(one)
        else:
            patients.append([one])
    return patients


def _filled(who: Identity) -> int:
    return bool(who.birth_date) + bool(who.sex)


def _fits(one: Identity, other: Identity) -> bool:
    dates_fit = not one.birth_date or not other.birth_date or one.birth_date == other.birth_date
    return dates_fit and (not one.sex or not other.sex or one.sex == other.sex)


class Likeness(StrEnum):
    """How alike two identities are. Only SAME may pass without a person."""

    SAME = "same"
    PROBABLY_SAME = "probably_same"
    DIFFERENT = "different"


class _Agreement(StrEnum):
    YES = "yes"
    UNKNOWN = "unknown"
    NO = "no"


def compare(a: Identity, b: Identity) -> Likeness:
    """Compare two identities, such as the one that staff expected with one found on a disc.

    SAME: one name (case and accents aside) and one birth date, and neither ID nor sex says otherwise.
    DIFFERENT: birth dates or sexes conflict, or the names are strangers; and whatever cannot be told.
    """
    dates = _agree(_digits(a.birth_date), _digits(b.birth_date))
    ids = _ids_agree(a, b)
    if _Agreement.NO in (dates, _sexes_agree(a.sex, b.sex)):
        return Likeness.DIFFERENT
    names = compare_names(a.name, b.name)
    if names is NameLikeness.SAME and dates is _Agreement.YES and ids is not _Agreement.NO:
        return Likeness.SAME
    if names in (NameLikeness.SAME, NameLikeness.SIMILAR):
        strangers = ids is _Agreement.NO and dates is not _Agreement.YES
        return Likeness.DIFFERENT if strangers else Likeness.PROBABLY_SAME
    both_agree = ids is _Agreement.YES and dates is _Agreement.YES
    return Likeness.PROBABLY_SAME if both_agree else Likeness.DIFFERENT


def _agree(one: str, other: str) -> _Agreement:
    if not one or not other:
        return _Agreement.UNKNOWN
    return _Agreement.YES if one == other else _Agreement.NO


def _ids_agree(a: Identity, b: Identity) -> _Agreement:
    """Compare IDs; those of two issuers say nothing about each other."""
    if a.issuer and b.issuer and a.issuer.casefold() != b.issuer.casefold():
        return _Agreement.UNKNOWN
    return _agree(a.patient_id.strip().casefold(), b.patient_id.strip().casefold())


def _sexes_agree(one: str, other: str) -> _Agreement:
    """Compare sexes; O and blank conflict with nothing (PS3.3 C.7.1.1)."""
    agreement = _agree(one, other)
    return agreement if {one, other} == {"M", "F"} or agreement is not _Agreement.NO else _Agreement.UNKNOWN


def _digits(date: str) -> str:
    """Return a date's digits, as ACR-NEMA wrote dates with dots: 1970.01.02."""
    return "".join(filter(str.isdigit, date))
