"""How an instance is first shown: by which transform, window or table; in its preview and in the viewer."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.dicom import preview
from app.dicom.dicomjson import Facts, number
from app.dicom.lut import Lut, composed, modality_lut, voi_lut
from app.dicom.window import Rescale, Window, apply, computed, padding_mask, rescale_of, windows_of

WHOLE_RANGE = "Whole range"


class Rendering(NamedTuple):
    """One frame and the way to show it. ``windows`` has at least one entry for greys, none for colour."""

    pixels: NDArray[Any]
    photometric: str
    aspect: float
    padding: dict[str, float] | None
    rescale: Rescale = Rescale()
    windows: tuple[Window, ...] = ()
    table: Lut | None = None

    @classmethod
    def of(
        cls, facts: Facts, luts: Facts, pixels: NDArray[Any], photometric: str, frame_index: int
    ) -> "Rendering":
        """Read from ``facts`` (and ``luts``, their long tables) how a frame is to be shown.

        The object's own window comes first, then its table, then a window over the values that are there.
        """
        plain = cls(
            preview.thinned(pixels), photometric, preview.aspect_of(facts, frame_index), _padding(facts)
        )
        if photometric == "RGB":
            return plain
        modality = modality_lut(facts | luts)
        line = modality.as_rescale() if modality else None
        rescale = line or (Rescale() if modality else rescale_of(facts, frame_index))
        windows = tuple(windows_of(facts, frame_index))
        table = voi_lut(facts | luts, signed=bool(rescale.intercept < 0 or plain.pixels.dtype.kind == "i"))
        stored = plain.pixels[~padding_mask(plain.pixels, facts)]
        if modality and not line:
            voi = windows[0] if windows else table or computed(modality(stored))
            table = composed(modality, voi)
            windows = (table.as_window(),)
        elif not windows:
            windows = (table.as_window() if table else computed(rescale(stored)),)
        elif _shows_nothing(rescale(stored), windows[0]):
            windows = (*windows, computed(rescale(stored))._replace(name=WHOLE_RANGE))
        return plain._replace(rescale=rescale, windows=windows, table=table)

    def shown(self) -> NDArray[np.uint8]:
        """Return the frame as a screen shows it: greys, or RGB."""
        if self.photometric == "RGB":
            return self.pixels
        values = self.rescale(self.pixels)
        greys = self.table.greys(values) if self.table else apply(values, self.windows[0])
        return 255 - greys if self.photometric == "MONOCHROME1" else greys

    def preview(self) -> preview.Preview:
        """Return the preview."""
        return preview.make(self.shown(), self.aspect)

    def to_json(self) -> dict[str, Any]:
        """Return the keys of ``Instance.display`` that tell how to show it."""
        return {
            "rescale": self.rescale._asdict(),
            "windows": [window._asdict() for window in self.windows],
            **({"voi_lut": self.table.to_json()} if self.table else {}),
            **({"padding": self.padding} if self.padding else {}),
        }


def _shows_nothing(values: NDArray[np.float64], window: Window) -> bool:
    greys = apply(values, window)
    return bool(greys.size) and bool(greys.min() == greys.max())


def _padding(facts: Facts) -> dict[str, float] | None:
    value, limit = number(facts, "PixelPaddingValue"), number(facts, "PixelPaddingRangeLimit")
    if value is None:
        return None
    return {"value": value} | ({} if limit is None else {"limit": limit})
