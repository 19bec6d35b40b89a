"""Whether two headers speak of one patient. Cautious: to part what is one costs a click, to join two is harm.

``group`` joins only what is alike to the letter; ``compare`` tells people how alike two identities are and
forgives what devices and typists do to names.
"""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, Self

from app.dicom.agreement import Agreement, dates_agree, ids_agree, sexes_agree
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


def compare(a: Identity, b: Identity) -> Likeness:
    """Compare two identities, such as the one that staff expected with one found on a disc.

    SAME: one name and one birth date, and neither ID nor sex says otherwise; with the same ID too, parts of
    the name may be swapped or missing. DIFFERENT: nothing that typists, marriages and registrations do
    explains what differs; and whatever cannot be told.
    """
    names = compare_names(a.name, b.name)
    dates = dates_agree(a.birth_date, b.birth_date)
    ids = _ids_agree(a, b)
    if sexes_agree(a.sex, b.sex) is Agreement.NO:
        all_else = names is NameLikeness.SAME and dates is ids is Agreement.YES
        return Likeness.PROBABLY_SAME if all_else else Likeness.DIFFERENT
    if dates is Agreement.YES and _is_sure(names, ids):
        return Likeness.SAME
    return Likeness.PROBABLY_SAME if names >= _enough(dates, ids) else Likeness.DIFFERENT


def _is_sure(names: NameLikeness, ids: Agreement) -> bool:
    """Tell whether, on one birth date, nobody needs to look."""
    if ids is Agreement.YES:
        return names >= NameLikeness.SIMILAR
    return ids is Agreement.UNKNOWN and names is NameLikeness.SAME


def _enough(dates: Agreement, ids: Agreement) -> int:
    """Return how alike names must be at least, so that it is probably one person."""
    return _ENOUGH[dates].get(ids, _NEVER)


_NEVER = NameLikeness.SAME + 1
_ENOUGH: dict[Agreement, dict[Agreement, int]] = {
    Agreement.YES: {
        Agreement.YES: NameLikeness.DIFFERENT,
        Agreement.CLOSE: NameLikeness.RELATED,
        Agreement.UNKNOWN: NameLikeness.RELATED,
        Agreement.NO: NameLikeness.AKIN,
    },
    Agreement.CLOSE: {
        Agreement.YES: NameLikeness.RELATED,
        Agreement.CLOSE: NameLikeness.SIMILAR,
        Agreement.UNKNOWN: NameLikeness.SIMILAR,
    },
    Agreement.UNKNOWN: {
        Agreement.YES: NameLikeness.AKIN,
        Agreement.CLOSE: NameLikeness.SIMILAR,
        Agreement.UNKNOWN: NameLikeness.SIMILAR,
    },
    Agreement.NO: {Agreement.YES: NameLikeness.SIMILAR},
}
"""By what the birth dates say, then by what the IDs say; what is not listed is never enough."""


def _ids_agree(a: Identity, b: Identity) -> Agreement:
    """Compare IDs; those of two issuers say nothing about each other."""
    if a.issuer and b.issuer and a.issuer.casefold() != b.issuer.casefold():
        return Agreement.UNKNOWN
    return ids_agree(a.patient_id, b.patient_id)
