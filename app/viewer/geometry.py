"""Where a picture lies in the patient, from its header facts: lengths in mm, PS3.3 C.7.6.2.

An enhanced multi-frame object keeps the same attributes in functional groups, for all frames or for each
(PS3.3 C.7.6.16).
"""

from typing import Any, NamedTuple

from app.dicom import dicomjson
from app.dicom.dicomjson import Facts
from app.dicom.window import group

Vector = tuple[float, float, float]
SAME_DIRECTION = 0.999


class Plane(NamedTuple):
    """A picture's plane; ``spacing`` is (between rows, between columns), ``spacing_at`` where it holds."""

    position: list[float] | None
    orientation: list[float] | None
    spacing: list[float] | None
    spacing_at: str | None
    """``patient``, ``detector`` (a projection's Imager Pixel Spacing), or None when uncalibrated."""
    thickness: float | None
    frame_of_reference: str | None

    @property
    def normal(self) -> Vector | None:
        """Return the unit vector that the picture faces, or None without a sound orientation."""
        return _cross(self.orientation) if self.orientation else None

    def beside(self, other: "Plane") -> dict[str, Any]:
        """Return what is not the same as in ``other``."""
        return {key: value for key, value in self._asdict().items() if value != getattr(other, key)}

    def along(self, normal: Vector) -> float | None:
        """Return how far the picture lies along ``normal`` in mm, or None if it faces elsewhere."""
        own = self.normal
        if own is None or self.position is None or abs(_dot(own, normal)) < SAME_DIRECTION:
            return None
        return _dot(self.position, normal)


def plane(facts: Facts, frame_index: int = 0) -> Plane:
    """Return the plane of a frame, with None for whatever its header does not say soundly."""
    measures = group(facts, frame_index, "PixelMeasuresSequence")
    spacing, spacing_at = _spacing(facts, measures)
    return Plane(
        position=_exactly(3, group(facts, frame_index, "PlanePositionSequence"), "ImagePositionPatient"),
        orientation=_orientation(group(facts, frame_index, "PlaneOrientationSequence")),
        spacing=spacing,
        spacing_at=spacing_at,
        thickness=dicomjson.number(measures, "SliceThickness") or dicomjson.number(facts, "SliceThickness"),
        frame_of_reference=dicomjson.text(facts, "FrameOfReferenceUID") or None,
    )


def planes(facts: Facts, frames: int) -> list[Plane]:
    """Return the planes of all frames: one and the same unless the object has functional groups for each."""
    if not dicomjson.items(facts, "PerFrameFunctionalGroupsSequence"):
        return [plane(facts)] * frames
    return [plane(facts, index) for index in range(frames)]


def as_manifest(here: Plane) -> dict[str, Any]:
    """Return the plane as the manifest tells it."""
    return here._asdict()


def _orientation(holder: Facts) -> list[float] | None:
    found = _exactly(6, holder, "ImageOrientationPatient")
    return found if found and _cross(found) else None


def _spacing(facts: Facts, measures: Facts) -> tuple[list[float] | None, str | None]:
    """Return the spacing and where it holds. PS3.3 10.7: Imager Pixel Spacing is in the detector plane."""
    spacing = _exactly(2, measures, "PixelSpacing") or _exactly(2, facts, "PixelSpacing")
    imager = _exactly(2, facts, "ImagerPixelSpacing")
    if spacing and min(spacing) > 0:
        uncorrected = spacing == imager and not dicomjson.text(facts, "PixelSpacingCalibrationType")
        return spacing, "detector" if uncorrected else "patient"
    if imager and min(imager) > 0:
        return imager, "detector"
    return None, None


def _exactly(count: int, holder: Facts, keyword: str) -> list[float] | None:
    found = dicomjson.numbers(holder, keyword)
    return found if len(found) == count else None


def _cross(six: list[float]) -> Vector | None:
    """Return the unit normal of row and column direction; None unless they are nearly a right angle."""
    a, b, c, d, e, f = six
    normal = (b * f - c * e, c * d - a * f, a * e - b * d)
    length = _dot(normal, normal) ** 0.5
    if not 0.5 < length < 2:
        return None
    return (normal[0] / length, normal[1] / length, normal[2] / length)


def _dot(a: list[float] | Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
