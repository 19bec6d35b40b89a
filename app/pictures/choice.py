"""Which pictures of a share somebody wants, and which those are."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.dicom.dicomjson import number
from app.dicom.picture import JPEG
from app.dicom.preview import aspect_of
from app.dicom.references import KEY_OBJECTS, referenced
from app.dicom.window import Window
from app.errors import NotFound
from app.shares.models import Share
from app.shares.queries import shared_instances
from app.studies.models import DisplayState, Instance, Series, Study
from app.viewer import order
from app.viewer.letters import Edges, edges_of

Mark = tuple[str, int]
"""An instance's id, and the index of its frame."""


class Which(StrEnum):
    """Which pictures of a series."""

    ALL = "all"
    NTH = "nth"
    KEY = "key"
    """Those that a key object selection names (PS3.3 C.17.6)."""
    MARKED = "marked"


class Shown(NamedTuple):
    """How the visitor has set a series in the viewer."""

    series_id: str
    window: Window
    inverted: bool


class Choice(NamedTuple):
    """What is wanted; ``series_ids`` None for all. ``every`` counts for NTH, ``marks`` for MARKED."""

    which: Which = Which.ALL
    series_ids: frozenset[str] | None = None
    every: int = 1
    marks: frozenset[Mark] = frozenset()
    form: str = JPEG
    named: bool = False
    shown: Shown | None = None


class Picture(NamedTuple):
    """One frame; ``number`` counts from 1 in its series as it is leafed through."""

    instance_id: str
    organisation_id: str
    sha256: str
    frame_index: int
    number: int
    display: dict[str, Any]
    aspect: float
    edges: Edges | None
    lossy_ratio: float | None


class Strip(NamedTuple):
    """The pictures wanted of one series, which has ``total``; study and series count from 1."""

    study_number: int
    series_number: int
    study: Study
    series: Series
    total: int
    pictures: tuple[Picture, ...]


class Selection(NamedTuple):
    """What is wanted, in order; ``left_out`` counts by reason what no picture can be made of."""

    strips: tuple[Strip, ...]
    left_out: dict[str, int]

    @property
    def size(self) -> int:
        """How many pictures."""
        return sum(len(strip.pictures) for strip in self.strips)

    @property
    def has_overlays(self) -> bool:
        """Whether a drawing lies over one of them, which stays behind."""
        return any(picture.display.get("overlays") for strip in self.strips for picture in strip.pictures)

    @property
    def study_uids(self) -> list[str]:
        """The studies they are of."""
        return sorted({strip.study.study_uid for strip in self.strips})


def select(session: Session, share: Share, choice: Choice) -> Selection:
    """Return the pictures of the share's newest version that ``choice`` names. Raises NotFound for none.

    Every series named must be the share's own.
    """
    shared = shared_instances(session, share)
    if choice.series_ids is not None:
        if not choice.series_ids <= {one.series_id for one in shared}:
            raise NotFound("There is no such series.")
        wanted = [one for one in shared if one.series_id in choice.series_ids]
    else:
        wanted = shared
    keys = {uid for one in shared if one.sop_class_uid == KEY_OBJECTS for uid in referenced(one.facts)}
    strips = tuple(_strips(wanted, choice, keys))
    if not strips:
        raise NotFound("There are no such pictures.")
    return Selection(strips, _left_out(wanted))


def _strips(shared: Sequence[Instance], choice: Choice, keys: set[str]) -> Iterator[Strip]:
    by_series: dict[str, list[Instance]] = defaultdict(list)
    for instance in shared:
        by_series[instance.series_id].append(instance)
    studies = order.studies(list({one.series.study_id: one.series.study for one in shared}.values()))
    for study_number, study in enumerate(studies, 1):
        own = {found[0].series for found in by_series.values() if found[0].series.study_id == study.id}
        for series_number, series in enumerate(order.series(list(own), by_series), 1):
            every = list(_pictures(order.instances(by_series[series.id])))
            pictures = tuple(picture for picture, uid in every if _is_wanted(picture, uid, choice, keys))
            if pictures:
                yield Strip(study_number, series_number, study, series, len(every), pictures)


def _pictures(ordered: Sequence[Instance]) -> Iterator[tuple[Picture, str]]:
    """Yield a series' pictures with the UIDs of their instances."""
    count = 0
    for instance in ordered:
        display = instance.display
        if instance.display_state != DisplayState.SHOWN or display is None:
            continue
        edges, aspect = edges_of(instance.facts), aspect_of(instance.facts)
        ratio = number(instance.facts, "LossyImageCompressionRatio")
        for index in range(len(display["frames"])):
            count += 1
            yield (
                Picture(
                    instance.id,
                    instance.organisation_id,
                    instance.sha256,
                    index,
                    count,
                    display,
                    aspect,
                    edges,
                    ratio,
                ),
                instance.instance_uid,
            )


def _is_wanted(picture: Picture, instance_uid: str, choice: Choice, keys: set[str]) -> bool:
    if choice.which is Which.NTH:
        return (picture.number - 1) % choice.every == 0
    if choice.which is Which.KEY:
        return instance_uid in keys and picture.frame_index == 0
    if choice.which is Which.MARKED:
        return (picture.instance_id, picture.frame_index) in choice.marks
    return True


def _left_out(wanted: Sequence[Instance]) -> dict[str, int]:
    """Count what has pixels and no pictures, by the reason why."""
    return dict(
        Counter(
            one.display_reason or ""
            for one in wanted
            if one.frames and one.display_state != DisplayState.SHOWN
        )
    )
