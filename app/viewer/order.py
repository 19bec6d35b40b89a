"""In which order pictures, series and studies stand, and which picture a visitor sees first.

Slices lie by their position in the patient; numbers in the header only break ties and choose the direction.
A scout, a dose sheet or a screen save is never first.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from app.dicom import dicomjson
from app.studies.models import Instance, Series, Study
from app.viewer import classes
from app.viewer.geometry import Plane, Vector, plane

ASIDE = re.compile(
    r"\b(scout|locali[sz]er|topogram|surview|scanogram|dose|protocol|screen ?save|summary|mip key)\b", re.I
)
PROPER, CAPTURE, SCOUT, NO_PICTURES = range(4)


def studies(found: Sequence[Study]) -> list[Study]:
    """Return studies newest first; those without a date last."""
    return sorted(found, key=lambda study: (study.date, study.time, study.study_uid), reverse=True)


def series(found: Sequence[Series], shared: dict[str, list[Instance]]) -> list[Series]:
    """Return a study's series: pictures proper, then captures, scouts, and what has no pictures."""
    return sorted(
        found,
        key=lambda one: (
            rank(one, shared[one.id]),
            one.number if one.number is not None else 1 << 30,
            one.series_uid,
        ),
    )


def rank(one: Series, instances: Sequence[Instance]) -> int:
    """Return how fit a series is to be looked at first: 0 is best."""
    with_pixels = [instance for instance in instances if instance.frames]
    if not with_pixels:
        return NO_PICTURES
    image_type = [word.upper() for word in dicomjson.texts(with_pixels[0].facts, "ImageType")]
    if "LOCALIZER" in image_type or "SCOUT" in image_type or ASIDE.search(one.description):
        return SCOUT
    return CAPTURE if with_pixels[0].sop_class_uid in classes.CAPTURES else PROPER


def instances(found: Sequence[Instance]) -> list[Instance]:
    """Return instances by position along their common normal, else by number."""
    by_number = sorted(found, key=_number)
    planes = [plane(instance.facts) for instance in by_number]
    normal = planes[0].normal if planes else None
    places = _places(planes, normal)
    if normal is None or places is None:
        return by_number
    groups = _groups(by_number, places)
    along = dict(zip((instance.id for instance in by_number), places, strict=True))
    steps = [after - before for before, after in pairwise(places)]
    turn = -1 if sum(step < 0 for step in steps) > len(steps) / 2 else 1
    return sorted(
        by_number, key=lambda instance: (groups[instance.id], turn * along[instance.id], _number(instance))
    )


def _places(planes: Sequence[Plane], normal: Vector | None) -> list[float] | None:
    """Return every plane's place in mm along ``normal``; None unless all are parallel and some differ."""
    if normal is None or len(planes) < 2:
        return None
    places = [round(place, 3) for one in planes if (place := one.along(normal)) is not None]
    return places if len(places) == len(planes) and len(set(places)) > 1 else None


def _groups(found: Sequence[Instance], places: Sequence[float]) -> dict[str, float]:
    """Return each instance's pass over the volume: a place met again within one pass starts no new one.

    Phases of a contrast run cover the same places; each stays together when the header tells them apart.
    """
    for keyword in ("TemporalPositionIdentifier", "AcquisitionNumber", "EchoNumbers"):
        number = {one.id: dicomjson.number(one.facts, keyword) or 0.0 for one in found}
        pairs = {(number[one.id], place) for one, place in zip(found, places, strict=True)}
        if len(set(places)) < len(found) == len(pairs):
            return number
    return {one.id: 0.0 for one in found}


def _number(instance: Instance) -> tuple[int, str]:
    return (instance.number if instance.number is not None else 1 << 30, instance.instance_uid)
