"""Display frames made in this very process, and decoded again as the browser does."""

import gzip
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRBigEndian

from app.dicom.frames import make_display
from app.dicom.part10 import read_header
from tests.factories import ct_dataset, part10

ROOT = "1.2.840.10008.1.2.4."
Array = np.ndarray[Any, np.dtype[Any]]


class Displayed(NamedTuple):
    """What ``make_display`` returned and emitted."""

    result: dict[str, Any]
    blobs: dict[int | None, bytes]

    @property
    def reason(self) -> str:
        """Why it cannot be shown, or an empty text."""
        return str(self.result.get("reason", ""))

    def frame(self, index: int = 0) -> Array:
        """Return a frame as the viewer gets it: its type from the display, its values from the blob."""
        told = self.result
        kind = "f" if told.get("float") else "i" if told["signed"] else "u"
        shape = (told["rows"], told["columns"], told["samples"])[: 3 if told["samples"] == 3 else 2]
        return self.blob(index, told["frames"][index], f"{kind}{told['bits'] // 8}", shape)

    def blob(self, index: int, entry: dict[str, Any], kind: str, shape: tuple[int, ...]) -> Array:
        """Return a blob's values: of a frame, or of an overlay."""
        data, dtype = self.blobs[index], np.dtype(f"<{kind}")
        assert len(data) == entry["size"]
        if entry["encoding"] == "htj2k":
            decoded: Array = imagecodecs.htj2k_decode(data)
            assert decoded.dtype == dtype
        else:
            decoded = np.frombuffer(gzip.decompress(data) if entry["gzip"] else data, dtype)
        return decoded.reshape(shape)


def display(source: bytes | Path | BinaryIO) -> Displayed:
    """Read a file's header and make its display frames."""
    file = source if not isinstance(source, bytes | Path) else BytesIO(_bytes(source))
    size = file.seek(0, 2)
    header = read_header(file, size)
    assert header.facts is not None, header.reason
    blobs: dict[int | None, bytes] = {}
    return Displayed(make_display(file, header.facts, blobs.__setitem__), blobs)


def _bytes(source: bytes | Path) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def image(pixels: Array, **changes: Any) -> Dataset:
    """Return a data set that holds ``pixels``: (rows, columns) or (…, 3), frames before them if told so."""
    colour = pixels.shape[-1] == 3
    frames = int(changes.pop("frames", 1))
    rows, columns = pixels.shape[-3:-1] if colour else pixels.shape[-2:]
    order = changes.pop("order", "<")
    data = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    bits = 8 * pixels.dtype.itemsize
    described: dict[str, Any] = {
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": "RGB" if colour else "MONOCHROME2",
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "PixelData": data + bytes(len(data) % 2),
        "WindowCenter": None,
        "WindowWidth": None,
        "RescaleSlope": None,
        "RescaleIntercept": None,
    }
    if colour:
        described["PlanarConfiguration"] = 0
    if frames > 1:
        described["NumberOfFrames"] = frames
    return ct_dataset(1, **{**described, **changes})


def native(pixels: Array, **changes: Any) -> Displayed:
    """Display uncompressed pixels."""
    big = changes.get("order") == ">"
    dataset = image(pixels, **changes)
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated <= 8 else "OW"
    return display(part10(dataset, transfer_syntax_uid=ExplicitVRBigEndian if big else None))


def compressed(
    pixels: Array, codestreams: Iterable[bytes | bytearray], leaf: str, **changes: Any
) -> Displayed:
    """Display ``codestreams``, a frame each, of the transfer syntax 1.2.840.10008.1.2.4.``leaf``."""
    dataset = image(pixels, **changes)
    dataset.PixelData = encapsulate([bytes(data) for data in codestreams])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    known = f"{ROOT}80" if len(leaf) == 2 else f"{ROOT}201"  # pydicom writes none that it does not know
    data = part10(dataset, transfer_syntax_uid=UID(known))
    return display(data.replace(known.encode(), f"{ROOT}{leaf}".encode(), 1))
