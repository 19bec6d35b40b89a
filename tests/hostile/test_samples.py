"""Every hostile file has the outcome that it must have, and takes nothing down."""

from pathlib import Path

import pytest

from app.dicom.dicomjson import text
from app.ingest.sandbox import Sandbox
from tests.hostile.outcomes import check
from tests.hostile.samples import GOOD, SAMPLES, SHOWN, Outcome, Sample


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_hostile_file_has_its_outcome(sample: Sample, reading: Sandbox, tmp_path: Path) -> None:
    """U-01, U-08, U-11, U-12."""
    path = tmp_path / "sample"
    path.write_bytes(sample.data)
    check(reading, path, sample.outcome)
    path.write_bytes(GOOD)
    check(reading, path, Outcome("instance", "", SHOWN))


def test_letters_are_never_read_as_utf_7(reading: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "sample"
    path.write_bytes(next(sample.data for sample in SAMPLES if sample.name == "charset: UTF-7"))
    with path.open("rb") as file:
        name = text(reading.read_header(file).facts or {}, "PatientName")
    assert "+ADw-script+AD4-" in name
