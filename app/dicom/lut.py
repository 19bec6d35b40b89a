"""Lookup tables of the modality and VOI stages (PS3.3 C.11.1.1.1, C.11.2.1.1).

The viewer is given a VOI table as 256 greys: screens show no more. A modality table that is a straight line
becomes the rescale that it is; any other is given whole, for people ask for its values.
"""

import base64
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.dicom.dicomjson import Facts, items, numbers, text
from app.dicom.window import Grey, Rescale, Window

MAX_ENTRIES = 1 << 16


class Lut(NamedTuple):
    """``values[i]`` is the output for the input ``first + i``; inputs outside take the nearest end."""

    first: int
    values: NDArray[np.float64]
    highest: float
    name: str = ""

    def __call__(self, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """Return the outputs for whole inputs."""
        index = np.clip(np.rint(inputs) - self.first, 0, len(self.values) - 1).astype(np.int64)
        found: NDArray[np.float64] = self.values[index]
        return found

    def greys(self, inputs: NDArray[Any]) -> Grey:
        """Return the outputs as 0–255."""
        return np.rint(self(inputs) * (255 / self.highest)).astype(np.uint8)

    def as_rescale(self) -> Rescale | None:
        """Return the straight line that the table is, or None when it is none."""
        if len(self.values) < 2:
            return None
        slope = float(self.values[1] - self.values[0])
        line = self.values[0] + slope * np.arange(len(self.values))
        straight = slope != 0 and np.array_equal(line, self.values)
        return Rescale(slope, float(self.values[0]) - slope * self.first) if straight else None

    def as_window(self) -> Window:
        """Return the straight window nearest to the table, for who can only draw straight lines."""
        rising = np.flatnonzero((self.values > self.highest * 0.02) & (self.values < self.highest * 0.98))
        low, high = (rising[0], rising[-1]) if rising.size > 1 else (0, len(self.values) - 1)
        width = float(max(high - low, 1))
        return Window(self.first + float(low) + width / 2, width, self.name, "LINEAR_EXACT")

    def to_json(self) -> dict[str, Any]:
        """Return what the viewer needs: a grey (one byte; all as base64) for each input from ``first`` on."""
        return self._told(8, np.rint(self.values * (255 / self.highest)).astype(np.uint8))

    def values_to_json(self) -> dict[str, Any]:
        """Return the outputs themselves: two bytes each, little endian."""
        return self._told(16, self.values.astype("<u2"))

    def _told(self, bits: int, entries: NDArray[Any]) -> dict[str, Any]:
        data = base64.b64encode(entries.tobytes()).decode()
        return {"first": self.first, "bits": bits, "name": self.name, "data": data}


def modality_lut(facts: Facts) -> Lut | None:
    """Return the modality table of an instance, if it has a usable one."""
    return _lut(items(facts, "ModalityLUTSequence"), signed=_signed(facts), name="ModalityLUTType")


def voi_lut(facts: Facts, *, signed: bool) -> Lut | None:
    """Return the first VOI table; ``signed`` tells whether its inputs can be negative."""
    return _lut(items(facts, "VOILUTSequence"), signed=signed, name="LUTExplanation")


def _signed(facts: Facts) -> bool:
    return numbers(facts, "PixelRepresentation")[:1] == [1.0]


def _lut(found: list[Facts], *, signed: bool, name: str) -> Lut | None:
    """PS3.3 C.11.1.1: entries (0 means 65536), first input, bits an entry."""
    if not found:
        return None
    descriptor, data = numbers(found[0], "LUTDescriptor"), numbers(found[0], "LUTData")
    if len(descriptor) != 3 or not data:
        return None
    entries, first, bits = (int(value) for value in descriptor)
    entries = entries or MAX_ENTRIES
    if signed and first >= 1 << 15:
        first -= 1 << 16
    values = np.array(data, np.float64)
    if len(values) < entries and bits <= 8:
        values = np.array(data, "<u2").view(np.uint8).astype(np.float64)
    if len(values) < entries or not 1 <= bits <= 16:
        return None
    highest = float((1 << bits) - 1)
    return Lut(first, values[:entries].clip(0, highest), highest, text(found[0], name))
