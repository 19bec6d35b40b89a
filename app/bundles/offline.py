"""The viewer that lies in a bundle: one page of ours, and a classic script that tells of this disc.

A page opened from a file may load scripts that lie beside it and nothing else. The script brings the
viewer's manifest and the exact frames that are seen first, one a series; all others the page reads from the
originals, once somebody has chosen the disc's folder. See docs/adr/0024.
"""

import base64
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from app.accounts.models import Organisation
from app.bundles.entries import Entry, made_entry
from app.bundles.fileset import FileSet, Placed
from app.bundles.gallery import FOLDER, Gallery, frame_bytes
from app.bundles.texts import Speak, both_identities, person_line
from app.shares.unmatched import Unmatched
from app.storage import ObjectStore
from app.studies.models import Instance
from app.viewer import names, reasons
from app.viewer.seen import Contents, contents, html_safe
from app.viewer.words import words

PAGE, DATA = f"{FOLDER}/VIEWER.HTM", f"{FOLDER}/DISC.JS"
BUILT = Path(__file__).parent / "dist" / "viewer.html"
LEAST_EXACT, MOST_EXACT = 1 << 19, 4 << 20
"""Bytes of exact frames in the script: a fiftieth of the originals, within these bounds."""
MOST_DRAWN = 4 << 20
"""Bytes of drawings over pictures (overlays) in the script: what is left out is told of."""


def own_words(_: Speak) -> dict[str, str]:
    """Return the texts that the viewer has on a disc only; its script fills in ``{path}``."""
    return {
        "offline_choose": _("Choose the disc’s folder"),
        "offline_needs_folder": _(
            "To leaf through all pictures, choose the folder of this disc: the one with DICOMDIR in it."
        ),
        "offline_no_disc": _("There is no DICOMDIR in that folder. Choose the folder of the whole disc."),
        "offline_missing": _("{path} is not in the folder that was chosen. Is it this disc, and whole?"),
        "offline_stranger": _("The folder that was chosen is of another disc."),
        "offline_unreadable": _(
            "This picture is compressed in a way that this page cannot read. "
            "It is whole on the disc ({path}); software for DICOM shows it."
        ),
        "offline_lost": _("{path} could not be read."),
        "offline_small": _("Small picture, not for diagnosis"),
        "offline_no_pictures": _("There are no pictures on this disc that can be shown here."),
        "offline_note": _(
            "For review only. This viewer has not been cleared for primary diagnosis; the originals are on "
            "this disc. Check name, date and side. Nothing is installed, and nothing leaves this computer."
        ),
        "offline_report": _("Report"),
        "offline_actions": _("Actions"),
        "offline_series": _("Series"),
        "offline_picture": _("Picture"),
    }


@cache
def page() -> Entry:
    """Return the page, which is the same on every disc."""
    return made_entry(PAGE, BUILT.read_bytes())


def data(
    fileset: FileSet,
    shown: Gallery,
    store: ObjectStore,
    organisation: Organisation,
    unmatched: Unmatched | None,
    seed: str,
    language: str,
) -> bytes:
    """Return the script of this disc; the page speaks ``language``."""
    _ = Speak(language)
    placed = fileset.listed + fileset.unlisted
    by_id = {one.instance.id: one for one in placed}
    attached = [one.attachment for one in fileset.beside]
    found = contents("", [one.instance for one in placed], attached, may_download=False)
    for entry in _entries(found):
        _at_home(entry, by_id[entry["id"]], shown, _)
    _papers_at_home(found, fileset)
    for series in (series for study in found.studies for series in study["series"]):
        series["preview"] = next(
            (entry["preview"] for entry in series["instances"] if entry["preview"]), None
        )
    instances = {one.instance.id: one.instance for one in placed}
    _embed(found, instances, store)
    _embed_drawings(found, instances, store, _)
    images = [one.instance for one in placed if one.instance.frames]
    manifest = {
        "share_id": seed,
        "allow": ["view"],
        "organisation": {
            "name": organisation.name,
            "telephone": organisation.telephone,
            "measuring": organisation.measuring,
            "reslicing": organisation.reslicing,
        },
        "counts": {"images": len(images), "shown": found.shown, "pending": 0, "missing": 0},
        "first": found.first,
        "documents": found.documents,
        "tables": found.tables,
        "studies": found.studies,
    }
    head = _head(placed[0].instance, organisation, unmatched, len(images), found.shown, _)
    said = {key: _(text) for key, text in words().items()} | own_words(_) | _reasons(found, _)
    told = {"language": language, "words": said, "manifest": manifest, "head": head}
    return f"window.VCD_DISC={html_safe(told)};\n".encode()


def _reasons(found: Contents, _: Speak) -> dict[str, str]:
    return {reason: reasons.translated(reason, _) for reason in reasons.told(found.studies)}


def _entries(found: Contents) -> Iterator[dict[str, Any]]:
    for study in found.studies:
        for series in study["series"]:
            yield from series["instances"]


def _at_home(entry: dict[str, Any], placed: Placed, shown: Gallery, _: Speak) -> None:
    """Point at the disc's files instead of the service's addresses."""
    picture, report = shown.pictures.get(entry["id"]), shown.reports.get(entry["id"])
    entry["path"] = placed.name
    entry["preview"] = picture.name if picture else None
    for frame in entry["frames"]:
        frame["url"] = ""
    if entry["document"]:
        entry["document"] = {"kind": "report", "url": _inline(report.told)} if report else None
    if not entry["shown"]:
        entry["reason"] = _("It is on this disc: {path}.").format(path=placed.name)


def _papers_at_home(found: Contents, fileset: FileSet) -> None:
    """Let the list of documents lead to what lies on the disc."""
    beside = {f"/attachments/{one.attachment.id}": f"../{one.name}" for one in fileset.beside}
    entries = {entry["instance_uid"]: entry for entry in _entries(found)}
    for document in found.documents:
        document["pdf"] = None
        if document["instance_uid"] is None:
            document["document"]["url"] = beside[document["document"]["url"]]
        else:
            document |= {key: entries[document["instance_uid"]][key] for key in ("document", "reason")}


def _inline(told: dict[str, Any]) -> str:
    return "data:application/json;base64," + _text(json.dumps(told).encode())


def _embed(found: Contents, instances: dict[str, Instance], store: ObjectStore) -> None:
    """Put the frames that are seen first into the list: the very first, then the middle of every series."""
    packed = sum(instance.original.stored_size for instance in instances.values())
    left = min(MOST_EXACT, max(LEAST_EXACT, packed // 50))
    for entry, index in _seen_first(found):
        frame = entry["frames"][index]
        size = (instances[entry["id"]].display or {})["frames"][index]["size"]
        if "data" in frame or size > left:
            continue
        exact = frame_bytes(store, instances[entry["id"]], index)
        if exact is not None and len(exact) <= MOST_EXACT:
            left -= len(exact)
            frame["data"] = _text(exact)


def _embed_drawings(found: Contents, instances: dict[str, Instance], store: ObjectStore, _: Speak) -> None:
    """Put what is drawn over pictures into the list, all of a picture or nothing: its note then says so."""
    left = MOST_DRAWN
    for entry in sorted(_entries(found), key=lambda entry: not any("data" in one for one in entry["frames"])):
        if "overlays" not in entry:
            continue
        exact = _drawings(instances[entry["id"]], store, left)
        if exact is None:
            del entry["overlays"]
            entry["note"] = " ".join(filter(None, (entry["note"], _overlays(_))))
            continue
        left -= sum(map(len, exact))
        for drawing, data in zip(entry["overlays"], exact, strict=True):
            drawing |= {"url": "", "data": _text(data)}


def _drawings(instance: Instance, store: ObjectStore, most: int) -> list[bytes] | None:
    """Return an instance's drawings; None when one is lost, or when together they are more than ``most``."""
    display = instance.display or {}
    first, told = len(display["frames"]), display["overlays"]
    if sum(drawing["size"] for drawing in told) > most:
        return None
    read = [frame_bytes(store, instance, first + index) for index in range(len(told))]
    exact = [data for data in read if data is not None]
    return exact if len(exact) == len(told) and sum(map(len, exact)) <= most else None


def _seen_first(found: Contents) -> Iterator[tuple[dict[str, Any], int]]:
    every = {entry["id"]: entry for entry in _entries(found)}
    if found.first:
        yield every[found.first["instance_id"]], found.first["frame_index"]
    for study in found.studies:
        for series in study["series"]:
            frames = [(entry, n) for entry in series["instances"] for n in range(len(entry["frames"]))]
            if frames:
                yield frames[len(frames) // 2]


def _text(exact: bytes) -> str:
    return base64.b64encode(exact).decode()


def _overlays(_: Speak) -> str:
    return _("There are drawings over this picture that are not shown here; software for DICOM shows them.")


def _head(
    instance: Instance,
    organisation: Organisation,
    unmatched: Unmatched | None,
    images: int,
    shown: int,
    _: Speak,
) -> dict[str, str]:
    patient = instance.series.study.patient
    name = names.spoken(patient.corrected_name or patient.name) or _("No name")
    born = _.day(patient.corrected_birth_date or patient.birth_date)
    corrected = patient.corrected_name or patient.corrected_birth_date or patient.corrected_patient_id
    counted = (
        _("{number} pictures") if images == shown else _("{shown} of {number} pictures can be shown here")
    )
    return {
        "title": _("Pictures from {sender}").format(sender=organisation.name),
        "name": name,
        "born": _("born {date}").format(date=born) if born else "",
        "in_images": _("In the images: {person}").format(person=person_line(patient, _)) if corrected else "",
        "from": organisation.name,
        "unmatched": both_identities(unmatched, _) if unmatched else "",
        "counts": counted.format(number=images, shown=shown) if images else "",
    }
