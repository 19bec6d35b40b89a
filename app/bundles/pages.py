"""Pages for people who have a browser and nothing else: every study with pictures, key pictures, reports.

XHTML 1.0, no script, nothing remote (IHE RAD TF-3 4.47.5.1.2).
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from app.bundles import texts
from app.bundles.fileset import Placed
from app.bundles.gallery import FOLDER, Gallery, Report
from app.bundles.texts import Speak
from app.dicom.dicomjson import text
from app.dicom.references import KEY_OBJECTS, referenced
from app.viewer import classes

Page = tuple[str, bytes]


def pages(listed: Sequence[Placed], shown: Gallery | None, context: dict[str, Any]) -> Iterator[Page]:
    """Yield every page's name in the bundle and its content, INDEX.HTM first.

    ``listed`` is what stands in the file-set; ``context`` as in ``texts.context``.
    Without a gallery there is INDEX.HTM only.
    """
    groups = [list(group) for folder, group in groupby(listed, lambda one: one.path[1])]
    keys = {uid for one in listed for uid in _named(one)}
    _: Speak = context["said"]
    studies = [_study(number, group, shown, keys, _) for number, group in enumerate(groups, 1)]
    yield "INDEX.HTM", texts.rendered("INDEX.HTM", context | {"studies": studies})
    if shown is None:
        return
    for study, group in zip(studies, groups, strict=True):
        yield f"{FOLDER}/{study['page']}", texts.rendered("STUDY.HTM", context | {"study": study})
        for one, report in _reports(group, shown):
            yield f"{FOLDER}/{report.name}", _report(one, report, study["page"], context)


def _named(placed: Placed) -> Iterator[str]:
    if text(placed.instance.facts, "SOPClassUID") == KEY_OBJECTS:
        yield from referenced(placed.instance.facts)


def _study(
    number: int, placed: Sequence[Placed], shown: Gallery | None, keys: set[str], _: Speak
) -> dict[str, Any]:
    """Return what is told of a study; ``page`` is the name of its own page, None where there is none."""
    told = texts.study(placed, _) | {"page": None, "key_pictures": [], "reports": []}
    if shown is None:
        return told
    groups = [list(group) for folder, group in groupby(placed, lambda one: one.path[2])]
    for series, group in zip(told["series"], groups, strict=True):
        series["picture"] = _cover(group, shown)
    return told | {
        "page": f"STUDY{number:03d}.HTM",
        "key_pictures": [
            {"picture": picture.name, "text": _caption(one, _)}
            for one in placed
            if one.instance.instance_uid in keys and (picture := shown.pictures.get(one.instance.id))
        ],
        "reports": [{"page": report.name, "text": _title(one, _)} for one, report in _reports(placed, shown)],
    }


def _cover(placed: Sequence[Placed], shown: Gallery) -> str | None:
    """Return the name of the picture that stands for a series."""
    found = (shown.pictures.get(one.instance.id) for one in placed)
    return next((picture.name for picture in found if picture), None)


def _reports(placed: Sequence[Placed], shown: Gallery) -> Iterator[tuple[Placed, Report]]:
    for one in placed:
        if report := shown.reports.get(one.instance.id):
            yield one, report


def _caption(placed: Placed, _: Speak) -> str:
    number = placed.instance.number
    series = texts.series_title(placed.instance.series, _)
    return series if number is None else f"{series}, {number}"


def _title(placed: Placed, _: Speak) -> str:
    instance = placed.instance
    what = _(classes.name(instance.sop_class_uid, has_pixels=False))
    return ", ".join(filter(None, (what, instance.series.description)))


def _report(placed: Placed, report: Report, back: str, context: dict[str, Any]) -> bytes:
    _: Speak = context["said"]
    told = report.told
    names = ", ".join(filter(None, map(texts.person, told["verified_by"])))
    verified = names and _("verified by {names}").format(names=names)
    by = ", ".join(filter(None, (_.day(told["date"]), verified)))
    more = {"report": told, "title": told["title"] or _title(placed, _), "study_page": back, "by": by}
    return texts.rendered("REPORT.HTM", context | more | {"valued": lambda item: _valued(item, _)})


def _valued(item: dict[str, Any], _: Speak) -> str:
    """Return an item's value as people write it."""
    value, kind = item.get("value", ""), item.get("kind")
    if kind == "DATE":
        return _.day(value)
    if kind == "PNAME":
        return texts.person(value)
    if kind in ("IMAGE", "COMPOSITE", "WAVEFORM"):
        return _("a picture of this examination")
    return " ".join(filter(None, (value, item.get("unit", ""))))
