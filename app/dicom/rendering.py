"""How an instance is first shown: by which transform, window or table; in its preview and in the viewer."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.dicom import preview
from app.dicom.dicomjson import Facts
from app.dicom.lut import Lut, modality_lut, voi_lut
from app.dicom.units import is_ct_slice, unit_of
from app.dicom.window import (
    Rescale,
    Window,
    apply,
    by_table,
    computed,
    padding_mask,
    padding_of,
    rescale_of,
    windows_of,
)

WHOLE_RANGE = "Whole range"
SOFT_TISSUE = Window(40.0, 400.0)
AIR = -500.0
SAMPLE = 1 << 16


class Rendering(NamedTuple):
    """One frame and the way to show it. ``windows`` has at least one entry for greys, none for colour.

    ``modality`` makes modality values of stored ones, in ``unit``; ``""`` where the object says none.
    ``table``, where there is one, refines the window of index ``refines``; None: it is a further choice.
    """

    pixels: NDArray[Any]
    photometric: str
    aspect: float
    padding: dict[str, float] | None
    modality: Rescale | Lut = Rescale()
    unit: str = ""
    windows: tuple[Window, ...] = ()
    table: Lut | None = None
    refines: int | None = None

    @classmethod
    def of(
        cls, facts: Facts, luts: Facts, pixels: NDArray[Any], photometric: str, frame_index: int
    ) -> "Rendering":
        """Read from ``facts`` (and ``luts``, their long tables) how a frame is to be shown.

        The object's own window comes first, then its table, then what is usual or fits the values.
        """
        aspect = preview.aspect_of(facts, frame_index)
        seen = preview.thinned(pixels)
        if seen.dtype.kind == "f":
            seen = np.where(np.isfinite(seen), seen, 0)
        plain = cls(seen, photometric, aspect, _padding(facts))
        if photometric == "RGB":
            return plain
        curve = modality_lut(facts | luts)
        modality = (curve.as_rescale() or curve) if curve else rescale_of(facts, frame_index)
        made = plain._replace(modality=modality, unit=unit_of(facts | luts, frame_index))
        return made._windowed(facts | luts, frame_index)

    def _windowed(self, facts: Facts, frame_index: int) -> "Rendering":
        """Add windows in modality values, and the VOI table."""
        table = voi_lut(facts, signed=self._is_signed())
        stored = self.pixels[~padding_mask(self.pixels, facts)] if self.padding else self.pixels
        ends = self._ends(stored)
        if own := tuple(windows_of(facts, frame_index)):
            hidden = len(set(apply(ends, own[0]))) == 1
            return self._replace(windows=own + ((self._whole(stored),) if hidden else ()), table=table)
        if table:
            return self._replace(windows=(table.as_window(),), table=table, refines=0)
        usual = (SOFT_TISSUE,) if _is_hounsfield(facts, ends.min()) else ()
        return self._replace(windows=(*usual, self._whole(stored)))

    def _is_signed(self) -> bool:
        """Tell whether modality values can be negative: those of a table never are (PS3.3 C.11.1.1.1)."""
        if isinstance(self.modality, Lut):
            return False
        return self.modality.intercept < 0 or self.pixels.dtype.kind != "u"

    def _ends(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Return the least and the greatest modality value."""
        if isinstance(self.modality, Lut):
            stored = self.modality(stored)
        ends = np.array([stored.min(), stored.max()]) if stored.size else np.zeros(2)
        return ends.astype(np.float64) if isinstance(self.modality, Lut) else self.modality(ends)

    def _whole(self, stored: NDArray[Any]) -> Window:
        """Return the window over the values that are there; a sample of them tells enough."""
        sample = stored.reshape(-1)[:: max(1, stored.size // SAMPLE)]
        return computed(self.modality(sample))._replace(name=WHOLE_RANGE)

    def shown(self) -> NDArray[np.uint8]:
        """Return the frame as a screen shows it: greys, or RGB."""
        if self.photometric == "RGB":
            return self.pixels
        greys = self._greys()
        return 255 - greys if self.photometric == "MONOCHROME1" else greys

    def _greys(self) -> NDArray[np.uint8]:
        return by_table(self.pixels, self._drawn)

    def _drawn(self, stored: NDArray[Any]) -> NDArray[np.uint8]:
        values = self.modality(stored)
        if self.table is not None and self.refines == 0:
            return self.table.greys(values)
        return apply(values, self.windows[0])

    def preview(self) -> preview.Preview:
        """Return the preview."""
        return preview.make(self.shown(), self.aspect)

    def cover(self) -> bytes:
        """Return the JPEG for pages that any browser reads."""
        return preview.cover(self.shown(), self.aspect)

    def to_json(self) -> dict[str, Any]:
        """Return the keys of ``Instance.display`` that tell how to show it."""
        return {
            **self._modality_to_json(),
            "windows": [window._asdict() for window in self.windows],
            **({"voi_lut": self.table.to_json() | {"window": self.refines}} if self.table else {}),
            **({"padding": self.padding} if self.padding else {}),
            **({"unit": self.unit} if self.unit else {}),
        }

    def _modality_to_json(self) -> dict[str, Any]:
        if isinstance(self.modality, Lut):
            return {"rescale": Rescale()._asdict(), "modality_lut": self.modality.values_to_json()}
        return {"rescale": self.modality._asdict()}


def _is_hounsfield(facts: Facts, lowest: float) -> bool:
    """Tell whether values are those of a CT slice with air in it (PS3.3 C.8.2.1.1.2)."""
    return is_ct_slice(facts) and lowest < AIR


def _padding(facts: Facts) -> dict[str, float] | None:
    if (padding := padding_of(facts)) is None:
        return None
    value, limit = padding
    return {"value": value} | ({} if limit == value else {"limit": limit})
