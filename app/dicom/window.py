"""From stored values to what a screen shows: modality transform, VOI LUT, windows (PS3.3 C.11.1, C.11.2).

The viewer does this with every frame; here it is done for previews, and its inputs are read from the facts.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.dicom.dicomjson import Facts, integer, items, number, numbers, text, texts, values

Pixels = NDArray[Any]
Grey = NDArray[np.uint8]

LINEAR, LINEAR_EXACT, SIGMOID = "LINEAR", "LINEAR_EXACT", "SIGMOID"
FUNCTIONS = (LINEAR, LINEAR_EXACT, SIGMOID)
ROBUST = (0.5, 99.5)
"""Percentiles of the values that a computed window reaches from black to white."""


class Rescale(NamedTuple):
    """Modality value = stored value × ``slope`` + ``intercept`` (PS3.3 C.11.1.1.2)."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, stored: Pixels) -> NDArray[np.float64]:
        """Return modality values."""
        return stored.astype(np.float64) * self.slope + self.intercept


class Window(NamedTuple):
    """Centre and width in modality values, such as HU; ``function`` is one of FUNCTIONS."""

    center: float
    width: float
    name: str = ""
    function: str = LINEAR


def group(facts: Facts, frame_index: int, sequence: str) -> Facts:
    """Return the item of a functional group for a frame: its own, the shared one, or the instance itself.

    PS3.3 C.7.6.16.
    """
    per_frame = values(facts, "PerFrameFunctionalGroupsSequence")[frame_index : frame_index + 1]
    shared = values(facts, "SharedFunctionalGroupsSequence")[:1]
    for holder in (*per_frame, *shared):
        if isinstance(holder, dict) and (found := items(holder, sequence)):
            return found[0]
    return facts


def rescale_of(facts: Facts, frame_index: int = 0) -> Rescale:
    """Return a frame's rescale; identity when the facts hold none that makes sense."""
    found = group(facts, frame_index, "PixelValueTransformationSequence")
    slope, intercept = number(found, "RescaleSlope"), number(found, "RescaleIntercept")
    return Rescale(slope or 1.0, intercept or 0.0)


def windows_of(facts: Facts, frame_index: int = 0) -> list[Window]:
    """Return a frame's windows in their order, without those of an impossible width (PS3.3 C.11.2.1.2)."""
    found = group(facts, frame_index, "FrameVOILUTSequence")
    names = texts(found, "WindowCenterWidthExplanation")
    function = text(found, "VOILUTFunction").upper()
    function = function if function in FUNCTIONS else LINEAR
    pairs = zip(numbers(found, "WindowCenter"), numbers(found, "WindowWidth"), strict=False)
    return [
        Window(center, width, names[i] if i < len(names) else "", _possible(function, width))
        for i, (center, width) in enumerate(pairs)
        if width > 0
    ]


def _possible(function: str, width: float) -> str:
    """LINEAR asks for a width of 1 or more; scaled values come with smaller ones all the same."""
    return LINEAR_EXACT if function == LINEAR and width < 1 else function


def computed(values: Pixels) -> Window:
    """Return a window over the robust range of modality values; ``values`` may be empty."""
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, ROBUST) if finite.size else (0.0, 1.0)
    if low == high and finite.size:
        low, high = finite.min(), finite.max()
    width = float(high - low) or 1.0
    return Window(float(low) + width / 2, width, "", LINEAR_EXACT)


def apply(values: Pixels, window: Window) -> Grey:
    """Map modality values to 0–255. Raises ValueError when the width is out of the function's range.

    PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.1 (SIGMOID), C.11.2.1.3.2 (LINEAR_EXACT).
    """
    center, width = window.center, window.width
    if width <= 0 or (window.function == LINEAR and width < 1):
        raise ValueError("a window that narrow")
    if window.function == SIGMOID:
        with np.errstate(over="ignore"):
            share = 1 / (1 + np.exp(-4 * (values - center) / width))
    else:
        share = _linear(values, center, width, exact=window.function == LINEAR_EXACT)
    return np.rint(share * 255).astype(np.uint8)


def _linear(values: Pixels, center: float, width: float, *, exact: bool) -> NDArray[np.float64]:
    middle, span = (center, width) if exact else (center - 0.5, width - 1)
    if span == 0:
        return (values > middle).astype(np.float64)
    return np.clip((values.astype(np.float64) - middle) / span + 0.5, 0, 1)


def by_table(stored: Pixels, grey_of: Callable[[Pixels], Grey]) -> Grey:
    """Return ``grey_of(stored)``; whole numbers are looked up in a table of their range.

    That is a tenth of the work for every pixel on its own.
    """
    if stored.dtype.kind == "f" or not stored.size:
        return grey_of(stored)
    low, high = int(stored.min()), int(stored.max())
    if high - low > stored.size:
        return grey_of(stored)
    looked_up: Grey = grey_of(np.arange(low, high + 1))[stored.astype(np.int64) - low]
    return looked_up


def padding_mask(stored: Pixels, facts: Facts) -> NDArray[np.bool_]:
    """Tell which stored values are padding."""
    if (padding := padding_of(facts)) is None:
        return np.zeros(stored.shape, np.bool_)
    return (stored >= min(padding)) & (stored <= max(padding))


def padding_of(facts: Facts) -> tuple[float, float] | None:
    """Return Pixel Padding Value and Range Limit: all from one to the other is no picture.

    Both are of the pixels' own type, whatever VR a device wrote; the limit is the value where there is none.
    PS3.3 C.7.5.1.1.2.
    """
    value, limit = number(facts, "PixelPaddingValue"), number(facts, "PixelPaddingRangeLimit")
    if value is None:
        return None
    first = _as_pixel(value, facts)
    return first, first if limit is None else _as_pixel(limit, facts)


def _as_pixel(value: float, facts: Facts) -> float:
    """Return a value of 16 bits as signed or unsigned as the pixels are."""
    signed = integer(facts, "PixelRepresentation") == 1
    if integer(facts, "BitsAllocated") != 16:
        return value
    if signed and value >= 1 << 15:
        return value - (1 << 16)
    return value if signed or value >= 0 else value + (1 << 16)
