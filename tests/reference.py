"""What pydicom, or else DCMTK, says a picture's values are: modality values of greys, RGB of colour."""

import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_windowing
from pydicom.pixels.utils import pixel_array

Array = np.ndarray[Any, np.dtype[Any]]


def decoded(path: Path, index: int) -> tuple[Array, Dataset]:
    """Return a frame's stored values or RGB, and its data set; raises what the decoders raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset: Dataset = dcmread(path, force=True)
        try:
            frame = pixel_array(dataset, index=index)
        except Exception:
            frame, dataset = _by_dcmtk(path, index)
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            frame = apply_color_lut(frame, dataset)
    return frame.astype(frame.dtype.newbyteorder("=")), dataset


def _by_dcmtk(path: Path, index: int) -> tuple[Array, Dataset]:
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain"
        for tool in ("dcmdjpeg", "dcmdjpls"):
            if (
                subprocess.run([tool, str(path), str(plain)], capture_output=True, check=False).returncode
                == 0
            ):
                dataset = dcmread(plain, force=True)
                return pixel_array(dataset, index=index), dataset
    raise RuntimeError("neither pydicom nor DCMTK decodes it")


def modality(frame: Array, dataset: Dataset, index: int) -> Array:
    """Return modality values (PS3.3 C.11.1) of greys in double precision; colour as 8 bits."""
    if frame.ndim == 3:
        return (frame >> (8 * frame.dtype.itemsize - 8)).astype(np.float64)
    if "ModalityLUTSequence" in dataset:
        return np.asarray(apply_modality_lut(frame, dataset), np.float64)
    holder = _group(dataset, index, "PixelValueTransformationSequence")
    slope, intercept = holder.get("RescaleSlope"), holder.get("RescaleIntercept")
    return frame.astype(np.float64) * float(slope or 1) + float(intercept or 0)


def windowed(values: Array, dataset: Dataset) -> Array | None:
    """Return greys 0 to 255 by the data set's own first window, by pydicom; None where it has none."""
    width = dataset.get("WindowWidth")
    first = width[0] if isinstance(width, list) or hasattr(width, "__len__") else width
    plain = dataset.get("VOILUTFunction", "LINEAR") in ("", "LINEAR", "LINEAR_EXACT", "SIGMOID")
    if first is None or not plain or float(first) <= 1 or "ModalityLUTSequence" in dataset:
        return None
    if not dataset.get("VOILUTFunction"):
        dataset.VOILUTFunction = "LINEAR"
    shown: Array = apply_windowing(values, _unscaled(dataset))
    low, high = _range(dataset)
    return (shown - low) / (high - low) * 255


def _unscaled(dataset: Dataset) -> Dataset:
    """Return what describes the window, with a range of output that no rescale widens."""
    plain = Dataset()
    for keyword in ("WindowCenter", "WindowWidth", "VOILUTFunction", "BitsStored", "PixelRepresentation"):
        setattr(plain, keyword, dataset.get(keyword))
    plain.PhotometricInterpretation = "MONOCHROME2"
    return plain


def _range(dataset: Dataset) -> tuple[float, float]:
    bits = dataset.BitsStored
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if dataset.PixelRepresentation else (0, 2**bits - 1)


def _group(dataset: Dataset, index: int, keyword: str) -> Dataset:
    own = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for holder in (*own[index : index + 1], *shared[:1]):
        if found := holder.get(keyword):
            return found[0]  # type: ignore[no-any-return]  # pydicom's sequences hold data sets
    return dataset
