"""Windows are those of PS3.3 C.11.2.1.2 and C.11.2.1.3, and are read from where the standard keeps them."""

import math
from typing import Any

import numpy as np
import pytest

from app.dicom.dicomjson import tag_of
from app.dicom.window import (
    LINEAR_EXACT,
    SIGMOID,
    Rescale,
    Window,
    apply,
    computed,
    padding_mask,
    rescale_of,
    windows_of,
)

VALUES = np.arange(-1200, 1201, dtype=np.float64)


def facts(**attributes: Any) -> dict[str, Any]:
    return {
        tag_of(keyword): {"vr": "UN", "Value": value if isinstance(value, list) else [value]}
        for keyword, value in attributes.items()
    }


def linear(x: float, c: float, w: float) -> float:
    """The pseudo-code of PS3.3 C.11.2.1.2.1, with ymin 0 and ymax 255."""
    if x <= c - 0.5 - (w - 1) / 2:
        return 0
    if x > c - 0.5 + (w - 1) / 2:
        return 255
    return ((x - (c - 0.5)) / (w - 1) + 0.5) * 255


def linear_exact(x: float, c: float, w: float) -> float:
    """PS3.3 C.11.2.1.3.2."""
    if x <= c - w / 2:
        return 0
    return 255 if x > c + w / 2 else ((x - c) / w + 0.5) * 255


def sigmoid(x: float, c: float, w: float) -> float:
    """PS3.3 C.11.2.1.3.1."""
    return 255 / (1 + math.exp(-4 * (x - c) / w))


@pytest.mark.parametrize(("center", "width"), [(40, 400), (0, 100), (2048, 4096), (0.5, 1), (-600.5, 1500)])
def test_linear_windows_follow_the_formula(center: float, width: float) -> None:
    expected = [round(linear(x, center, width)) if width > 1 or x != center - 0.5 else 0 for x in VALUES]
    assert np.abs(apply(VALUES, Window(center, width)).astype(int) - expected).max() == 0


def test_the_standards_own_examples_hold() -> None:
    """PS3.3 C.11.2.1.2.1 and Note 4: width 1 is a threshold, width 2**n the identity."""
    assert apply(np.array([-1.0, -0.5, 0.0]), Window(0, 1)).tolist() == [0, 0, 255]
    full = np.arange(256, dtype=np.float64)
    assert apply(full, Window(128, 256)).tolist() == full.tolist()
    assert apply(np.array([0.0, 1.0]), Window(1, 2)).tolist() == [0, 255]


@pytest.mark.parametrize(("center", "width"), [(40, 400), (0.25, 0.5), (-100, 1)])
def test_exact_windows_follow_the_formula(center: float, width: float) -> None:
    expected = [round(linear_exact(x, center, width)) for x in VALUES]
    assert apply(VALUES, Window(center, width, "", LINEAR_EXACT)).tolist() == expected


def test_sigmoid_windows_follow_the_formula() -> None:
    expected = [round(sigmoid(x, 40, 400)) for x in VALUES]
    assert apply(VALUES, Window(40, 400, "", SIGMOID)).tolist() == expected


@pytest.mark.parametrize(
    "window", [Window(0, 0.5), Window(0, 0, "", LINEAR_EXACT), Window(0, -1, "", SIGMOID)]
)
def test_impossible_widths_are_no_windows(window: Window) -> None:
    with pytest.raises(ValueError, match="narrow"):
        apply(VALUES, window)


def test_windows_keep_their_order_and_their_names() -> None:
    told = facts(
        WindowCenter=[40, -600], WindowWidth=[400, 1500], WindowCenterWidthExplanation=["SOFT", "LUNG"]
    )
    assert windows_of(told) == [Window(40, 400, "SOFT"), Window(-600, 1500, "LUNG")]


def test_broken_windows_are_left_out() -> None:
    assert windows_of(facts(WindowCenter=[1, 2], WindowWidth=[0, 10])) == [Window(2, 10)]
    assert windows_of(facts(WindowCenter=["?"], WindowWidth=[10])) == []
    assert windows_of(facts(WindowCenter=[1])) == []


def test_windows_narrower_than_one_are_taken_exactly() -> None:
    assert windows_of(facts(WindowCenter=0.5, WindowWidth=0.1)) == [Window(0.5, 0.1, "", LINEAR_EXACT)]


def test_the_object_says_which_function_it_means() -> None:
    told = facts(WindowCenter=1, WindowWidth=2, VOILUTFunction="SIGMOID")
    assert windows_of(told)[0].function == SIGMOID


def test_a_frames_own_group_goes_before_the_shared_one_and_both_before_the_instance() -> None:
    def frame(slope: float) -> dict[str, Any]:
        return facts(PixelValueTransformationSequence=facts(RescaleSlope=slope, RescaleIntercept=1))

    told = facts(
        RescaleSlope=9,
        RescaleIntercept=9,
        SharedFunctionalGroupsSequence=frame(2),
        PerFrameFunctionalGroupsSequence=[frame(3), {}],
    )
    assert rescale_of(told, 0) == Rescale(3, 1)
    assert rescale_of(told, 1) == Rescale(2, 1)
    assert rescale_of(facts(RescaleSlope=9, RescaleIntercept=8)) == Rescale(9, 8)


def test_a_slope_of_nothing_is_no_slope() -> None:
    assert rescale_of(facts(RescaleSlope=0, RescaleIntercept=-1024)) == Rescale(1, -1024)


def test_computed_windows_leave_out_the_outliers() -> None:
    values = np.concatenate([np.linspace(0, 100, 10_000), [60_000.0]])
    window = computed(values)
    assert 45 < window.center < 55
    assert 90 < window.width < 110


@pytest.mark.parametrize("values", [np.array([]), np.full(9, 7.0), np.array([np.nan, np.inf])])
def test_computed_windows_are_possible_whatever_the_values(values: Any) -> None:
    assert computed(values).width > 0


def test_windows_of_masks_show_the_mask() -> None:
    mask = np.zeros(10_000)
    mask[:3] = 1
    assert apply(np.array([0.0, 1.0]), computed(mask)).tolist() == [0, 255]


def test_padding_is_one_value_or_a_range_in_either_order() -> None:
    stored = np.array([-2000, -1500, 0])
    assert padding_mask(stored, facts(PixelPaddingValue=-2000)).tolist() == [True, False, False]
    told = facts(PixelPaddingValue=-1500, PixelPaddingRangeLimit=-2000)
    assert padding_mask(stored, told).tolist() == [True, True, False]
    assert padding_mask(stored, {}).tolist() == [False, False, False]
