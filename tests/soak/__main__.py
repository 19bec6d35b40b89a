"""Fuzz the header reader, the one piece that meets every stranger's bytes first (atheris, libFuzzer).

``python -m tests.soak CORPUS -max_total_time=600``: what it finds is kept as ``crash-…`` in the folder where
it was started. Every find becomes a sample in tests/hostile.
"""

import json
import sys
from io import BytesIO
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["app.dicom"]):
    from app.dicom.part10 import read_header

from tests.hostile.samples import GOOD, SAMPLES

VERDICTS = ("instance", "dicomdir", "document", "not_dicom", "refused")


def one(data: bytes) -> None:
    """Read one input; whatever it is, there must be a verdict that can be written as JSON."""
    header = read_header(BytesIO(data), len(data))
    assert header.verdict in VERDICTS
    json.dumps(header._asdict(), allow_nan=False)


def main() -> None:
    """Fuzz from the hostile samples on, in the folder that the first argument names."""
    seeds = Path(sys.argv[1])
    seeds.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate([GOOD, *(sample.data for sample in SAMPLES)]):
        if len(data) < 100_000:
            (seeds / f"seed-{number:03d}").write_bytes(data)
    atheris.Setup([*sys.argv, "-max_len=100000", "-timeout=20", "-rss_limit_mb=2048"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
