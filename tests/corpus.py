"""Where tests find real DICOM: a corpus beside the project, or pydicom's own test files."""

import os
from pathlib import Path

import pydicom.data

PROJECT = Path(__file__).parents[1]


def corpus() -> Path:
    """Return the folder: ``VCD_CORPUS``, else ``../shared/corpus``, else the files that pydicom brings."""
    if named := os.environ.get("VCD_CORPUS"):
        return Path(named)
    beside = PROJECT.parent / "shared" / "corpus"
    return beside if beside.is_dir() else Path(pydicom.data.__file__).parent / "test_files"


def dicom_folders() -> list[Path]:
    """Return every folder of the corpus that stands for a disc, or pydicom's sample file-set."""
    parts = [corpus() / part for part in ("discs", "files")]
    found = [
        folder for part in parts if part.is_dir() for folder in sorted(part.iterdir()) if folder.is_dir()
    ]
    return found or [corpus() / "dicomdirtests"]
