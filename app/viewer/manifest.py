"""Everything the viewer must know of a share before its first byte of pixels: one document, sent in the page.

The names are those of the product's contract with outside tools; more keys than it lists are for our viewer.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.shares import service
from app.shares.models import Right, Share
from app.shares.resemblance import Person
from app.shares.unmatched import unmatched
from app.studies.models import Disc, DiscPatient, DisplayState, Instance, Series, Study
from app.viewer import classes, first, names, order, pictures, tables


def manifest(
    session: Session, share: Share, organisation: Organisation, rights: Collection[Right], now: datetime
) -> dict[str, Any]:
    """Return the manifest of a share at ``now`` for a visitor with ``rights``.

    It takes few queries, however many instances there are.
    """
    shared = service.shared_instances(session, share)
    base = f"/view/{share.id}"
    may_download = Right.DOWNLOAD in rights
    by_series = _by_series(shared)
    studies = [_study(base, study, by_series, may_download) for study in _studies(shared)]
    return {
        "share_id": share.id,
        "expires_at": share.expires_at.isoformat(),
        "made_at": now.isoformat(),
        "allow": sorted(rights),
        "organisation": {
            "name": organisation.name,
            "telephone": organisation.telephone,
            "measuring": organisation.measuring,
            "reslicing": organisation.reslicing,
        },
        "patient": _patient(shared[0].series.study.patient) if shared else None,
        "unmatched": _unmatched(share, shared[0].series.study.patient) if shared else None,
        "counts": _counts(session, share, shared),
        "first": first.picture(studies, _key_images(shared)),
        "documents": _documents(studies),
        "tables": tables.all_of(shared),
        "studies": studies,
    }


def _by_series(shared: Sequence[Instance]) -> dict[str, list[Instance]]:
    found: dict[str, list[Instance]] = defaultdict(list)
    for instance in shared:
        found[instance.series_id].append(instance)
    return found


def _studies(shared: Sequence[Instance]) -> list[Study]:
    return order.studies(
        list({instance.series.study_id: instance.series.study for instance in shared}.values())
    )


def _study(base: str, study: Study, shared: dict[str, list[Instance]], may_download: bool) -> dict[str, Any]:
    own: dict[str, Series] = {}
    for instances in shared.values():
        series = instances[0].series
        if series.study_id == study.id:
            own[series.id] = series
    ordered = order.series(list(own.values()), shared)
    return {
        "study_uid": study.study_uid,
        "description": study.description,
        "date": names.iso_date(study.date),
        "accession_number": study.accession_number,
        "series": [_series(base, one, shared[one.id], may_download) for one in ordered],
    }


def _series(base: str, series: Series, shared: Sequence[Instance], may_download: bool) -> dict[str, Any]:
    ordered = order.instances(shared)
    entries = [pictures.entry(base, instance, may_download=may_download) for instance in ordered]
    previews = [found["preview"] for found in entries if found["preview"]]
    return {
        "series_uid": series.series_uid,
        "modality": series.modality or "OT",
        "description": series.description,
        "body_part": series.body_part,
        "number": series.number,
        "rank": order.rank(series, shared),
        "preview": previews[len(previews) // 2] if previews else None,
        "pictures": sum(max(len(found["frames"]), 1) for found in entries if found["shown"]),
        "instances": entries,
    }


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


def _counts(session: Session, share: Share, shared: Sequence[Instance]) -> dict[str, int]:
    """Return how many images there are, how many can be shown, and how many the disc listed but lacked."""
    disc = session.get_one(Disc, share.disc_id)
    images = [instance for instance in shared if instance.frames]
    return {
        "images": len(images),
        "shown": sum(instance.display_state == DisplayState.SHOWN for instance in images),
        "pending": sum(instance.display_state == DisplayState.PENDING for instance in images),
        "missing": len(disc.missing),
    }


def _documents(studies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what has no pictures: reports first, each with what it is and where it can be had."""
    found = [
        {
            "what": entry["what"],
            "is_report": entry["sop_class_uid"] in classes.REPORTS,
            "title": series["description"],
            "date": study["date"],
            "original": entry["original"],
            "instance_uid": entry["instance_uid"],
        }
        for study in studies
        for series in study["series"]
        for entry in series["instances"]
        if not entry["shown"] and entry["what"] != "Picture"
    ]
    return sorted(found, key=lambda document: not document["is_report"])


def _key_images(shared: Sequence[Instance]) -> set[str]:
    """Return the UIDs that key object selections name (PS3.3 C.17.6)."""
    return {
        uid
        for instance in shared
        if instance.sop_class_uid == classes.KEY_OBJECTS
        for uid in first.referenced(instance.facts)
    }
