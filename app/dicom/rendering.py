"""How an instance is first shown: by which transform, window or table; in its preview and in the viewer."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.dicom import preview
from app.dicom.dicomjson import Facts, number, text, texts
from app.dicom.lut import Lut, composed, modality_lut, voi_lut
from app.dicom.window import Rescale, Window, apply, computed, padding_mask, rescale_of, windows_of

WHOLE_RANGE = "Whole range"
SOFT_TISSUE = Window(40.0, 400.0)
AIR = -500.0


class Rendering(NamedTuple):
    """One frame and the way to show it. ``windows`` has at least one entry for greys, none for colour.

    ``table``, where there is one, refines the window of index ``refines``; None: it is a further choice.
    """

    pixels: NDArray[Any]
    photometric: str
    aspect: float
    padding: dict[str, float] | None
    rescale: Rescale = Rescale()
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
        plain = cls(preview.thinned(pixels), photometric, aspect, _padding(facts))
        if photometric == "RGB":
            return plain
        modality = modality_lut(facts | luts)
        line = modality.as_rescale() if modality else None
        if modality and not line:
            return plain._curved(modality, facts | luts, frame_index)
        rescale = line or rescale_of(facts, frame_index)
        return plain._replace(rescale=rescale)._windowed(facts | luts, frame_index)

    def _windowed(self, facts: Facts, frame_index: int) -> "Rendering":
        """Add windows in modality values, and the VOI table."""
        negative = self.rescale.intercept < 0 or self.pixels.dtype.kind != "u"
        table = voi_lut(facts, signed=negative)
        values = self.rescale(self.pixels[~padding_mask(self.pixels, facts)])
        whole = computed(values)._replace(name=WHOLE_RANGE)
        if own := tuple(windows_of(facts, frame_index)):
            more = (whole,) if _shows_nothing(values, own[0]) else ()
            return self._replace(windows=own + more, table=table)
        if table:
            return self._replace(windows=(table.as_window(),), table=table, refines=0)
        usual = (SOFT_TISSUE,) if _is_hounsfield(facts, values) else ()
        return self._replace(windows=(*usual, whole))

    def _curved(self, modality: Lut, facts: Facts, frame_index: int) -> "Rendering":
        """Fold a modality table that is no straight line, and what follows it, into one table."""
        stored = self.pixels[~padding_mask(self.pixels, facts)]
        own = windows_of(facts, frame_index)
        voi = own[0] if own else voi_lut(facts, signed=False) or computed(modality(stored))
        table = composed(modality, voi)
        return self._replace(windows=(table.as_window(),), table=table, refines=0)

    def shown(self) -> NDArray[np.uint8]:
        """Return the frame as a screen shows it: greys, or RGB."""
        if self.photometric == "RGB":
            return self.pixels
        values = self.rescale(self.pixels)
        tabled = self.table if self.refines == 0 else None
        greys = tabled.greys(values) if tabled else apply(values, self.windows[0])
        return 255 - greys if self.photometric == "MONOCHROME1" else greys

    def preview(self) -> preview.Preview:
        """Return the preview."""
        return preview.make(self.shown(), self.aspect)

    def to_json(self) -> dict[str, Any]:
        """Return the keys of ``Instance.display`` that tell how to show it."""
        return {
            "rescale": self.rescale._asdict(),
            "windows": [window._asdict() for window in self.windows],
            **({"voi_lut": self.table.to_json() | {"window": self.refines}} if self.table else {}),
            **({"padding": self.padding} if self.padding else {}),
        }


def _shows_nothing(values: NDArray[np.float64], window: Window) -> bool:
    greys = apply(values, window)
    return bool(greys.size) and bool(greys.min() == greys.max())


def _is_hounsfield(facts: Facts, values: NDArray[np.float64]) -> bool:
    """Tell whether values are those of a CT slice with air in it (PS3.3 C.8.2.1.1.2)."""
    is_slice = text(facts, "Modality") == "CT" and "LOCALIZER" not in texts(facts, "ImageType")
    return is_slice and bool(values.size) and bool(values.min() < AIR)


def _padding(facts: Facts) -> dict[str, float] | None:
    value, limit = number(facts, "PixelPaddingValue"), number(facts, "PixelPaddingRangeLimit")
    if value is None:
        return None
    return {"value": value} | ({} if limit is None else {"limit": limit})
