"""Pixels of one bit, as segmentations have them: packed across frames, the lowest bit first (PS3.5 8.1.1).

pydicom reads single frames of such data a byte too short where their bits straddle one byte more.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.pixelsource import PixelSource


def bitmaps(source: PixelSource, count: int) -> Iterator[tuple[NDArray[np.uint8], dict[str, Any]]]:
    """Yield the first ``count`` frames as 0 and 1, with pydicom's properties of a frame."""
    layout = source.layout
    bits = layout.rows * layout.columns
    for index in range(count):
        byte, skipped = divmod(index * bits, 8)
        source.stream.seek(source.position + byte)
        packed = np.frombuffer(source.stream.read((skipped + bits + 7) // 8), np.uint8)
        unpacked = np.unpackbits(packed, bitorder="little")[skipped : skipped + bits]
        yield (
            unpacked.reshape(layout.rows, layout.columns),
            {"photometric_interpretation": layout.photometric},
        )
