"""Why a disc needs a decision, in sentences. What the disc says is shown as text, whatever it holds."""

from typing import Any

from markupsafe import Markup, escape

from app.ingest.review import (
    DIRECTORY_SAYS_OTHERWISE,
    SEVERAL_PATIENTS,
    STOPPED_BEFORE,
    STUDY_UNDER_TWO,
    TWO_BIRTH_DATES,
    UID_COLLISION,
    UNEXPECTED,
)
from app.studies.birth_date import WRONG_BIRTH_DATE
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
    if code == DIRECTORY_SAYS_OTHERWISE:
        return _index_says(reason.get("patients", []))
    if code in PLAIN:
        return PLAIN[code]()
    if code == UID_COLLISION:
        return ngettext(
            "One image has the number of another image, but is not the same. Both are kept; compare the "
            "series marked “conflict”.",
            "%(num)s images have the numbers of other images, but are not the same. All are kept; compare "
            "the series marked “conflict”.",
            count,
        )
    return _("Somebody must look at this disc before it can be shared.")


PLAIN = {
    STUDY_UNDER_TWO: lambda: _(
        "One study stands under two patients. Check whose it is before you keep either."
    ),
    STOPPED_BEFORE: lambda: _(
        "These images were on a disc that was stopped as the wrong patient. Keep them only if you know whose "
        "they are."
    ),
    TWO_BIRTH_DATES: lambda: _("One patient ID has two birth dates on this disc. One of them is wrong."),
    WRONG_BIRTH_DATE: lambda: _(
        "The birth date typed before sharing was wrong three times. Compare the disc with an ID or the order."
    ),
}


def discs_in_question(disc: Disc) -> list[str]:
    """Return the ids of other discs for which this one needs a decision."""
    return [id_ for reason in disc.review_reasons for id_ in reason.get("disc_ids", [])]


def _index_says(patients: list[dict[str, Any]]) -> str:
    named = [
        _said(person(one.get("name")), day(one.get("birth_date")), one.get("patient_id")) for one in patients
    ]
    return escape(_("The disc's own index says {named}. The images say somebody else.")).format(
        named=Markup("; ").join(named)
    )


def _unexpected(keys: set[str], disc: Disc, patients: list[PatientLine]) -> str:
    found = [
        _said(person(line.patient.name), birth(line.patient.birth_date), line.patient.patient_id)
        for line in patients
        if line.patient.id in keys
    ]
    expected = _said(
        disc.expected_name and person(disc.expected_name),
        day(disc.expected_birth_date),
        disc.expected_patient_id,
    )
    return escape(_("This disc says {found}. You expected {expected}. Stop; check the label.")).format(
        found=Markup("; ").join(found), expected=expected
    )


def _said(*parts: str | None) -> Markup:
    return Markup("<strong>{}</strong>").format(", ".join(part for part in parts if part))
