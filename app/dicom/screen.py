"""One display frame as a screen shows it, from nothing but what ``Instance.display`` tells of it.

The viewer's own arithmetic (``frontend/src/viewer/draw/grey.ts``), for pictures that leave without a viewer.
"""

import base64
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.dicom.lut import Lut
from app.dicom.window import LINEAR, Grey, Rescale, Window, apply, by_table

STRIP = 1 << 21
"""Pixels that are windowed at once: memory follows the frame, not its working copies."""


class Look(NamedTuple):
    """How stored values become greys; colour has neither ``window`` nor ``table``.

    ``padding`` is the lowest and highest stored value that is no picture: it is black, inverted or not.
    """

    modality: Rescale | Lut
    window: Window | None
    table: Lut | None
    inverted: bool
    padding: tuple[float, float] | None


def kind_of(display: dict[str, Any]) -> tuple["np.dtype[Any]", tuple[int, ...]]:
    """Return the type and shape of an instance's display frames."""
    letter = "f" if display.get("float") else "i" if display["signed"] else "u"
    shape = (int(display["rows"]), int(display["columns"]))
    return np.dtype(f"{letter}{display['bits'] // 8}"), (*shape, 3) if display["samples"] == 3 else shape


def look_of(display: dict[str, Any], frame: dict[str, Any], chosen: Window | None = None) -> Look:
    """Return how a frame is first shown, or shown through the window ``chosen``; ``frame`` is its own entry.

    A frame with windows of its own does without the instance's table.
    """
    modality = _modality(display, frame)
    padding = display.get("padding")
    ends = (padding["value"], padding.get("limit", padding["value"])) if padding else None
    windows, lut = frame.get("windows") or display["windows"], display.get("voi_lut")
    table = None
    if lut and lut["window"] == 0 and chosen is None and "windows" not in frame:
        greys = np.frombuffer(base64.b64decode(lut["data"]), np.uint8)
        table = Lut(int(lut["first"]), greys.astype(np.float64), 255.0)
    window = chosen or (Window(**windows[0]) if windows else None)
    inverted = display["photometric"] == "MONOCHROME1"
    return Look(modality, window, table, inverted, (min(ends), max(ends)) if ends else None)


def _modality(display: dict[str, Any], frame: dict[str, Any]) -> Rescale | Lut:
    """Return the straight line, or the table that takes its place (PS3.3 C.11.1)."""
    if curve := display.get("modality_lut"):
        values = np.frombuffer(base64.b64decode(curve["data"]), "<u2")
        return Lut(int(curve["first"]), values.astype(np.float64), 65535.0)
    return Rescale(**(frame.get("rescale") or display["rescale"]))


def sound(window: Window) -> bool:
    """Tell whether ``apply`` can draw through a window that somebody asked for."""
    finite = bool(np.isfinite([window.center, window.width]).all())
    return finite and window.width > 0 and not (window.function == LINEAR and window.width < 1)


def drawn(pixels: NDArray[Any], look: Look) -> Grey:
    """Return (rows, columns) as greys 0-255, or (rows, columns, 3) as RGB."""
    if pixels.ndim == 3:
        return 255 - pixels if look.inverted else pixels
    rows = max(1, STRIP // max(1, pixels.shape[1]))
    out = np.empty(pixels.shape, np.uint8)
    for at in range(0, pixels.shape[0], rows):
        out[at : at + rows] = by_table(pixels[at : at + rows], lambda stored: _greys(stored, look))
    return out


def _greys(stored: NDArray[Any], look: Look) -> Grey:
    values = look.modality(stored)
    if look.table is not None:
        greys = look.table.greys(values)
    elif look.window is not None:
        greys = apply(values, look.window)
    else:
        greys = np.rint(values.clip(0, 255)).astype(np.uint8)
    if look.inverted:
        greys = 255 - greys
    if look.padding:
        low, high = look.padding
        greys[(stored >= low) & (stored <= high)] = 0
    return greys
