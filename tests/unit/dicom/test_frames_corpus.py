"""Every real picture we have: its display frames equal what pydicom, or else DCMTK, decodes from it."""

import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.pixels.utils import pixel_array

from app.dicom.part10 import INSTANCE, read_header
from tests.corpus import corpus
from tests.displayed import Array, Displayed, display

CLOSE = 3
"""Grey levels that two decoders of a lossy codestream may differ by."""
SUBSAMPLED = 15
"""The same where colour was subsampled, which decoders smooth in their own ways."""
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
WITHOUT_A_WHOLE_PICTURE = {
    "JPEG2000-embedded-sequence-delimiter.dcm",  # its codestream's size was overwritten
    "badVR.dcm",
    "meta_missing_tsyntax.dcm",
    "nested_priv_SQ.dcm",
    "NM-NmIm-Siemens-s1-2.dcm",
}


def pictures() -> list[Path]:
    """Return the corpus's files, and pydicom's own where the corpus is another."""
    own = Path(str(get_testdata_file("CT_small.dcm"))).parent
    folders = {corpus(), own}
    return sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()})


def reference(path: Path, index: int) -> tuple[Array, Dataset]:
    """Return what pydicom decodes without further packages; raises what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(path, force=True)
        frame = pixel_array(dataset, index=index)
    return frame.astype(frame.dtype.newbyteorder("=")), dataset


def by_dcmtk(path: Path, folder: Path) -> tuple[Array, Dataset]:
    """Return what DCMTK decodes of the first frame; raises when it cannot."""
    plain = folder / "plain"
    for tool in ("dcmdjpeg", "dcmdjpls"):
        if subprocess.run([tool, str(path), str(plain)], capture_output=True, check=False).returncode == 0:
            return reference(plain, 0)
    raise RuntimeError("DCMTK cannot either")


def difference(shown: Displayed, index: int, expected: Array) -> int | float:
    frame = shown.frame(index)
    assert frame.shape == expected.shape
    if frame.ndim == 2:
        assert frame.dtype.kind == expected.dtype.kind
    elif expected.dtype.itemsize > 1:
        expected = expected >> (8 * expected.dtype.itemsize - 8)
    distance: Any = np.abs(frame.astype(np.float64) - expected.astype(np.float64)).max()
    return float(distance)


def check(shown: Displayed, index: int, expected: Array, dataset: Dataset) -> None:
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        assert shown.frame(index).shape == (*expected.shape, 3)
        return
    most = 0 if not shown.result["lossy"] else CLOSE if expected.ndim == 2 else SUBSAMPLED
    assert difference(shown, index, expected) <= most


@pytest.mark.parametrize("path", pictures(), ids=lambda path: path.name)
def test_display_frames_equal_what_others_decode(path: Path, tmp_path: Path) -> None:
    with path.open("rb") as file:
        header = read_header(file, path.stat().st_size)
        if header.verdict != INSTANCE or header.facts is None:
            pytest.skip("not an instance")
        shown = display(file)
    if shown.reason:
        _agree_that_there_is_none(path)
        return
    try:
        expected, dataset = reference(path, 0)
    except Exception:
        if shutil.which("dcmdjpeg") is None:
            pytest.skip("nobody here to compare with")
        try:
            expected, dataset = by_dcmtk(path, tmp_path)
        except Exception:
            pytest.skip("nobody else can decode it")
    check(shown, 0, expected, dataset)
    if (middle := len(shown.result["frames"]) // 2) and dataset.file_meta.get("TransferSyntaxUID"):
        try:
            expected, dataset = reference(path, middle)
        except Exception:
            return
        check(shown, middle, expected, dataset)


def _agree_that_there_is_none(path: Path) -> None:
    """Check that a file we do not show has nothing that pydicom could show."""
    if path.name.rpartition("__")[2] in WITHOUT_A_WHOLE_PICTURE:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(path, force=True)
        if any(keyword in dataset for keyword in PIXELS):
            with pytest.raises((AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError)):
                dataset.convert_pixel_data()


def test_a_lossy_picture_called_lossless_is_decoded_as_its_maker_did() -> None:
    """Decoders of a lossy codestream differ by a grey level; its maker's uncompressed copy is the judge."""
    twins = sorted(corpus().rglob("dcmjs__sample-op.*"))
    if len(twins) != 2:
        pytest.skip("the corpus has no such pair")
    compressed, uncompressed = map(display, twins)
    assert compressed.result["lossy"] is True
    assert np.array_equal(compressed.frame(), uncompressed.frame())
