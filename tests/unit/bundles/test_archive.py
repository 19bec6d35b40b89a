"""The ZIP as such: exact length, any range, every reader, large and many files, no wrong byte."""

import random
import shutil
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from app.bundles.archive import Archive
from app.bundles.entries import STORED, Entry, StoredObject, made_entry, stored_entry
from app.bundles.stream import CHUNK, Damaged, stream
from app.storage import ObjectNotFound
from app.storage.blocks import BLOCK, block_sums
from app.storage.local import LocalStore
from tests.servers import missing
from tests.shelf import gzip_member

MADE_AT = datetime(2026, 11, 24, 9, 30, 58, tzinfo=UTC)
GIB = 1 << 30


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def contents() -> dict[str, bytes]:
    chance = random.Random(7)
    return {f"IM{n:06d}": chance.randbytes(size) * 2 for n, size in enumerate((0, 1, 999, 70_000, 200_001))}


def an_archive(store: LocalStore, *, gzip: bool = True, files: dict[str, bytes] | None = None) -> Archive:
    entries = [made_entry("README.TXT", b"Read me\r\n" * 50)]
    for name, data in (contents() if files is None else files).items():
        body = gzip_member(data) if gzip else data
        store.put(name, BytesIO(body), durable=False)
        stored = StoredObject(name, len(body), gzip, block_sums(BytesIO(body)))
        digest = sha256(data).hexdigest()
        entries.append(stored_entry(f"PT000000/{name}", len(data), zlib.crc32(data), digest, stored))
    return Archive(entries, MADE_AT)


@pytest.mark.parametrize("gzip", [True, False])
def test_what_comes_out_is_what_went_in(store: LocalStore, gzip: bool) -> None:
    archive = an_archive(store, gzip=gzip)
    whole = b"".join(stream(archive, store))
    with ZipFile(BytesIO(whole)) as found:
        assert found.testzip() is None
        assert {name: found.read(f"PT000000/{name}") for name in contents()} == contents()
        assert found.getinfo("PT000000/IM000003").compress_type == (ZIP_DEFLATED if gzip else ZIP_STORED)
        assert {entry.date_time for entry in found.infolist()} == {(2026, 11, 24, 9, 30, 58)}


@pytest.mark.parametrize("gzip", [True, False])
def test_the_length_is_known_before_a_byte_is_read(store: LocalStore, gzip: bool) -> None:
    archive = an_archive(store, gzip=gzip)
    assert archive.length == sum(map(len, stream(archive, store)))


@pytest.mark.parametrize("gzip", [True, False])
def test_any_range_is_that_part_of_the_whole(store: LocalStore, gzip: bool) -> None:
    archive = an_archive(store, gzip=gzip)
    whole = b"".join(stream(archive, store))
    chance = random.Random(1)
    spans = [sorted(chance.sample(range(len(whole) + 1), 2)) for _ in range(50)]
    spans += [[0, 1], [0, len(whole)], [len(whole) - 1, len(whole)], [5, 5]]
    for start, end in spans:
        assert b"".join(stream(archive, store, start, end)) == whole[start:end], (start, end)


def test_chunks_are_worth_a_system_call_and_fit_a_slow_line(store: LocalStore) -> None:
    archive = an_archive(store, files={f"IM{n:06d}": bytes(5000) for n in range(100)}, gzip=False)
    *most, last = map(len, stream(archive, store))
    assert min(most) >= CHUNK
    assert max(most) <= 2 * CHUNK
    assert last <= 2 * CHUNK


def test_the_same_files_make_the_same_bytes_and_the_same_etag(store: LocalStore) -> None:
    one, other = an_archive(store), an_archive(store)
    assert one.etag == other.etag
    assert b"".join(stream(one, store)) == b"".join(stream(other, store))


def test_other_bytes_have_another_etag(store: LocalStore) -> None:
    changed = contents() | {"IM000001": b"other"}
    assert an_archive(store).etag != an_archive(store, files=changed).etag


@pytest.mark.parametrize(
    "command",
    [["unzip", "-tq"], ["7z", "t"], [sys.executable, "-m", "zipfile", "-t"]],
    ids=["unzip", "7z", "python"],
)
def test_other_programs_find_no_fault(store: LocalStore, tmp_path: Path, command: list[str]) -> None:
    if not shutil.which(command[0]):
        missing(command[0])
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"".join(stream(an_archive(store), store)))
    assert subprocess.run([*command, str(path)], capture_output=True, check=False).returncode == 0


def test_more_files_than_the_old_format_counts(store: LocalStore) -> None:
    entries = [Entry(f"IM{n:06d}", 1, zlib.crc32(b"x"), "", 1, STORED, b"x") for n in range(65_600)]
    archive = Archive(entries, MADE_AT)
    with ZipFile(BytesIO(b"".join(stream(archive, store)))) as found:
        assert len(found.namelist()) == 65_600
        assert found.read("IM065599") == b"x"


def test_files_and_archives_beyond_four_gibibytes(store: LocalStore, tmp_path: Path) -> None:
    large = stored_entry("LARGE", 5 * GIB, 0, "", StoredObject("large", 5 * GIB, False, b""))
    store.put("small", BytesIO(b"after"), durable=False)
    sums = block_sums(BytesIO(b"after"))
    small = stored_entry("SMALL", 5, zlib.crc32(b"after"), "", StoredObject("small", 5, False, sums))
    archive = Archive([large, small], MADE_AT)
    path = tmp_path / "sparse.zip"
    with path.open("wb") as file:
        for piece in archive.pieces():
            file.seek(piece.offset)
            file.write(piece.content if isinstance(piece.content, bytes) else b"after"[: piece.length])
    with ZipFile(path) as found:
        assert [entry.file_size for entry in found.infolist()] == [5 * GIB, 5]
        assert found.read("SMALL") == b"after"
    assert archive.length == path.stat().st_size
    with path.open("rb") as file:
        file.seek(5 * GIB + 100)
        assert b"".join(stream(archive, store, 5 * GIB + 100)) == file.read()


def test_a_missing_object_stops_before_a_wrong_byte(store: LocalStore) -> None:
    archive = an_archive(store)
    store.delete("IM000003")
    received: list[bytes] = []
    with pytest.raises(Damaged, match="IM000003"):
        received.extend(stream(archive, store))
    store.put("IM000003", BytesIO(gzip_member(contents()["IM000003"])))
    assert b"".join(stream(archive, store)).startswith(b"".join(received))


@pytest.mark.parametrize("gzip", [True, False])
def test_a_flipped_bit_is_never_sent_wherever_it_is(store: LocalStore, gzip: bool) -> None:
    data = random.Random(3).randbytes(2 * BLOCK + 12_345)
    archive = an_archive(store, files={"LARGE": data}, gzip=gzip)
    whole = b"".join(stream(archive, store))
    with store.open("LARGE") as file:
        body = file.read()
    for at in (20, BLOCK + 5, len(body) - 20):
        store.put("LARGE", BytesIO(body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]))
        received: list[bytes] = []
        with pytest.raises(Damaged, match="LARGE"):
            received.extend(stream(archive, store))
        assert whole.startswith(b"".join(received))
        assert len(b"".join(received)) > at - BLOCK - 2 * CHUNK
        part = stream(archive, store, archive.length - 30)
        assert b"".join(part) == whole[-30:]


def test_an_object_that_lost_its_end_is_never_sent(store: LocalStore) -> None:
    archive = an_archive(store)
    with store.open("IM000003") as file:
        body = file.read()
    store.put("IM000003", BytesIO(body[:-3]))
    with pytest.raises(Damaged, match="ends early"):
        list(stream(archive, store))


def test_a_large_object_is_read_from_where_it_is_wanted(store: LocalStore) -> None:
    data = random.Random(3).randbytes(4 * BLOCK + 12_345)
    archive = an_archive(store, files={"LARGE": data}, gzip=False)
    whole = b"".join(stream(archive, store))
    assert data in whole
    start = 2 * BLOCK - 9
    assert b"".join(stream(archive, store, start, start + BLOCK)) == whole[start : start + BLOCK]


def test_damage_is_told_in_our_own_words(store: LocalStore) -> None:
    archive = an_archive(store)
    store.delete("IM000000")
    with pytest.raises(Damaged) as why:
        list(stream(archive, store))
    assert not isinstance(why.value, ObjectNotFound)
    assert str(why.value) == "PT000000/IM000000: its object is missing"
