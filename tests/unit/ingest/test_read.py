"""Every received file gets its verdict, and its bytes their place."""

import gzip
import hashlib
import zlib
from pathlib import Path

import pytest
from pydicom.encaps import encapsulate

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.ingest import read
from app.jobs.models import Job
from app.site import Site
from app.storage import keys
from app.studies import queries
from app.studies.models import Disc, DiscState, Instance, Original
from tests.corpus import dicom_folders
from tests.factories import (
    a_bit_of_everything,
    a_collision,
    ct_bytes,
    ct_dataset,
    ct_series,
    imported_disc,
    part10,
    read_through,
    received_disc,
)

JPEG_LS = "1.2.840.10008.1.2.4.80"


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """A folder to fill."""
    folder = tmp_path / "disc"
    folder.mkdir()
    return folder


def receipt(site: Site, disc_id: str) -> queries.Receipt:
    with site.sessions() as session:
        return queries.receipt(session, session.get_one(Disc, disc_id))


def test_every_file_gets_exactly_one_verdict(site: Site, organisation: Organisation, disc: Path) -> None:
    a_bit_of_everything(disc)
    found = receipt(site, imported_disc(site, organisation, disc))
    assert found._replace(bytes=0) == queries.Receipt(
        files=8,
        bytes=0,
        instances=3,
        dicomdir=1,
        documents=1,
        duplicates=1,
        not_dicom=1,
        refused=1,
        missing=1,
    )
    assert found.bytes == sum(path.stat().st_size for path in disc.rglob("*") if path.is_file())


def test_a_disc_that_was_read_is_ready_and_asks_for_display(
    site: Site, organisation: Organisation, disc: Path
) -> None:
    ct_series(disc, 2)
    disc_id = imported_disc(site, organisation, disc)
    with site.sessions() as session:
        found = queries.find_disc(session, organisation.id, disc_id)
        assert (found.state, found.read_at) == (DiscState.READY, site.now())
        (patient,) = queries.patients_of(session, found)
        assert (patient.name, patient.patient_id) == ("Test^Patient", "TEST-1")
        assert (patient.birth_date, patient.sex) == ("19610503", "O")
        (study,) = patient.studies
        assert (study.description, study.date) == ("CT of the chest", "20260312")
        assert [instance.number for instance in study.series[0].instances] == [1, 2]
        assert {instance.frames for instance in study.series[0].instances} == {1}
        assert [job.kind for job in session.query(Job)] == ["read_disc", "display_disc"]
        read_ = session.query(AuditEntry).filter_by(action="disc_read").one()
        assert read_.details == {"instance": 2, "missing": 0}
    assert list(site.store.keys("incoming/")) == []


def test_an_uncompressed_original_is_one_gzip_member_whose_deflate_stream_can_be_cut_out(
    site: Site, organisation: Organisation, disc: Path
) -> None:
    data = part10(ct_dataset(1, side=64))
    (disc / "IM1").write_bytes(data)
    imported_disc(site, organisation, disc)
    with site.sessions() as session:
        original = session.query(Original).one()
    with site.store.open(keys.original(organisation.id, original.sha256)) as file:
        stored = file.read()
    assert (original.encoding, original.size, original.stored_size) == ("gzip", len(data), len(stored))
    assert original.crc32 == zlib.crc32(data)
    assert original.sha256 == hashlib.sha256(data).hexdigest()
    assert len(stored) < len(data)
    assert stored[:10] == bytes.fromhex("1f8b08000000000004ff")
    assert zlib.decompress(stored[10:-8], -15) == gzip.decompress(stored) == data


def test_a_compressed_original_is_kept_as_it_came(site: Site, organisation: Organisation, disc: Path) -> None:
    dataset = ct_dataset(1)
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    data = part10(dataset, transfer_syntax_uid=JPEG_LS)
    (disc / "IM1").write_bytes(data)
    imported_disc(site, organisation, disc)
    with site.sessions() as session:
        original = session.query(Original).one()
    assert (original.encoding, original.stored_size) == ("identity", len(data))
    with site.store.open(keys.original(organisation.id, original.sha256)) as file:
        assert file.read() == data


def test_a_preamble_that_runs_brings_a_second_original_without_it(
    site: Site, organisation: Organisation, disc: Path
) -> None:
    preamble = b"MZ" + bytes(126)
    (disc / "IM1").write_bytes(part10(ct_dataset(1), preamble=preamble))
    (disc / "IM2").write_bytes(part10(ct_dataset(2), preamble=b"II*\0" + bytes(124)))
    imported_disc(site, organisation, disc)
    with site.sessions() as session:
        first, second = session.query(Instance).order_by(Instance.number)
        scrubbed = session.get_one(Original, (organisation.id, first.original.scrubbed_sha256))
        assert second.original.scrubbed_sha256 is None
        assert first.file.warnings
    assert scrubbed.sha256 == hashlib.sha256(ct_bytes(1)).hexdigest()
    with site.store.open(keys.original(organisation.id, scrubbed.sha256)) as file:
        assert gzip.decompress(file.read()) == ct_bytes(1)


def test_bytes_that_came_with_another_disc_are_instances_and_kept_once(
    site: Site, organisation: Organisation, disc: Path
) -> None:
    ct_series(disc, 2)
    discs = [imported_disc(site, organisation, disc) for _ in range(2)]
    assert [receipt(site, disc_id).instances for disc_id in discs] == [2, 2]
    with site.sessions() as session:
        assert session.query(Original).count() == 2
        assert {found.state for found in session.query(Disc)} == {DiscState.READY}
    assert len(list(site.store.keys("objects/"))) == 2


def test_a_lost_original_is_written_again(site: Site, organisation: Organisation, disc: Path) -> None:
    ct_series(disc, 1)
    imported_disc(site, organisation, disc)
    (key,) = site.store.keys("objects/")
    site.store.delete(key)
    imported_disc(site, organisation, disc)
    assert list(site.store.keys("objects/")) == [key]


def test_a_file_that_was_lost_before_reading_is_named(
    site: Site, organisation: Organisation, disc: Path
) -> None:
    ct_series(disc, 2)
    disc_id = received_disc(site, organisation, disc)
    site.store.delete(keys.incoming(disc_id, 0))
    read_through(site, disc_id)
    found = receipt(site, disc_id)
    assert (found.instances, found.refused) == (1, 1)


def test_reading_a_disc_again_does_nothing(site: Site, organisation: Organisation, disc: Path) -> None:
    ct_series(disc, 1)
    disc_id = imported_disc(site, organisation, disc)
    read_through(site, disc_id)
    read_through(site, "no such disc")
    with site.sessions() as session:
        assert session.query(Job).filter_by(kind="display_disc").count() == 1


def test_a_disc_given_up_has_failed_with_every_file_accounted_for(
    site: Site, organisation: Organisation, disc: Path
) -> None:
    ct_series(disc, 2)
    disc_id = received_disc(site, organisation, disc)
    with site.sessions.begin() as session:
        read.give_up(session, disc_id, "Something went wrong on our side.", site.now())
    found = receipt(site, disc_id)
    assert (found.files, found.refused) == (2, 2)
    with site.sessions() as session:
        assert session.get_one(Disc, disc_id).state_reason == "Something went wrong on our side."


def test_a_collision_keeps_both(site: Site, organisation: Organisation, disc: Path) -> None:
    """U-17."""
    a_collision(disc)
    disc_id = imported_disc(site, organisation, disc)
    assert receipt(site, disc_id).instances == 3


@pytest.mark.parametrize("folder", dicom_folders(), ids=lambda path: path.name)
def test_real_discs_add_up(site: Site, organisation: Organisation, folder: Path) -> None:
    found = receipt(site, imported_disc(site, organisation, folder))
    assert found.files == sum(1 for path in folder.rglob("*") if path.is_file())
    assert found.files == sum(found[2:8])
