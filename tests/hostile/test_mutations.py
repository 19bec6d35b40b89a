"""Whatever bytes come, readers answer: with a verdict, or with the one error that they document."""

import json
import struct
import zipfile
from contextlib import suppress
from io import BytesIO

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.dicom.part10 import read_header
from app.errors import VirtualCdError
from app.ingest import unpack
from app.ingest.entries import Unreadable
from app.ingest.sandbox import MAX_JSON
from app.media import iso
from tests.hostile.samples import GOOD, SAMPLES

VERDICTS = {"instance", "dicomdir", "document", "not_dicom", "refused"}
SEEDS = [GOOD, *(sample.data for sample in SAMPLES if len(sample.data) < 20_000)]
RUNS = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
Changes = list[tuple[int, bytes]]
CHANGES = st.lists(
    st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6
)


def changed(data: bytes, changes: Changes, cut: int) -> bytes:
    """Return ``data`` with bytes overwritten here and there, and then cut off."""
    out = bytearray(data)
    for place, new in changes:
        at = place % max(len(out), 1)
        out[at : at + len(new)] = new
    return bytes(out[: len(out) - cut % (len(out) + 1)] if cut else out)


@RUNS
@given(st.sampled_from(SEEDS), CHANGES, st.integers(0, 4000) | st.just(0))
def test_every_mutated_file_gets_a_verdict(seed: bytes, changes: Changes, cut: int) -> None:
    """U-25."""
    data = changed(seed, changes, cut)
    header = read_header(BytesIO(data), len(data))
    assert header.verdict in VERDICTS
    assert header.reason or header.verdict in ("instance", "dicomdir")
    assert len(json.dumps(header._asdict(), allow_nan=False)) < MAX_JSON


@RUNS
@given(st.binary(max_size=4000))
def test_any_bytes_at_all_get_a_verdict(data: bytes) -> None:
    assert read_header(BytesIO(data), len(data)).verdict in VERDICTS
    dicom = bytes(128) + b"DICM" + data
    assert read_header(BytesIO(dicom), len(dicom)).verdict in VERDICTS


def a_zip() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("DICOM/IM1", "DICOM/IM2", "README.TXT"):
            archive.writestr(name, GOOD)
    return out.getvalue()


ZIP = a_zip()
SECTOR = 2048


def an_image() -> bytes:
    """Return an image of a disc with one file (ECMA-119): descriptors, a root directory, the file."""
    root = (
        _record(b"\0", 18, SECTOR, 2) + _record(b"\1", 18, SECTOR, 2) + _record(b"IM1.;1", 19, len(GOOD), 0)
    )
    descriptor = bytearray(SECTOR)
    descriptor[:7], descriptor[156:190] = b"\1CD001\1", _record(b"\0", 18, SECTOR, 2)[:34]
    descriptor[80:88], descriptor[128:132] = _both("I", 21), _both("H", SECTOR)
    parts = (bytes(descriptor), b"\xffCD001\1", root, GOOD)
    return bytes(16 * SECTOR) + b"".join(
        part.ljust(-(-len(part) // SECTOR) * SECTOR, b"\0") for part in parts
    )


def _both(form: str, value: int) -> bytes:
    return struct.pack(f"<{form}", value) + struct.pack(f">{form}", value)


def _record(name: bytes, sector: int, size: int, flags: int) -> bytes:
    head = _both("I", sector) + _both("I", size) + bytes((126, 1, 1, 0, 0, 0, 0, flags, 0, 0)) + _both("H", 1)
    body = b"\0" + head + bytes((len(name),)) + name
    body += b"\0" * (1 - len(body) % 2)
    return bytes((len(body) + 1,)) + body


IMAGE = an_image()


@RUNS
@given(CHANGES, st.integers(0, 4000) | st.just(0))
def test_a_mutated_zip_is_read_or_refused(changes: Changes, cut: int) -> None:
    """U-25."""
    data = changed(ZIP, changes, cut)
    with suppress(Unreadable, VirtualCdError), unpack.opened(BytesIO(data), len(data)) as entries:
        for entry in entries:
            if entry.open is None:
                assert entry.refusal
                continue
            with suppress(Unreadable), entry.open() as file:
                while file.read(1 << 16):
                    pass


@RUNS
@given(CHANGES, st.integers(0, 40_000) | st.just(0))
def test_a_mutated_disc_image_is_read_or_refused(changes: Changes, cut: int) -> None:
    """U-25."""
    data = changed(IMAGE, [(16 * SECTOR + place, new) for place, new in changes], cut)
    with suppress(Unreadable, VirtualCdError):
        for found in iso.files_of(BytesIO(data), len(data)):
            assert found.offset is None or 0 <= found.offset <= len(data)


def test_the_disc_image_that_is_mutated_is_a_good_one() -> None:
    [found] = iso.files_of(BytesIO(IMAGE), len(IMAGE))
    assert found.offset is not None
    assert IMAGE[found.offset : found.offset + found.size] == GOOD
