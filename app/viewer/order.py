"""In which order pictures, series and studies stand, and which picture a visitor sees first.

Slices lie by their position in the patient; numbers in the header only break ties and choose the direction.
A scout, a dose sheet or a screen save is never first.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from app.dicom import dicomjson
from app.dicom.dicomjson import Facts
from app.dicom.window import group
from app.studies.models import Instance, Series, Study
from app.viewer import classes
from app.viewer.geometry import Plane, Vector, plane, planes

ASIDE = re.compile(
    r"\b(scout|locali[sz]er|topogram|surview|scanogram|dose|protocol|screen ?save|summary|mip key)\b", re.I
)
PROPER, CAPTURE, SCOUT, NO_PICTURES = range(4)
PASSES = ("TemporalPositionIdentifier", "AcquisitionNumber", "EchoNumbers")
TIMES = ("TriggerTime", "FrameReferenceTime", "AcquisitionTime", "ContentTime")
FRAME_PASSES = ("TemporalPositionIndex", "FrameAcquisitionNumber")
FRAME_TIMES = ("TemporalPositionTimeOffset", "FrameReferenceDateTime")
Marks = tuple[float | str, ...]


class Place(NamedTuple):
    """Where and when a picture was taken: ``passes`` may tell the pass over the volume, ``times`` when."""

    plane: Plane
    passes: Marks
    times: Marks


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
    by_number = sorted(found, key=lambda one: (_place_in_row(one.number), one.instance_uid))
    places = [
        Place(plane(one.facts), _numbers(one.facts, PASSES), _numbers(one.facts, TIMES)) for one in by_number
    ]
    return [by_number[index] for index in in_space(places)]


def frames(facts: Facts, count: int) -> list[int] | None:
    """Return the indices of an instance's frames as they lie in the patient; None: that is their order."""
    own = list(range(count))
    if count < 2 or not dicomjson.items(facts, "PerFrameFunctionalGroupsSequence"):
        return None
    places = []
    for index, here in enumerate(planes(facts, count)):
        content = group(facts, index, "FrameContentSequence")
        stack = dicomjson.text(content, "StackID")
        places.append(Place(here, (stack, *_numbers(content, FRAME_PASSES)), _numbers(content, FRAME_TIMES)))
    found = in_space(places)
    return found if found != own else None


def in_space(found: Sequence[Place]) -> list[int]:
    """Return the indices of pictures as they lie along their common normal; unchanged where they have none.

    Pictures of one place in several passes, such as phases of a contrast run, stay in whole passes.
    """
    own = list(range(len(found)))
    normal = found[0].plane.normal if found else None
    along = _along([one.plane for one in found], normal) if normal else None
    if along is None:
        return own
    runs = _runs(found, along)
    steps = [after - before for before, after in pairwise(along)]
    turn = -1 if sum(step < 0 for step in steps) > sum(step > 0 for step in steps) else 1
    return sorted(own, key=lambda index: (runs[index], turn * along[index], index))


def _along(found: Sequence[Plane], normal: Vector) -> list[float] | None:
    """Return every plane's place in mm along ``normal``; None unless all are parallel and some differ."""
    places = [round(place, 3) for one in found if (place := one.along(normal)) is not None]
    return places if len(places) == len(found) and len(set(places)) > 1 else None


def _runs(found: Sequence[Place], along: Sequence[float]) -> Sequence[float | str | int]:
    """Return each picture's pass over the volume: a place met again within one pass starts no new one.

    The header's own number decides where it tells all pictures of a place apart; else, where every place has
    equally many, the moment at which they were taken there.
    """
    if len(set(along)) == len(found):
        return [0] * len(found)
    for key in zip(*(one.passes for one in found), strict=True):
        if len(set(zip(key, along, strict=True))) == len(found):
            return key
    by_place: dict[float, list[int]] = defaultdict(list)
    for index in sorted(range(len(found)), key=lambda index: (found[index].times, index)):
        by_place[along[index]].append(index)
    if len({len(taken) for taken in by_place.values()}) > 1:
        return [0] * len(found)
    return [by_place[place].index(index) for index, place in enumerate(along)]


def _numbers(holder: Facts, keywords: Sequence[str]) -> Marks:
    return tuple(dicomjson.number(holder, keyword) or 0.0 for keyword in keywords)


def _place_in_row(number: int | None) -> int:
    return number if number is not None else 1 << 30
