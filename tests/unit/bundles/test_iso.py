"""The ISO image: exact length, any range, level 1 and Joliet names, and no reader that objects."""

import random
import re
import shutil
import subprocess
import zlib
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from app.bundles.entries import Entry, StoredObject, made_entry, stored_entry
from app.bundles.iso import IsoImage
from app.bundles.iso_extent import SECTOR
from app.bundles.plan import Plan
from app.bundles.stream import CHUNK, Damaged, stream
from app.errors import Refused
from app.storage.blocks import BLOCK, block_sums
from app.storage.local import LocalStore
from tests.factories import ct_bytes
from tests.servers import missing
from tests.shelf import Shelf, gzip_member
from tests.unit.bundles.conftest import MADE_AT, Bundle

LEVEL_1 = re.compile(r"(/[A-Z0-9_]{1,8}){0,7}/[A-Z0-9_]{1,8}\.[A-Z0-9_]{0,3};1|(/[A-Z0-9_]{1,8})+")


@pytest.fixture
def made(shelf: Shelf, bundle: Bundle) -> Plan:
    """A bundle of 120 slices: more records than a sector holds."""
    return bundle(shelf.take(ct_bytes(n) for n in range(1, 121)))[0]


@pytest.fixture
def image(made: Plan, shelf: Shelf, tmp_path: Path) -> Path:
    path = tmp_path / "bundle.iso"
    path.write_bytes(shelf.whole(made.iso))
    return path


def said_by(*command: str | Path) -> str:
    """Return what a program says of an image; it must not object."""
    if not shutil.which(str(command[0])):
        missing(str(command[0]))
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def contents(made: Plan) -> dict[str, str]:
    return {entry.name: entry.sha256 for entry in made.entries}


def found_in(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_length_is_known_and_is_whole_sectors(made: Plan, shelf: Shelf) -> None:
    assert made.iso.length == len(shelf.whole(made.iso))
    assert made.iso.length % SECTOR == 0


@pytest.mark.parametrize("gzip", [True, False])
def test_any_range_is_that_part_of_the_whole(tmp_path: Path, gzip: bool) -> None:
    store, chance = LocalStore(tmp_path), random.Random(1)
    sizes = (0, 1, 2048, 70_000, 200_001)
    entries = [_kept(store, chance.randbytes(size) * 2, gzip, f"IM{size:06d}") for size in sizes]
    iso = IsoImage([made_entry("README.TXT", b"Read me"), *entries], "A", MADE_AT)
    whole = b"".join(stream(iso, store))
    for _ in range(60):
        start, end = sorted(chance.sample(range(len(whole) + 1), 2))
        assert b"".join(stream(iso, store, start, end)) == whole[start:end], (start, end)


def _kept(store: LocalStore, data: bytes, gzip: bool, name: str = "LARGE") -> Entry:
    body = gzip_member(data) if gzip else data
    store.put(name, BytesIO(body), durable=False)
    stored = StoredObject(name, len(body), gzip, block_sums(BytesIO(body)))
    return stored_entry(name, len(data), zlib.crc32(data), sha256(data).hexdigest(), stored)


def test_isoinfo_finds_level_1_names_and_the_volume_id(image: Path, made: Plan) -> None:
    facts = said_by("isoinfo", "-d", "-i", image)
    assert f"Volume id: {made.file_set_id}\n" in facts
    assert "Joliet with UCS level 3 found" in facts
    names = said_by("isoinfo", "-f", "-i", image).splitlines()
    assert len(names) == len(made.entries) + 3
    assert [name for name in names if not LEVEL_1.fullmatch(name)] == []
    wide = said_by("isoinfo", "-J", "-f", "-i", image).splitlines()
    assert {name.strip("/").removesuffix(";1") for name in wide} >= {entry.name for entry in made.entries}


def test_isovfy_finds_no_error(image: Path) -> None:
    assert "No errors found" in said_by("isovfy", image)


def test_seven_zip_takes_out_what_went_in(image: Path, made: Plan, shelf: Shelf, tmp_path: Path) -> None:
    said_by("7z", "x", "-y", f"-o{tmp_path / 'out'}", image)
    assert found_in(tmp_path / "out") == contents(made)


@pytest.mark.parametrize("tree", ["on", "off"], ids=["joliet", "level 1"])
def test_xorriso_takes_out_what_went_in(
    image: Path, made: Plan, shelf: Shelf, tmp_path: Path, tree: str
) -> None:
    out = tmp_path / "out"
    said_by(
        "xorriso", "-osirrox", "on", "-read_fs", "any" if tree == "on" else "nojoliet",
        "-indev", image, "-extract", "/", out,
    )  # fmt: skip
    found = {name.upper().removesuffix("."): digest for name, digest in found_in(out).items()}
    assert found == contents(made)


def test_the_same_files_make_the_same_bytes_and_others_another_etag(shelf: Shelf, bundle: Bundle) -> None:
    instances = shelf.take([ct_bytes(1), ct_bytes(2)])
    one, two = bundle(instances)[0].iso, bundle(instances)[0].iso
    assert one.etag == two.etag
    assert shelf.whole(one) == shelf.whole(two)
    assert bundle(instances[:1])[0].iso.etag != one.etag


def test_empty_files_and_extensions_stand_in_order(tmp_path: Path) -> None:
    names = ["A", "A.1", "A.B", "A0", "AB/C.TXT", "AB/C", "EMPTY", "Z.Z"]
    entries = [made_entry(name, b"" if name == "EMPTY" else name.encode()) for name in names]
    path = tmp_path / "small.iso"
    path.write_bytes(b"".join(stream(IsoImage(entries, "SMALL", MADE_AT), LocalStore(tmp_path))))
    assert "No errors found" in said_by("isovfy", path)
    said_by("7z", "x", "-y", f"-o{tmp_path / 'out'}", path)
    assert found_in(tmp_path / "out") == {entry.name: entry.sha256 for entry in entries}


@pytest.mark.parametrize("gzip", [True, False])
def test_a_large_file_flows_and_damage_stops_it_before_a_wrong_byte(tmp_path: Path, gzip: bool) -> None:
    store = LocalStore(tmp_path)
    data = random.Random(2).randbytes(3 * BLOCK)
    iso = IsoImage([_kept(store, data, gzip)], "LARGE", MADE_AT)
    whole = b"".join(stream(iso, store))
    assert data in whole
    with store.open("LARGE") as file:
        body = bytearray(file.read())
    body[2 * BLOCK + 9] ^= 4
    store.put("LARGE", BytesIO(body))
    received: list[bytes] = []
    with pytest.raises(Damaged):
        received.extend(stream(iso, store))
    assert whole.startswith(b"".join(received))
    assert len(b"".join(received)) > BLOCK
    assert max(map(len, received)) <= 2 * CHUNK


def test_what_level_1_cannot_hold_is_refused() -> None:
    huge = stored_entry("LARGE", 1 << 32, 0, "", StoredObject("large", 1 << 32, False, b""))
    with pytest.raises(Refused):
        IsoImage([huge], "LARGE", MADE_AT)
