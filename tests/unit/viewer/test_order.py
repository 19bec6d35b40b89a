"""In which order things are leafed through, and what is seen first."""

import random
from typing import Any

import pytest
from pydicom.dataset import Dataset

from app.studies.models import Instance, Series, Study
from app.viewer import classes, first, order
from tests.factories import ct_dataset, facts_of, part10

CT = classes.STORAGE + "2"


def an_instance(number: int | None, sop_class_uid: str = CT, frames: int = 1, **changes: Any) -> Instance:
    dataset = ct_dataset(number or 1, **changes)
    part10(dataset)
    return Instance(
        id=f"{number}-{random.random()}",
        instance_uid=str(dataset.SOPInstanceUID),
        sop_class_uid=sop_class_uid,
        number=number,
        frames=frames,
        facts=facts_of(dataset),
    )


def numbers(found: list[Instance]) -> list[int | None]:
    return [instance.number for instance in found]


def test_slices_lie_by_position_not_by_number() -> None:
    shuffled = {1: 30, 2: 10, 3: 20, 4: 40, 5: 50}
    found = [an_instance(n, ImagePositionPatient=[0, 0, z]) for n, z in shuffled.items()]
    assert numbers(order.instances(found)) == [2, 3, 1, 4, 5]


def test_the_numbers_choose_the_direction() -> None:
    found = [an_instance(n, ImagePositionPatient=[0, 0, -n * 5]) for n in (1, 2, 3)]
    assert numbers(order.instances(found)) == [1, 2, 3]


def test_position_is_measured_along_the_normal_of_an_oblique_slice() -> None:
    tilted = [1, 0, 0, 0, 0.8, 0.6]
    found = [
        an_instance(n, ImageOrientationPatient=tilted, ImagePositionPatient=[0, -0.6 * d, 0.8 * d])
        for n, d in ((1, 10), (2, 0), (3, 20))
    ]
    assert numbers(order.instances(found)) == [2, 1, 3]


def test_pictures_that_face_different_ways_go_by_number() -> None:
    upright = [1, 0, 0, 0, 0, -1]
    found = [an_instance(3), an_instance(1, ImageOrientationPatient=upright), an_instance(2)]
    assert numbers(order.instances(found)) == [1, 2, 3]


@pytest.mark.parametrize("missing", ["ImagePositionPatient", "ImageOrientationPatient"])
def test_pictures_without_a_position_go_by_number(missing: str) -> None:
    without: dict[str, Any] = {missing: None}
    found = [an_instance(n, **without) for n in (3, 1, 2)]
    assert numbers(order.instances(found)) == [1, 2, 3]


def test_phases_over_the_same_places_stay_together() -> None:
    found = [
        an_instance(1 + 2 * place + phase, AcquisitionNumber=phase, ImagePositionPatient=[0, 0, place])
        for phase in (0, 1)
        for place in (0, 1, 2)
    ]
    assert numbers(order.instances(found)) == [1, 3, 5, 2, 4, 6]


def a_series(number: int, description: str = "", **facts: Any) -> tuple[Series, list[Instance]]:
    series = Series(id=str(number), number=number, series_uid=f"1.{number}", description=description)
    sop_class_uid = facts.pop("sop_class_uid", CT)
    return series, [an_instance(1, sop_class_uid, **facts)]


@pytest.mark.parametrize(
    "aside",
    [
        a_series(1, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
        a_series(1, "Scout"),
        a_series(1, "Dose report"),
        a_series(1, "Patient Protocol"),
        a_series(1, "SCREEN SAVE"),
        a_series(1, sop_class_uid=classes.STORAGE + "7"),
        a_series(1, sop_class_uid=classes.PDF, frames=0),
    ],
    ids=lambda found: f"{found[0].description or found[1][0].sop_class_uid}",
)
def test_scouts_dose_sheets_and_captures_come_after_pictures(aside: tuple[Series, list[Instance]]) -> None:
    proper = a_series(2, "Chest 1 mm")
    shared = {series.id: instances for series, instances in (aside, proper)}
    assert order.series([aside[0], proper[0]], shared) == [proper[0], aside[0]]


def test_the_newest_study_comes_first_and_one_without_a_date_last() -> None:
    found = [Study(study_uid=date, date=date, time="") for date in ("20250101", "", "20260101")]
    assert [study.date for study in order.studies(found)] == ["20260101", "20250101", ""]


def an_entry(uid: str, frames: int = 1, shown: bool = True) -> dict[str, Any]:
    return {"id": uid, "instance_uid": uid, "shown": shown, "frames": [{}] * frames, "preview": uid}


def a_study(*series: tuple[int, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "series": [
            {
                "series_uid": str(place),
                "rank": rank,
                "pictures": sum(len(entry["frames"]) for entry in entries),
                "instances": entries,
            }
            for place, (rank, entries) in enumerate(series)
        ]
    }


def test_the_middle_of_the_newest_studys_largest_series_is_seen_first() -> None:
    newest = a_study((0, [an_entry("small")]), (0, [an_entry(f"large{n}") for n in range(5)]))
    older = a_study((0, [an_entry(f"older{n}") for n in range(9)]))
    found = first.picture([newest, older], set())
    assert found is not None
    assert found["instance_id"] == "large2"


def test_a_key_image_is_seen_before_all_others() -> None:
    study = a_study((0, [an_entry("a"), an_entry("b"), an_entry("key")]))
    found = first.picture([study], {"key"})
    assert found is not None
    assert found["instance_id"] == "key"


def test_an_older_studys_picture_goes_before_a_newer_scout() -> None:
    newest, older = a_study((2, [an_entry("scout")])), a_study((0, [an_entry("slice")]))
    found = first.picture([newest, older], set())
    assert found is not None
    assert found["instance_id"] == "slice"


def test_the_middle_frame_of_a_film_is_seen_first() -> None:
    found = first.picture([a_study((0, [an_entry("film", frames=9)]))], set())
    assert found is not None
    assert (found["instance_id"], found["frame_index"]) == ("film", 4)


def test_without_any_picture_there_is_no_first() -> None:
    assert first.picture([a_study((3, [an_entry("pdf", 0, shown=False)]))], set()) is None


def enhanced(*frames: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of an object with these frames: ``z`` in mm, and attributes of their frame content."""
    dataset = ct_dataset(1, ImagePositionPatient=None, ImageOrientationPatient=None)
    orientation, shared = Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PlaneOrientationSequence = [orientation]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [frame_of(**frame) for frame in frames]
    part10(dataset)
    return facts_of(dataset)


def frame_of(z: float, **content: Any) -> Dataset:
    position, told, frame = Dataset(), Dataset(), Dataset()
    position.ImagePositionPatient = [0, 0, z]
    for keyword, value in content.items():
        setattr(told, keyword, value)
    frame.PlanePositionSequence, frame.FrameContentSequence = [position], [told]
    return frame


def test_frames_of_an_enhanced_object_lie_by_position() -> None:
    assert order.frames(enhanced({"z": 0}, {"z": 20}, {"z": 10}, {"z": 30}), 4) == [0, 2, 1, 3]
    assert order.frames(enhanced({"z": 0}, {"z": 10}), 2) is None


def test_frames_of_several_moments_stay_in_whole_passes() -> None:
    frames = [{"z": z, "TemporalPositionIndex": at} for z in (0, 10) for at in (1, 2)]
    assert order.frames(enhanced(*frames), 4) == [0, 2, 1, 3]


def test_pictures_of_one_place_that_no_number_tells_apart_go_by_the_moment() -> None:
    found = [
        an_instance(number, ImagePositionPatient=[0, 0, place], TriggerTime=time)
        for number, (place, time) in enumerate([(0, 50.0), (0, 10.5), (5, 11.0), (5, 51.0)])
    ]
    assert numbers(order.instances(found)) == [1, 2, 0, 3]
