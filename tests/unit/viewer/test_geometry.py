"""Where a picture lies, from headers of any quality."""

from typing import Any

import pytest

from app.viewer import names
from app.viewer.geometry import plane
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
