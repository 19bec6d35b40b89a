"""Where a picture lies in the patient, from its header facts: lengths in mm, PS3.3 C.7.6.2.

An enhanced multi-frame object keeps the same attributes in functional groups (PS3.3 C.7.6.16); the first
frame's stand for the instance.
"""

from typing import Any, NamedTuple

from app.dicom import dicomjson
from app.dicom.dicomjson import Facts

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

    def along(self, normal: Vector) -> float | None:
        """Return how far the picture lies along ``normal`` in mm, or None if it faces elsewhere."""
        own = self.normal
        if own is None or self.position is None or abs(_dot(own, normal)) < SAME_DIRECTION:
            return None
        return _dot(self.position, normal)


def plane(facts: Facts) -> Plane:
    """Return the plane of an instance, with None for whatever its header does not say soundly."""
    spacing, spacing_at = _spacing(facts)
    measures = _group(facts, "PixelMeasuresSequence")
    return Plane(
        position=_exactly(3, facts, _group(facts, "PlanePositionSequence"), "ImagePositionPatient"),
        orientation=_orientation(facts),
        spacing=spacing,
        spacing_at=spacing_at,
        thickness=dicomjson.number(facts, "SliceThickness") or dicomjson.number(measures, "SliceThickness"),
        frame_of_reference=dicomjson.text(facts, "FrameOfReferenceUID") or None,
    )


def as_manifest(here: Plane) -> dict[str, Any]:
    """Return the plane as the manifest tells it."""
    return here._asdict()


def _orientation(facts: Facts) -> list[float] | None:
    found = _exactly(6, facts, _group(facts, "PlaneOrientationSequence"), "ImageOrientationPatient")
    return found if found and _cross(found) else None


def _spacing(facts: Facts) -> tuple[list[float] | None, str | None]:
    """Return the spacing and where it holds. PS3.3 10.7: Imager Pixel Spacing is in the detector plane."""
    spacing = _exactly(2, facts, _group(facts, "PixelMeasuresSequence"), "PixelSpacing")
    imager = _exactly(2, facts, {}, "ImagerPixelSpacing")
    if spacing and min(spacing) > 0:
        uncorrected = spacing == imager and not dicomjson.text(facts, "PixelSpacingCalibrationType")
        return spacing, "detector" if uncorrected else "patient"
    if imager and min(imager) > 0:
        return imager, "detector"
    return None, None


def _exactly(count: int, facts: Facts, group: Facts, keyword: str) -> list[float] | None:
    found = dicomjson.numbers(facts, keyword) or dicomjson.numbers(group, keyword)
    return found if len(found) == count else None


def _group(facts: Facts, keyword: str) -> Facts:
    """Return the first item of a functional group: the first frame's own, else the shared one."""
    for sequence in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for holder in dicomjson.items(facts, sequence)[:1]:
            for item in dicomjson.items(holder, keyword)[:1]:
                return item
    return {}


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
