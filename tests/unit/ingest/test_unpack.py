"""A ZIP is imported and believed nothing."""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import pytest

from app.accounts.models import Organisation
from app.errors import TooLarge
from app.ingest import limits, unpack
from app.site import Site
from app.studies import queries
from app.studies.models import DiscFile, DiscState, Verdict
from tests.factories import ct_bytes, imported_disc

GOOD = ct_bytes(1)
Found = dict[str, tuple[str | None, str | None]]


class Entry(NamedTuple):
    """An entry written byte by byte, so that it can lie."""

    name: bytes
    data: bytes
    size: int | None = None
    """Declared, when it is not the true one."""
    flags: int = 0
    attributes: int = 0
    crc: int | None = None


def zip_of(*entries: Entry) -> bytes:
    """Return a ZIP of deflated entries with the headers that they declare (APPNOTE 4.3)."""
    out, directory = io.BytesIO(), io.BytesIO()
    for entry in entries:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(entry.data) + packer.flush()
        size = len(entry.data) if entry.size is None else entry.size
        crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
        common = struct.pack("<HHHHHIII", 20, entry.flags, 8, 0, 0x21, crc, len(packed), size)
        where = out.tell()
        out.write(b"PK\3\4" + common + struct.pack("<HH", len(entry.name), 0) + entry.name + packed)
        tail = struct.pack("<HHHHHII", len(entry.name), 0, 0, 0, 0, entry.attributes, where)
        directory.write(b"PK\1\2" + struct.pack("<H", 20) + common + tail + entry.name)
    begin, listed = out.tell(), directory.getvalue()
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(listed), begin, 0)
    return out.getvalue() + listed + b"PK\5\6" + end


def run(site: Site, organisation: Organisation, folder: Path, data: bytes) -> tuple[str, Found]:
    """Import a ZIP; return the disc's state, and verdict and reason of each entry."""
    path = folder / "disc.zip"
    path.write_bytes(data)
    disc_id = imported_disc(site, organisation, path)
    with site.sessions() as session:
        disc = queries.find_disc(session, organisation.id, disc_id)
        receipt = queries.receipt(session, disc)
        files = session.query(DiscFile).filter_by(disc_id=disc_id).order_by(DiscFile.number).all()
        assert receipt.files == len(files) == sum(receipt[2:8])
        return disc.state, {f"{file.number} {file.path}": (file.verdict, file.reason) for file in files}


def test_the_entries_of_a_zip_are_its_files(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("DICOM")
        archive.writestr("DICOM/IM1", GOOD)
        archive.writestr("DICOM/IM2", ct_bytes(2), zipfile.ZIP_STORED)
        archive.writestr("README.TXT", "hello")
        archive.writestr("inner.zip", zip_of(Entry(b"IM9", ct_bytes(9))))
    state, found = run(site, organisation, tmp_path, out.getvalue())
    assert state == DiscState.READY
    assert [verdict for verdict, _ in found.values()] == ["instance", "instance", "not_dicom", "not_dicom"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Entry(b"locked", ct_bytes(5), flags=1), unpack.LOCKED),
        (Entry(b"link", b"/etc/passwd", attributes=0o120777 << 16), unpack.LINK),
        (Entry(b"short", ct_bytes(5), size=10), unpack.DAMAGED),
        (Entry(b"long", ct_bytes(5), size=100_000), unpack.DAMAGED),
        (Entry(b"crc", ct_bytes(5), crc=1), unpack.DAMAGED),
        (Entry(b"bomb", bytes(32 << 20)), unpack.BOMB),
        (Entry(b"huge", b"x", size=limits.MAX_FILE_BYTES + 1), limits.FILE_TOO_LARGE),
        (Entry(b"d/" * 40 + b"deep", ct_bytes(5)), limits.TOO_DEEP),
        (Entry(b"x" * 300, ct_bytes(5)), limits.PATH_TOO_LONG),
        (Entry(b"folder/", b"with bytes"), unpack.FOLDER),
    ],
    ids=lambda value: value.name.decode()[-8:] if isinstance(value, Entry) else "",
)
def test_a_bad_entry_is_refused_and_the_rest_goes_on(
    site: Site, organisation: Organisation, tmp_path: Path, bad: Entry, reason: str
) -> None:
    state, found = run(site, organisation, tmp_path, zip_of(bad, Entry(b"IM1", GOOD)))
    assert state == DiscState.READY
    assert list(found.values()) == [(Verdict.REFUSED, reason), (Verdict.INSTANCE, None)]


def test_packing_that_is_not_deflate_is_refused(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("IM1", GOOD)
    state, found = run(site, organisation, tmp_path, out.getvalue())
    assert state == DiscState.FAILED
    assert found == {"0 IM1": (Verdict.REFUSED, unpack.METHOD)}


def test_names_lead_nowhere(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    """U-06."""
    names = [b"../../slip1", b"/tmp/slip2", b"C:\\slip3", b"..\\slip4", b"IM1", b"im1", b"IM1", b"a\xff"]
    before = set(tmp_path.parent.rglob("*slip*"))
    state, found = run(
        site,
        organisation,
        tmp_path,
        zip_of(*(Entry(name, ct_bytes(number)) for number, name in enumerate(names, 1))),
    )
    assert state == DiscState.READY
    assert [verdict for verdict, _ in found.values()] == [Verdict.INSTANCE] * len(names)
    assert set(tmp_path.parent.rglob("*slip*")) == before
    assert not Path("/tmp/slip2").exists()


def test_entries_that_share_their_bytes_are_refused(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    """U-08."""
    one = zip_of(Entry(b"IM1", GOOD))
    begin = struct.unpack_from("<I", one, len(one) - 6)[0]
    record = one[begin:-22]
    twice = (
        one[:begin] + record * 3 + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 3, 3, len(record) * 3, begin, 0)
    )
    state, found = run(site, organisation, tmp_path, twice)
    assert state == DiscState.READY
    assert sorted(str(verdict) for verdict, _ in found.values()) == ["instance", "refused", "refused"]


def test_a_local_name_that_differs_from_the_table_of_contents_is_refused(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    good = zip_of(Entry(b"IM1", GOOD))
    assert good.count(b"IM1") == 2
    _, found = run(site, organisation, tmp_path, good.replace(b"IM1", b"XX1", 1))
    assert found == {"0 IM1": (Verdict.REFUSED, unpack.DAMAGED)}


@pytest.mark.parametrize(
    "data", [b"", b"PK\5\6" + bytes(17), b"not a ZIP", zip_of(Entry(b"IM1", GOOD))[:-30]]
)
def test_a_file_that_is_no_zip_is_a_failed_disc_of_one_refused_file(
    site: Site, organisation: Organisation, tmp_path: Path, data: bytes
) -> None:
    state, found = run(site, organisation, tmp_path, data)
    assert state == DiscState.FAILED
    assert found == {"0 disc.zip": (Verdict.REFUSED, unpack.NO_ZIP)}


def test_an_empty_zip_is_a_failed_disc(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    assert run(site, organisation, tmp_path, zip_of()) == (DiscState.FAILED, {})


def test_a_prefix_that_runs_does_not_matter(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    state, _ = run(site, organisation, tmp_path, b"MZ" + bytes(62) + zip_of(Entry(b"IM1", GOOD)))
    assert state == DiscState.READY


@pytest.mark.parametrize(
    ("limit", "value", "entries"),
    [
        ("MAX_FILES", 2, [Entry(b"IM%d" % number, GOOD) for number in range(3)]),
        ("READ_AT_ONCE", 70_000, [Entry(b"x" * 900, b"") for _ in range(100)]),
    ],
    ids=["too many entries", "a table of contents of unreasonable size"],
)
def test_what_lists_too_much_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, entries: list[Entry]
) -> None:
    monkeypatch.setattr(unpack, limit, value)
    data = zip_of(*entries)
    with pytest.raises(TooLarge, match=limits.TOO_MANY_FILES), unpack.opened(io.BytesIO(data), len(data)):
        pass


def test_many_small_bombs_are_one_bomb(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    """U-08."""
    with pytest.raises(TooLarge):
        run(site, organisation, tmp_path, zip_of(*(Entry(b"B%d" % n, bytes(9 << 20)) for n in range(3))))
