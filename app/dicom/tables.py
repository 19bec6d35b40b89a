"""The tables that the facts of an instance leave out: palettes, long lookup tables, frame offsets, overlays.

They are read again from the original when its pixels are wanted, as bytes, within limits of their own.
"""

import numpy as np

from app.dicom.colour import COLOURS
from app.dicom.dicomjson import Facts, tag_of
from app.dicom.elements import ElementReader, Level
from app.dicom.encoding import Element, Encoding
from app.dicom.facts import LUT_DATA
from app.dicom.source import Window

MAX_TABLE = 256 * 1024
"""Bytes of one palette, lookup table or table of frame offsets."""
MAX_OVERLAY = 64 << 20
"""Bytes of one overlay's data."""

_RAW = {
    int(tag_of(keyword), 16): keyword
    for keyword in (
        *(f"{colour}PaletteColorLookupTableData" for colour in COLOURS),
        *(f"Segmented{colour}PaletteColorLookupTableData" for colour in COLOURS),
        "ExtendedOffsetTable",
    )
}
OVERLAY_GROUPS = range(0x6000, 0x6020, 2)
OVERLAY_DATA = "OverlayData"
_OVERLAY_ELEMENTS = {
    0x0010: "US",  # Rows
    0x0011: "US",  # Columns
    0x0015: "IS",  # Number of Frames in Overlay
    0x0022: "LO",  # Description
    0x0050: "SS",  # Origin
    0x0051: "US",  # Image Frame Origin
    0x0102: "US",  # Bit Position
    0x1500: "LO",  # Label
}
_OVERLAYS = {
    group << 16 | element: vr for group in OVERLAY_GROUPS for element, vr in _OVERLAY_ELEMENTS.items()
}
_OVERLAY_DATA = {group << 16 | 0x3000: f"{OVERLAY_DATA}{group:04X}" for group in OVERLAY_GROUPS}
_WANTED = {
    **_OVERLAYS,
    **dict.fromkeys((*_RAW, *_OVERLAY_DATA), "OW"),
    **{int(tag_of(keyword), 16): "SQ" for keyword in ("ModalityLUTSequence", "VOILUTSequence")},
    **{int(tag_of(keyword), 16): "LO" for keyword in ("LUTExplanation", "ModalityLUTType")},
    int(tag_of("LUTDescriptor"), 16): "US or SS",
    int(tag_of("PixelRepresentation"), 16): "US",
    LUT_DATA: "US or OW",
}


class TableReader(ElementReader):
    """Keeps the tables as raw bytes, and lookup tables longer than a header should hold."""

    def __init__(self, window: Window, encoding: Encoding) -> None:
        super().__init__(window, encoding, _WANTED)
        self.tables: dict[str, bytes] = {}

    def _wanted(self, level: Level, into: Facts, element: Element) -> None:
        if element.tag in _OVERLAY_DATA:
            self._overlay(level, element)
        elif element.length > MAX_TABLE or element.tag not in (*_RAW, LUT_DATA):
            super()._wanted(level, into, element)
        elif element.tag == LUT_DATA:
            values = self._values(level, element, "US", self.window.take(element.length))
            into[f"{LUT_DATA:08X}"] = {"vr": "US", "Value": values}
        else:
            self.tables[_RAW[element.tag]] = self.window.take(element.length)

    def _overlay(self, level: Level, element: Element) -> None:
        """Keep an overlay's bytes in the order in which its bits count; big endian words are turned."""
        if element.length > MAX_OVERLAY:
            self.tables[_OVERLAY_DATA[element.tag]] = b""
            super()._unwanted(level, element)
            return
        data = self.window.take(element.length)
        if not level.encoding.little and element.vr == b"OW":
            data = np.frombuffer(data[: len(data) // 2 * 2], ">u2").astype("<u2").tobytes()
        self.tables[_OVERLAY_DATA[element.tag]] = data
