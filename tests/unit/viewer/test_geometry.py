"""Where a picture lies, from headers of any quality."""

from typing import Any

import pytest
from pydicom.dataset import Dataset

from app.dicom.dicomjson import tag_of
from app.viewer import names, regions
from app.viewer.geometry import plane, planes
from tests.factories import ct_dataset, facts_of, part10


def facts(**changes: Any) -> dict[str, Any]:
    dataset = ct_dataset(1, **changes)
    part10(dataset)
    return facts_of(dataset)


def test_a_slice_tells_its_plane() -> None:
    found = plane(facts())
    assert found.position == [0, 0, 5]
    assert found.spacing == [0.7, 0.7]
    assert found.thickness == 5
    assert found.spacing_at == "patient"
    assert found.normal == pytest.approx((0, 0, 1))


def test_imager_spacing_is_that_of_the_detector() -> None:
    found = plane(facts(PixelSpacing=None, ImagerPixelSpacing=[0.15, 0.15]))
    assert (found.spacing, found.spacing_at) == ([0.15, 0.15], "detector")


def test_pixel_spacing_that_only_repeats_the_detectors_is_not_the_patients() -> None:
    found = plane(facts(PixelSpacing=[0.15, 0.15], ImagerPixelSpacing=[0.15, 0.15]))
    assert found.spacing_at == "detector"


@pytest.mark.parametrize("spacing", [None, [0, 0], [0.7], [-1, 1]])
def test_without_sound_spacing_a_picture_is_uncalibrated(spacing: Any) -> None:
    found = plane(facts(PixelSpacing=spacing))
    assert (found.spacing, found.spacing_at) == (None, None)


@pytest.mark.parametrize("orientation", [[0] * 6, [1, 0, 0], [1, 0, 0, 1, 0, 0]])
def test_an_orientation_that_spans_no_plane_is_none(orientation: list[float]) -> None:
    assert plane(facts(ImageOrientationPatient=orientation)).orientation is None


def test_an_enhanced_object_keeps_its_plane_in_functional_groups() -> None:
    def item(**attributes: Any) -> dict[str, Any]:
        return {tag: {"vr": "SQ", "Value": value} for tag, value in attributes.items()}

    grouped = {
        "52009229": {
            "vr": "SQ",
            "Value": [{"00289110": {"vr": "SQ", "Value": [item(**{"00280030": [2, 3]})]}}],
        },
        "52009230": {
            "vr": "SQ",
            "Value": [{"00209113": {"vr": "SQ", "Value": [item(**{"00200032": [1, 2, 3]})]}}],
        },
    }
    found = plane(grouped)
    assert (found.position, found.spacing) == ([1, 2, 3], [2, 3])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Test^Patient", "Patient Test"),
        ("Test^Patient^Middle^Dr.^Jr.", "Dr. Patient Middle Test Jr."),
        ("TEST", "TEST"),
        ("", ""),
        ("=山田^太郎", "太郎 山田"),
    ],
)
def test_names_are_said_as_people_say_them(written: str, said: str) -> None:
    assert names.spoken(written) == said


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("19610503", "1961-05-03"),
        ("1961.05.03", "1961-05-03"),
        ("196105", None),
        ("99999999", None),
        ("", None),
    ],
)
def test_dates_are_dates_or_nothing(written: str, date: str | None) -> None:
    assert names.iso_date(written) == date


def test_each_frame_has_its_own_plane_and_what_it_lacks_is_shared() -> None:
    def group(keyword: str, **attributes: Any) -> dict[str, Any]:
        item = {tag_of(name): {"vr": "DS", "Value": value} for name, value in attributes.items()}
        return {tag_of(keyword): {"vr": "SQ", "Value": [item]}}

    own = [group("PlanePositionSequence", ImagePositionPatient=[0, 0, z]) for z in (1, 2)]
    own[1] |= group("PixelMeasuresSequence", PixelSpacing=[4, 4])
    shared = group("PlaneOrientationSequence", ImageOrientationPatient=[0, 1, 0, 0, 0, -1])
    shared |= group("PixelMeasuresSequence", PixelSpacing=[2, 3])
    first, second = planes(
        {
            tag_of("SharedFunctionalGroupsSequence"): {"vr": "SQ", "Value": [shared]},
            tag_of("PerFrameFunctionalGroupsSequence"): {"vr": "SQ", "Value": own},
        },
        2,
    )
    assert (first.position, first.spacing) == ([0, 0, 1], [2, 3])
    assert second.beside(first) == {"position": [0, 0, 2], "spacing": [4, 4]}
    assert second.orientation == [0, 1, 0, 0, 0, -1]


def test_an_ultrasound_picture_tells_its_calibrated_regions_those_on_top_first() -> None:
    def region(flags: int, right: int, unit: int = 3, delta: float = -0.05) -> Dataset:
        item = Dataset()
        item.RegionSpatialFormat, item.RegionFlags = 1, flags
        item.RegionLocationMinX0, item.RegionLocationMinY0 = 10, 20
        item.RegionLocationMaxX1, item.RegionLocationMaxY1 = right, 200
        item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = unit
        item.PhysicalDeltaX, item.PhysicalDeltaY = delta, 0.06
        return item

    told = facts(
        SequenceOfUltrasoundRegions=[
            region(1, 90),
            region(0, 99),
            region(0, 50, unit=0),
            region(0, 9, delta=0),
        ]
    )
    found = regions.of(told)
    assert [one["right"] for one in found] == [99, 90]
    assert found[0] == {
        "left": 10, "top": 20, "right": 99, "bottom": 200,
        "across": 0.05, "down": 0.06, "units": ["cm", "cm"], "shape": "2d",
    }  # fmt: skip
