"""Why a disc needs a decision, in sentences. What the disc says is shown as text, whatever it holds."""

from typing import Any

from markupsafe import Markup, escape

from app.ingest.review import SEVERAL_PATIENTS, STUDY_UNDER_TWO, UID_COLLISION, UNEXPECTED
from app.studies.models import Disc
from app.studies.overview import PatientLine
from app.web.texts import _, ngettext
from app.web.words import birth, day, person


def review_words(reason: dict[str, Any], disc: Disc, patients: list[PatientLine]) -> str:
    """Return one reason as ``app.ingest.review`` keeps it, as a sentence that says what to do."""
    code, count = reason.get("code"), int(reason.get("count", 0))
    if code == UNEXPECTED:
        return _unexpected(set(reason.get("patient_keys", [])), disc, patients)
    if code == SEVERAL_PATIENTS:
        return _(
            "This disc holds %(number)s patients. Keep whose disc it is; leave the others out.", number=count
        )
    if code == STUDY_UNDER_TWO:
        return _("One study stands under two patients. Check whose it is before you keep either.")
    if code == UID_COLLISION:
        return ngettext(
            "One image has the number of another image, but is not the same. Both are kept; compare the "
            "series marked “conflict”.",
            "%(num)s images have the numbers of other images, but are not the same. All are kept; compare "
            "the series marked “conflict”.",
            count,
        )
    return _("Somebody must look at this disc before it can be shared.")


def _unexpected(keys: set[str], disc: Disc, patients: list[PatientLine]) -> str:
    found = [
        _said(person(line.patient.name), birth(line.patient.birth_date), line.patient.patient_id)
        for line in patients
        if line.patient.id in keys
    ]
    expected = _said(disc.expected_name, day(disc.expected_birth_date), disc.expected_patient_id)
    return escape(_("This disc says {found}. You expected {expected}. Stop; check the label.")).format(
        found=Markup("; ").join(found), expected=expected
    )


def _said(*parts: str | None) -> Markup:
    return Markup("<strong>{}</strong>").format(", ".join(part for part in parts if part))
