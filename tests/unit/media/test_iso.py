"""An image of a disc is read in place and believed nothing."""

import shutil
import struct
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import TooLarge
from app.media import iso
from app.media.isorecords import NoImage
from tests.servers import missing

SECTOR = 2048
ROOT = 20


def record(
    name: bytes, sector: int, size: int, *, flags: int = 0, fields: bytes = b"", unit: int = 0
) -> bytes:
    """Return a directory record (ECMA-119 9.1)."""
    padding = b"" if len(name) % 2 else b"\0"
    length = 33 + len(name) + len(padding) + len(fields)
    numbers = struct.pack("<I", sector) + struct.pack(">I", sector)
    numbers += struct.pack("<I", size) + struct.pack(">I", size)
    head = bytes([length, 0]) + numbers + bytes(7) + bytes([flags, unit, 0]) + b"\1\0\0\1"
    return head + bytes([len(name)]) + name + padding + fields


def folder(sector: int, *inside: bytes, fields: bytes = b"") -> bytes:
    return (
        record(b"\0", sector, SECTOR, flags=2, fields=fields)
        + record(b"\1", ROOT, SECTOR, flags=2)
        + b"".join(inside)
    )


def image(sectors: dict[int, bytes], *, root_size: int = SECTOR, joliet: int | None = None) -> bytes:
    """Return an image whose root lies in sector 20."""
    out = bytearray(SECTOR * (max(sectors) + 1))

    def descriptor(kind: int, root: int, escapes: bytes = b"") -> bytes:
        head = bytes([kind]) + b"CD001\1"
        head = head.ljust(88, b"\0") + escapes
        head = head.ljust(128, b"\0") + struct.pack("<H", SECTOR) + struct.pack(">H", SECTOR)
        return head.ljust(156, b"\0") + record(b"\0", root, root_size, flags=2)

    volumes = [descriptor(1, ROOT), *([descriptor(2, joliet, b"%/E")] if joliet else []), b"\xffCD001\1"]
    for number, data in [*enumerate(volumes, 16), *sectors.items()]:
        out[number * SECTOR : number * SECTOR + len(data)] = data
    return bytes(out)


def found(data: bytes) -> dict[str, tuple[int, int | None, str | None]]:
    return {one.path: one[1:] for one in iso.files_of(BytesIO(data), len(data))}


GOOD = {21: b"one", 22: b"two"}
ONE, TWO = record(b"IM1.;1", 21, 3), record(b"IM2.DCM;1", 22, 3)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what makes images differ: depth, long names, other letters, nothing in a file, a link."""
    root = tmp_path_factory.mktemp("tree")
    deep = root.joinpath("DICOM", *"ABCDEFGHI")
    deep.mkdir(parents=True)
    (deep / "a-name-longer-than-eight.dcm").write_bytes(b"deep")
    (root / "DICOM" / "IM000001").write_bytes(b"one" * 1000)
    (root / "Ünï").write_bytes(b"letters")
    (root / "EMPTY").touch()
    (root / "LINK").symlink_to("EMPTY")
    return root


@pytest.mark.parametrize(
    "command",
    [
        "genisoimage -R",
        "genisoimage -R -J",
        "genisoimage -R -J -udf",
        "xorriso -as mkisofs -R",
        "xorriso -as mkisofs -R -J",
    ],
)
def test_images_of_the_usual_makers_are_read_whole(tree: Path, tmp_path: Path, command: str) -> None:
    program, *options = command.split()
    if shutil.which(program) is None:
        missing(program)
    target = tmp_path / "disc.iso"
    subprocess.run([program, *options, "-quiet", "-o", target, tree], check=True, capture_output=True)
    with target.open("rb") as file:
        files = {one.path: one for one in iso.files_of(file, target.stat().st_size)}
        for path in (
            "DICOM/IM000001",
            "DICOM/A/B/C/D/E/F/G/H/I/a-name-longer-than-eight.dcm",
            "Ünï",
            "EMPTY",
        ):
            one = files.pop(path)
            file.seek(one.offset or 0)
            assert file.read(one.size) == (tree / path).read_bytes()
    assert [(one.path, one.refusal) for one in files.values()] == [("LINK", iso.LINK)]


def test_plain_names_lose_their_version() -> None:
    assert found(image({ROOT: folder(ROOT, ONE, TWO), **GOOD})) == {
        "IM1": (3, 21 * SECTOR, None),
        "IM2.DCM": (3, 22 * SECTOR, None),
    }


def test_what_only_one_of_two_trees_names_is_not_lost() -> None:
    name = "häss.dcm".encode("utf-16-be")
    sectors = {ROOT: folder(ROOT, ONE, TWO), 23: folder(23, record(name, 21, 3)), **GOOD}
    assert set(found(image(sectors, joliet=23))) == {"häss.dcm", "IM2.DCM"}


def test_names_are_text_and_lead_nowhere() -> None:
    """U-06."""
    bad = [record(name, 21, 3) for name in (b"../../etc/passwd", b"C:\\x", b"N\0UL", b"\xff\xfe")]
    files = found(image({ROOT: folder(ROOT, *bad), **GOOD}))
    assert list(files) == ["../../etc/passwd", "C:\\x", "N\0UL", "\ufffd\ufffd"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record(b"BAD", 5000, 3), iso.PAST_END),
        (record(b"BAD", 21, (1 << 32) - 1), iso.PAST_END),
        (record(b"BAD", 21, 3, unit=1), iso.PIECES),
        (record(b"BAD", 21, 2048, flags=0x80) + record(b"BAD", 21, 3), iso.PIECES),
        (record(b"BAD", 21, 4000), iso.OVERLAP),
        (record(b"BAD", 5000, 2048, flags=2), iso.PAST_END),
        (record(b"BAD", ROOT, 2048, flags=2), iso.LOOP),
        (record(b"x" * 200, 21, 3), None),
    ],
    ids=["far", "long", "interleaved", "pieces", "overlap", "folder-past-end", "loop", "long-name"],
)
def test_a_bad_file_is_refused_and_the_rest_goes_on(bad: bytes, reason: str | None) -> None:
    files = found(image({ROOT: folder(ROOT, TWO, bad), 23: b"end", **GOOD}))
    assert files.pop("IM2.DCM") == (3, 22 * SECTOR, None)
    ((path, (_, _, refusal)),) = files.items()
    assert refusal == reason
    assert path.rstrip("/") in ("BAD", "x" * 200)


def test_folders_without_end_are_cut_off() -> None:
    sectors = {
        number: folder(number, record(b"D", number + 1, SECTOR, flags=2)) for number in range(ROOT, ROOT + 60)
    }
    ((path, (_, _, reason)),) = found(image({**sectors, 90: b"end"})).items()
    assert path.count("D") == 32
    assert reason == "This lies more than 32 folders deep."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", iso.NO_IMAGE),
        (bytes(100_000), iso.NO_IMAGE),
        (image({ROOT: folder(ROOT, ONE)}, root_size=2 << 30), iso.UNFINISHED),
        (image({ROOT: folder(ROOT, ONE)})[: ROOT * SECTOR], iso.UNFINISHED),
        (bytes(16 * SECTOR) + b"\0BEA01\1".ljust(SECTOR, b"\0") * 4, iso.UDF_ONLY),
        (iso.RAW_SYNC + bytes(50_000), iso.RAW),
    ],
    ids=["empty", "zeros", "root-2-GB", "cut-off", "udf", "raw"],
)
def test_what_is_no_image_is_told_in_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(NoImage) as why:
        found(data)
    assert str(why.value) == reason


def test_an_empty_file_lies_inside_wherever_its_record_points() -> None:
    empty = record(b"EMPTY", 5000, 0)
    assert found(image({ROOT: folder(ROOT, empty, ONE), **GOOD})) == {
        "EMPTY": (0, 0, None),
        "IM1": (3, 21 * SECTOR, None),
    }


def test_many_names_for_the_same_bytes_are_too_much() -> None:
    many = b"".join(record(b"F%07d" % number, 21, 2 << 20) for number in range(40))
    data = image({ROOT: folder(ROOT) + many, 21: bytes(2 << 20), 1100: b"end"})
    with pytest.raises(TooLarge):
        found(data)


def test_a_damaged_list_is_named_and_the_rest_goes_on() -> None:
    bad = folder(21) + b"\x05" + bytes(40)
    files = found(image({ROOT: folder(ROOT, TWO, record(b"BAD", 21, SECTOR, flags=2)), 21: bad, 22: b"two"}))
    assert files == {"IM2.DCM": (3, 22 * SECTOR, None), "BAD": (0, None, iso.DAMAGED)}


def test_rock_ridge_that_goes_on_in_circles_ends() -> None:
    """U-13."""
    mark = b"SP\7\1\xbe\xef\0"
    circle = b"CE\x1c\1" + b"".join(struct.pack("<I", n) + struct.pack(">I", n) for n in (23, 0, 28))
    sectors = {ROOT: folder(ROOT, record(b"IM1", 21, 3, fields=circle), fields=mark), 23: circle, **GOOD}
    assert found(image(sectors)) == {"IM1": (3, 21 * SECTOR, None)}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(16 * SECTOR, 24 * SECTOR - 1), st.integers(0, 255)), max_size=12))
def test_changed_bytes_bring_only_foreseen_ends(changes: list[tuple[int, int]]) -> None:
    inner = record(b"D", 23, SECTOR, flags=2)
    data = bytearray(image({ROOT: folder(ROOT, ONE, TWO, inner), 23: folder(23, ONE), **GOOD}))
    for at, value in changes:
        data[at] = value
    try:
        files = iso.files_of(BytesIO(bytes(data)), len(data))
    except (NoImage, TooLarge):
        return
    assert all(one.offset is None or one.offset + one.size <= len(data) for one in files)
