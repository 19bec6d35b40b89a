"""What a version of a share shows: the greater part of the manifest, as text, made once a process.

A version is a snapshot. What is told of it changes only while its pictures are being made, with the right to
download, and where pictures are reduced; all are in the key.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.dicom.references import KEY_OBJECTS, referenced
from app.dicom.uids import REPORT_CLASSES
from app.shares import service
from app.shares.models import Share, ShareInstance, ShareVersion
from app.shares.newer import new_in
from app.shares.queries import shared_attachments
from app.studies.models import Attachment, DisplayState, Instance, Series, Study
from app.viewer import first, names, order, papers, pictures, reasons, tables
from app.viewer.kept import Kept
from app.viewer.reduced import reduce

MOST_BYTES = 64 << 20
"""Of manifests that one process keeps: some 40,000 pictures."""
UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&'\u2028\u2029"}
"""Signs that stand in strings only, and that a page must not hold inside a script element."""


class Contents(NamedTuple):
    """What instances make up, as the manifest tells it; ``shown`` counts those that have pictures to see."""

    studies: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    tables: dict[str, dict[str, Any]]
    first: dict[str, Any] | None
    shown: int


class Seen(NamedTuple):
    """The part that depends on the version alone. ``text`` are members of a JSON object, safe inside HTML."""

    patient_id: str | None
    images: int
    shown: int
    pending: int
    first: dict[str, Any] | None
    has_documents: bool
    reasons: frozenset[str]
    """Why pictures are not shown, and what is missing of others; see ``reasons.translated``."""
    text: str

    @property
    def size(self) -> int:
        """Return the bytes that it takes, about."""
        return len(self.text) + 1000


_kept: Kept[Seen] = Kept(MOST_BYTES)


def seen(session: Session, share: Share, *, may_download: bool, reduced: bool) -> Seen:
    """Return what the share's newest version shows; ``reduced``: in pictures that are."""
    newest = (
        select(ShareVersion.id, ShareVersion.number)
        .where(ShareVersion.share_id == share.id)
        .order_by(ShareVersion.number.desc())
        .limit(1)
    )
    version = session.execute(newest).one_or_none()
    states = session.execute(
        select(Instance.display_state, func.count())
        .join(ShareInstance, ShareInstance.instance_id == Instance.id)
        .where(ShareInstance.version_id == (version and version.id))
        .group_by(Instance.display_state)
        .order_by(Instance.display_state)
    )
    key = (version and version.id, tuple(tuple(row) for row in states), may_download, reduced)
    return _kept.get(key, lambda: _made(session, share, version, may_download=may_download, reduced=reduced))


def html_safe(told: Any) -> str:
    """Return JSON that may stand inside a script element."""
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).translate(UNSAFE)


def _made(
    session: Session, share: Share, version: Row[str, int] | None, *, may_download: bool, reduced: bool
) -> Seen:
    shared = service.shared_instances(session, share, version.id) if version else []
    attached = shared_attachments(session, version.id) if version else []
    fresh = new_in(session, share.id, version.id, version.number) if version else set()
    base = f"/view/{share.id}"
    found = contents(base, shared, attached, fresh, may_download=may_download)
    if reduced:
        reduce(base, found.studies)
    images = [instance.display_state for instance in shared if instance.frames]
    told = {
        "documents": found.documents,
        "tables": {} if reduced else found.tables,
        "studies": found.studies,
    }
    return Seen(
        patient_id=shared[0].series.study.disc_patient_id if shared else None,
        images=len(images),
        shown=found.shown,
        pending=images.count(DisplayState.PENDING),
        first=found.first,
        has_documents=bool(found.documents),
        reasons=frozenset(reasons.told(found.studies)),
        text=html_safe(told)[1:-1],
    )


def contents(
    base: str,
    shared: Sequence[Instance],
    attached: Sequence[Attachment],
    fresh: Collection[str] = (),
    *,
    may_download: bool,
) -> Contents:
    """Return what instances and attachments make up; ``base`` begins the address of every byte of it.

    ``fresh`` holds the ids of those that came after the link was made.
    """
    by_series = _by_series(shared)
    studies = [_study(base, study, by_series, fresh, may_download=may_download) for study in _studies(shared)]
    return Contents(
        studies=studies,
        documents=_reports_first(
            [
                *(
                    papers.entry(base, one, may_download=may_download, is_new=one.id in fresh)
                    for one in attached
                ),
                *_documents(base, studies, fresh, may_download=may_download),
            ]
        ),
        tables=tables.all_of(shared),
        first=first.picture(studies, _key_images(shared)),
        shown=sum(instance.display_state == DisplayState.SHOWN for instance in shared if instance.frames),
    )


def _by_series(shared: Sequence[Instance]) -> dict[str, list[Instance]]:
    found: dict[str, list[Instance]] = defaultdict(list)
    for instance in shared:
        found[instance.series_id].append(instance)
    return found


def _studies(shared: Sequence[Instance]) -> list[Study]:
    return order.studies(
        list({instance.series.study_id: instance.series.study for instance in shared}.values())
    )


def _study(
    base: str,
    study: Study,
    shared: dict[str, list[Instance]],
    fresh: Collection[str],
    *,
    may_download: bool,
) -> dict[str, Any]:
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
        "series": [_series(base, one, shared[one.id], fresh, may_download=may_download) for one in ordered],
    }


def _series(
    base: str,
    series: Series,
    shared: Sequence[Instance],
    fresh: Collection[str],
    *,
    may_download: bool,
) -> dict[str, Any]:
    ordered = order.instances(shared)
    entries = [pictures.entry(base, instance, may_download=may_download) for instance in ordered]
    previews = [found["preview"] for found in entries if found["preview"]]
    return {
        "id": series.id,
        "series_uid": series.series_uid,
        "modality": series.modality or "OT",
        "description": series.description,
        "body_part": series.body_part,
        "number": series.number,
        "rank": order.rank(series, shared),
        "preview": previews[len(previews) // 2] if previews else None,
        "is_new": any(instance.id in fresh for instance in shared),
        "pictures": sum(max(len(found["frames"]), 1) for found in entries if found["shown"]),
        "instances": entries,
    }


def _reports_first(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(documents, key=lambda document: not document["is_report"])


def _documents(
    base: str, studies: Sequence[dict[str, Any]], fresh: Collection[str], *, may_download: bool
) -> list[dict[str, Any]]:
    """Return what has no pictures, each with what it is and where it can be had."""
    return [
        {
            "what": entry["what"],
            "is_report": entry["sop_class_uid"] in REPORT_CLASSES,
            "is_photo": False,
            "is_new": entry["id"] in fresh,
            "title": series["description"],
            "date": study["date"],
            "original": entry["original"],
            "document": entry["document"],
            "pdf": f"{base}/reports/{entry['id']}.pdf" if may_download and entry["document"] else None,
            "reason": entry["reason"],
            "instance_uid": entry["instance_uid"],
        }
        for study in studies
        for series in study["series"]
        for entry in series["instances"]
        if not entry["shown"] and entry["what"] != "Picture"
    ]


def _key_images(shared: Sequence[Instance]) -> set[str]:
    """Return the UIDs that key object selections name (PS3.3 C.17.6)."""
    return {
        uid
        for instance in shared
        if instance.sop_class_uid == KEY_OBJECTS
        for uid in referenced(instance.facts)
    }
