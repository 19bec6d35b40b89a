"""Where an ultrasound picture can be measured: its calibrated regions (PS3.3 C.8.5.5)."""

from typing import Any

from app.dicom import dicomjson
from app.dicom.dicomjson import Facts

UNITS = {1: "%", 2: "dB", 3: "cm", 4: "s", 5: "Hz", 6: "dB/s", 7: "cm/s", 8: "cm²", 9: "cm²/s", 12: "°"}
"""Physical Units X and Y Direction, C.8.5.5.1.15: what a region counts in; 0 is nothing."""
SHAPES = {1: "2d", 2: "m-mode", 3: "spectral"}


def of(facts: Facts) -> list[dict[str, Any]]:
    """Return the regions with a scale, those on top first.

    ``left, top, right, bottom`` are the first and the last column and row within, from 0; ``across`` and
    ``down`` how much of ``units`` [x, y] a pixel is.
    """
    found = [
        told for item in dicomjson.items(facts, "SequenceOfUltrasoundRegions") if (told := _region(item))
    ]
    return sorted(found, key=lambda region: (not region.pop("on_top"), _size(region)))


def _region(item: Facts) -> dict[str, Any] | None:
    edges = [
        dicomjson.integer(item, f"RegionLocation{edge}") for edge in ("MinX0", "MinY0", "MaxX1", "MaxY1")
    ]
    deltas = [abs(dicomjson.number(item, f"PhysicalDelta{axis}") or 0) for axis in "XY"]
    units = [UNITS.get(dicomjson.integer(item, f"PhysicalUnits{axis}Direction") or 0) for axis in "XY"]
    if None in edges or None in units or min(deltas) <= 0:
        return None
    left, top, right, bottom = edges
    return {
        "left": left,
        "top": top,
        "right": right,
        "bottom": bottom,
        "across": deltas[0],
        "down": deltas[1],
        "units": units,
        "shape": SHAPES.get(dicomjson.integer(item, "RegionSpatialFormat") or 0, ""),
        "on_top": (dicomjson.integer(item, "RegionFlags") or 0) & 1 == 0,
    }


def _size(told: dict[str, Any]) -> int:
    return int((told["right"] - told["left"]) * (told["bottom"] - told["top"]))
