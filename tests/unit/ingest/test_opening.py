"""A disc that comes as one ZIP or ISO image is opened when it is read; its entries are the disc's files."""

import io
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.config import Config
from app.ingest import archives, receive, unpack
from app.ingest.limits import FILE_TOO_LARGE, MAX_DISC_BYTES, MAX_FILE_BYTES
from app.ingest.opening import StoreAway
from app.ingest.reading import CHANGED
from app.media import iso
from app.site import Site
from app.storage import keys
from app.studies import queries
from app.studies.models import Disc, DiscFile, DiscState, Verdict
from tests.factories import ct_bytes, ct_series, imported_disc, read_through, zipped
from tests.killing import read_and_die


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.xdist_group("seaweedfs"))])
def config(request: pytest.FixtureRequest, config: Config) -> Config:
    """Settings with a store of either kind."""
    if request.param == "local":
        return config
    return replace(config, storage_url=request.getfixturevalue("s3_url"))


def sent(site: Site, organisation: Organisation, name: str, data: bytes, sha: str | None = None) -> str:
    """Send a disc as one file, as a browser does; return its id."""
    with site.sessions.begin() as session:
        disc = receive.begin_disc(
            session, organisation.id, source="browser", by=OPERATOR, created_by=None, now=site.now()
        )
        receive.announce(session, disc, [receive.Announced(name, len(data), sha)])
        disc_id = disc.id
    receive.accept(site.sessions, site.store, disc_id, 0, io.BytesIO(data), site.now())
    with site.sessions.begin() as session:
        receive.close_disc(session, site.jobs, session.get_one(Disc, disc_id), by=OPERATOR, now=site.now())
    return disc_id


def verdicts(site: Site, disc_id: str) -> dict[str, tuple[str | None, str | None]]:
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        files = session.scalars(select(DiscFile).where(DiscFile.disc_id == disc_id).order_by(DiscFile.number))
        found = {file.path: (file.verdict, file.reason) for file in files}
        receipt = queries.receipt(session, disc)
        assert receipt.files == len(found) == sum(receipt[2:8])
        return found


def state_of(site: Site, disc_id: str) -> tuple[str, str | None]:
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        return disc.state, disc.state_reason


@pytest.fixture
def a_folder(tmp_path: Path) -> Path:
    """A disc: three slices, a text, nothing."""
    folder = tmp_path / "disc"
    ct_series(folder / "DICOM", 3)
    (folder / "README.TXT").write_text("hello")
    (folder / "EMPTY").touch()
    return folder


@pytest.fixture
def an_image(a_folder: Path, tmp_path: Path) -> Path:
    """The same as an ISO image with Joliet and Rock Ridge."""
    target = tmp_path / "disc.iso"
    subprocess.run(["genisoimage", "-quiet", "-R", "-J", "-o", target, a_folder], check=True)
    return target


def test_an_image_is_read_like_its_folder(
    site: Site, organisation: Organisation, a_folder: Path, an_image: Path
) -> None:
    disc_id = sent(site, organisation, "disc.iso", an_image.read_bytes())
    read_through(site, disc_id)
    assert verdicts(site, disc_id) == verdicts(site, imported_disc(site, organisation, a_folder))
    assert state_of(site, disc_id) == (DiscState.READY, None)
    assert list(site.store.keys("incoming/")) == []


def test_the_command_line_takes_the_same_image(
    site: Site, organisation: Organisation, a_folder: Path, an_image: Path
) -> None:
    disc_id = imported_disc(site, organisation, an_image)
    assert verdicts(site, disc_id) == verdicts(site, imported_disc(site, organisation, a_folder))
    with site.sessions() as session:
        assert session.get_one(Disc, disc_id).source == "iso"


def test_a_zip_is_opened_and_what_is_packed_inside_is_not(site: Site, organisation: Organisation) -> None:
    inner = zipped(IM9=ct_bytes(9))
    disc_id = sent(site, organisation, "disc", zipped(IM1=ct_bytes(1), IM2=ct_bytes(2), inner=inner))
    read_through(site, disc_id)
    assert [verdict for verdict, _ in verdicts(site, disc_id).values()] == ["instance"] * 2 + ["not_dicom"]
    assert list(site.store.keys("incoming/")) == []


def test_a_zip_in_a_zip_alone_is_not_opened(site: Site, organisation: Organisation) -> None:
    disc_id = sent(site, organisation, "disc.zip", zipped(inner=zipped(IM1=ct_bytes())))
    read_through(site, disc_id)
    assert [verdict for verdict, _ in verdicts(site, disc_id).values()] == ["not_dicom"]
    assert state_of(site, disc_id)[0] == DiscState.FAILED


def test_a_dicom_file_is_no_archive_whatever_its_name(site: Site, organisation: Organisation) -> None:
    disc_id = sent(site, organisation, "disc.zip", ct_bytes())
    read_through(site, disc_id)
    assert verdicts(site, disc_id) == {"disc.zip": ("instance", None)}


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("disc.iso", bytes(60_000), iso.NO_IMAGE),
        ("disc.zip", b"no ZIP", unpack.NO_ZIP),
        ("disc.zip", b"", unpack.NO_ZIP),
        ("DISC.NRG", bytes(5000), archives.FOREIGN),
        ("disc.tar.gz", bytes(5000), archives.FOREIGN),
    ],
)
def test_what_cannot_be_opened_fails_with_a_sentence(
    site: Site, organisation: Organisation, name: str, data: bytes, reason: str
) -> None:
    disc_id = sent(site, organisation, name, data)
    read_through(site, disc_id)
    assert state_of(site, disc_id) == (DiscState.FAILED, reason)
    assert verdicts(site, disc_id) == {name: (Verdict.REFUSED, reason)}


def test_a_bomb_is_refused_before_it_is_unpacked(site: Site, organisation: Organisation) -> None:
    entries = {f"B{number}": bytes(9 << 20) for number in range(3)}
    disc_id = sent(site, organisation, "disc.zip", zipped(**entries))
    read_through(site, disc_id)
    assert state_of(site, disc_id) == (DiscState.FAILED, unpack.BOMB)
    assert list(site.store.keys("incoming/")) == []


def test_an_archive_that_changed_on_the_way_is_not_opened(site: Site, organisation: Organisation) -> None:
    data = zipped(IM1=ct_bytes())
    disc_id = sent(site, organisation, "disc.zip", data, sha256(b"else").hexdigest())
    read_through(site, disc_id)
    assert verdicts(site, disc_id) == {"disc.zip": (Verdict.REFUSED, CHANGED)}


def test_an_archive_that_arrived_as_announced_is_opened(site: Site, organisation: Organisation) -> None:
    data = zipped(IM1=ct_bytes())
    disc_id = sent(site, organisation, "disc.zip", data, sha256(data).hexdigest())
    read_through(site, disc_id)
    assert verdicts(site, disc_id) == {"IM1": ("instance", None)}


@pytest.mark.parametrize("alive_for", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["zip", "iso"])
def test_opening_goes_on_where_it_was_stopped(
    site: Site, organisation: Organisation, an_image: Path, kind: str, alive_for: int
) -> None:
    data = an_image.read_bytes() if kind == "iso" else zipped(IM1=ct_bytes(1), IM2=ct_bytes(2), README=b"hi")
    disc_id = sent(site, organisation, f"disc.{kind}", data)
    read_through(site, disc_id, alive_for=alive_for)
    read_through(site, disc_id)
    expected = 5 if kind == "iso" else 3
    assert len(verdicts(site, disc_id)) == expected
    assert state_of(site, disc_id) == (DiscState.READY, None)
    assert list(site.store.keys("incoming/")) == []


@pytest.mark.parametrize("lives", [0, 1, 2, 3])
def test_a_worker_killed_while_it_opens_loses_nothing(
    site: Site, organisation: Organisation, lives: int
) -> None:
    disc_id = sent(site, organisation, "disc.zip", zipped(IM1=ct_bytes(1), IM2=ct_bytes(2)))
    read_and_die(site, disc_id, lives, batch=1)
    read_through(site, disc_id)
    assert verdicts(site, disc_id) == {"IM1": ("instance", None), "IM2": ("instance", None)}
    assert list(site.store.keys("incoming/")) == []


def test_a_store_that_fails_for_a_moment_is_no_fault_of_the_archive(
    site: Site, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    disc_id = sent(site, organisation, "disc.zip", zipped(IM1=ct_bytes()))
    if site.store.local_path(keys.incoming(disc_id, 0)):
        return
    opened = site.store.open
    failing = iter([True])

    def fails_once(key: str, start: int = 0, length: int | None = None) -> BinaryIO:
        if next(failing, False):
            raise OSError("the store does not answer")
        return opened(key, start, length)

    monkeypatch.setattr(site.store, "open", fails_once)
    with pytest.raises(StoreAway):
        read_through(site, disc_id)
    read_through(site, disc_id)
    assert verdicts(site, disc_id) == {"IM1": ("instance", None)}


def test_an_archive_may_be_as_large_as_a_disc_and_a_file_may_not(
    site: Site, organisation: Organisation
) -> None:
    with site.sessions.begin() as session:
        disc = receive.begin_disc(
            session, organisation.id, source="browser", by=OPERATOR, created_by=None, now=site.now()
        )
        receive.announce(session, disc, [("disc.iso", MAX_DISC_BYTES)])
        disc.state = DiscState.INGESTING
        file = session.scalars(select(DiscFile)).one()
        file.received_at, file.size, disc_id = site.now(), MAX_FILE_BYTES + 1, disc.id
        file.path = "not an archive"
    site.store.put(keys.incoming(disc_id, 0), io.BytesIO(bytes(500)))
    read_through(site, disc_id)
    assert verdicts(site, disc_id) == {"not an archive": (Verdict.REFUSED, FILE_TOO_LARGE)}
