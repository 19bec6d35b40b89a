"""Every file of the corpus gets the verdict that its table expects; any mutation of one gets an answer."""

import csv
import json
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.dicom.part10 import Header, read_header
from tests.corpus import corpus

ANY = {"instance", "dicomdir", "document", "not_dicom", "refused"}
EXPECTED = {
    "readable": {"instance", "dicomdir"},
    "readable with warning": {"instance", "dicomdir"},
    "not DICOM": {"not_dicom", "document"},
    "broken": {"instance", "refused"},
}
MUTATED = 64 * 1024


def cases() -> Iterator[tuple[str, set[str]]]:
    """Yield each file of the corpus with the verdicts that it may get."""
    table = corpus() / "MANIFEST.csv"
    if not table.is_file():
        yield from ((str(path.relative_to(corpus())), ANY) for path in corpus().rglob("*") if path.is_file())
        return
    with table.open() as rows:
        yield from ((row["path"], EXPECTED[row["expected"]]) for row in csv.DictReader(rows))


def read(path: Path) -> Header:
    with path.open("rb") as file:
        return read_header(file, path.stat().st_size)


def test_each_file_of_the_corpus_gets_the_verdict_its_table_expects() -> None:
    wrong = {}
    for path, allowed in cases():
        header = read(corpus() / path)
        if header.verdict not in allowed or (
            header.verdict != "instance" and not header.facts and not header.reason
        ):
            wrong[path] = header.verdict, header.reason
        json.dumps(header._asdict(), allow_nan=False)
    assert wrong == {}


def small_files() -> list[bytes]:
    """Return one small file of each folder that holds any."""
    by_folder: dict[Path, Path] = {}
    for path in sorted(corpus().rglob("*")):
        if path.is_file() and 200 < path.stat().st_size < MUTATED:
            by_folder.setdefault(path.parent, path)
    return [path.read_bytes() for path in by_folder.values()]


SEEDS = small_files()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, MUTATED), st.binary(min_size=1, max_size=8)), max_size=8),
    st.integers(1, MUTATED),
)
def test_any_mutation_is_answered_with_a_verdict(
    seed: bytes, changes: list[tuple[int, bytes]], length: int
) -> None:
    data = bytearray(seed)
    for place, change in changes:
        start = place % len(data)
        data[start : start + len(change)] = change
    del data[length:]
    started = time.process_time()
    header = read_header(BytesIO(bytes(data)), len(data))
    assert header.verdict in ANY
    assert header.reason != "It begins as DICOM, but it is damaged: it could not be read."
    assert "\0" not in json.dumps(header._asdict(), allow_nan=False)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("name", ["instance", "dicomdir"])
def test_the_corpus_holds_what_these_tests_are_for(name: str) -> None:
    assert any(read(corpus() / path).verdict == name for path, _ in cases())
