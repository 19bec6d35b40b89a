"""What the viewer's page says before its script runs: who is seen, how much there is, and what is missing."""

from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.accounts.models import Organisation
from app.shares.models import Right
from app.viewer.manifest import Manifest
from app.web import words
from app.web.view_words import reason_words
from app.web.view_words import words as script_words
from app.web.visitor import Visit


def page_html(told: Manifest, visit: Visit) -> str:
    """Return the page for a manifest."""
    found, downloads = told.head, visit.may(Right.DOWNLOAD)
    return render_template(
        "view/view.html",
        manifest=found,
        manifest_text=Markup(told.text),  # noqa: S704 - JSON, made safe by html_safe
        has_documents=told.seen.has_documents,
        words=script_words() | reason_words(told.seen.reasons, downloads=downloads),
        share=visit.share,
        organisation=visit.organisation,
        zip=f"/view/{visit.share.id}/bundle.zip" if downloads else "",
        iso=f"/view/{visit.share.id}/bundle.iso" if downloads else "",
        born_text=born_text(found["patient"]),
        counts_text=counts_text(found["counts"], visit.organisation),
        missing_text=missing_text(found["counts"]),
        may_give=visit.may(Right.GIVE),
        none_text=none_text(found["counts"]),
        unmatched_text=unmatched_text(found["unmatched"]),
        in_images_text=person_text((found["patient"] or {}).get("in_images")),
    )


def born_text(patient: dict[str, Any] | None) -> str:
    """Return when the patient was born, in words, or that nobody says so."""
    born = ((patient or {}).get("birth_date") or "").replace("-", "")
    return str(_("born %(date)s", date=words.birth(born)) if born else _("no birth date"))


def counts_text(counts: dict[str, int], organisation: Organisation) -> str:
    """Return how many images there are and, where some cannot be shown, whom to ask."""
    numbers = {name: words.count(number) for name, number in counts.items()}
    if counts["pending"]:
        return str(_("%(pending)s of %(images)s are being prepared; look again in a minute.", **numbers))
    if counts["shown"] < counts["images"]:
        hospital = organisation.name
        return str(
            _(
                "%(shown)s of %(images)s can be shown; ask %(hospital)s about the others.",
                hospital=hospital,
                **numbers,
            )
        )
    if not counts["images"] or counts["missing"]:
        return ""
    return str(ngettext("The image is present", "All %(images)s images present", counts["images"], **numbers))


def missing_text(counts: dict[str, int]) -> str:
    """Return what clinicians are told of images that the disc listed but did not hold."""
    if not counts["missing"]:
        return ""
    missing = words.count(counts["missing"])
    return str(_("%(missing)s images listed on the disc were not on it.", missing=missing))


def none_text(counts: dict[str, int]) -> str:
    """Return why there is no picture to see."""
    if counts["pending"]:
        return str(_("The pictures are being prepared; look again in a minute."))
    if counts["images"]:
        return str(_("These pictures cannot be shown here. A full copy can be downloaded."))
    return str(_("There are no pictures here, only documents."))


def unmatched_text(unmatched: dict[str, Any] | None) -> str:
    """Return what stands on every image of an emergency release."""
    if unmatched is None:
        return ""
    return str(
        _(
            "Not checked yet whose images these are. Expected: %(expected)s. In the images: %(found)s. "
            "Call back: %(call_back)s.",
            expected=person_text(unmatched["expected"]) or _("not said"),
            found=person_text(unmatched["found"]),
            call_back=unmatched["call_back"],
        )
    )


def person_text(who: dict[str, Any] | None) -> str:
    """Return name, birth date and ID in one line; nothing for nobody."""
    if who is None:
        return ""
    born = born_text(who) if who["birth_date"] else ""
    return ", ".join(filter(None, (who["name"], born, who["patient_id"])))
