"""A deleted disc can be restored for a day; then its bytes go, unless another disc needs them."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.db import Base
from app.errors import NotFound, Refused
from app.ingest.begin import begin_disc, close_disc
from app.ingest.decisions import decide
from app.ingest.held import take_held
from app.shares.models import Purpose, Share, ShareInstance, ShareVersion
from app.shares.notes import erase_notes
from app.site import Site
from app.storage import keys
from app.storage.local import LocalStore
from app.studies import queries, retention
from app.studies.models import Disc, DiscFile, Instance, Original
from tests.conftest import Clock
from tests.factories import a_disc, a_share, ct_dataset, ct_series, imported_disc, part10, read_through


def delete(site: Site, disc_id: str) -> None:
    with site.sessions.begin() as session:
        retention.delete_disc(session, session.get_one(Disc, disc_id), by=OPERATOR, now=site.now())


def purged(site: Site) -> int:
    return retention.purge_due(site.sessions, site.store, site.now(), erase_notes)


def test_a_deleted_disc_is_gone_and_can_be_restored_for_a_day(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    disc_id = a_disc(site, organisation)
    delete(site, disc_id)
    with site.sessions() as session:
        assert queries.list_discs(session, organisation.id) == []
        with pytest.raises(NotFound):
            queries.find_disc(session, organisation.id, disc_id)
        (deleted,) = retention.deleted_discs(session, organisation.id, site.now())
        assert deleted.id == disc_id
    clock.advance(hours=23)
    with site.sessions.begin() as session:
        retention.restore_disc(session, organisation.id, disc_id, by=OPERATOR, now=site.now())
    with site.sessions() as session:
        assert queries.find_disc(session, organisation.id, disc_id).state == "ready"
        actions = [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.number)]
        assert actions == ["disc_deleted", "disc_restored"]


def test_nothing_comes_back_after_a_day_from_elsewhere_or_undeleted(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    kept, disc_id = a_disc(site, organisation), a_disc(site, organisation)
    delete(site, disc_id)
    with site.sessions.begin() as session:
        for elsewhere, asked in ((organisation.id, kept), ("another", disc_id), (organisation.id, "none")):
            with pytest.raises(NotFound):
                retention.restore_disc(session, elsewhere, asked, by=OPERATOR, now=site.now())
        clock.advance(hours=24)
        with pytest.raises(NotFound):
            retention.restore_disc(session, organisation.id, disc_id, by=OPERATOR, now=site.now())


def test_a_purged_disc_leaves_no_byte_and_no_name(
    site: Site, organisation: Organisation, clock: Clock, tmp_path: Path
) -> None:
    ct_series(tmp_path, 2)
    (tmp_path / "RUNS").write_bytes(part10(ct_dataset(3), preamble=b"MZ" + bytes(126)))
    disc_id = imported_disc(site, organisation, tmp_path, name="Test^Patient")
    with site.sessions() as session:
        for original in session.query(Original):
            site.store.put(keys.display_frame(organisation.id, original.sha256, 0), BytesIO(b"frame"))
    delete(site, disc_id)
    clock.advance(hours=23)
    assert purged(site) == 0
    clock.advance(hours=1)
    assert purged(site) == 1
    assert purged(site) == 0
    assert [key for folder in ("objects/", "display/", "incoming/") for key in site.store.keys(folder)] == []
    with site.sessions() as session:
        assert [session.query(table).count() for table in (Instance, DiscFile, Original)] == [0, 0, 0]
        disc = session.get_one(Disc, disc_id)
        assert (disc.label, disc.expected_name, disc.purged_at) == ("", None, site.now())
        entry = session.query(AuditEntry).filter_by(action="disc_purged").one()
        assert entry.details == {"originals": 4}


def test_nothing_written_about_the_patient_outlives_a_purge(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    disc_id = a_disc(site, organisation)
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        disc.label, disc.expected_name, disc.expected_patient_id = "Test^Patient's", "Test^Patient", "Test1"
        disc.expected_birth_date = date(1961, 5, 3)
        disc.decided_because, disc.same_person = "Test^Patient married", {"because": "Test^Patient"}
        disc.directory_patients = [{"name": "Test^Other", "patient_id": "Test2", "birth_date": "19610503"}]
        disc.review_reasons = [{"code": "directory_names_others", "patients": disc.directory_patients}]
        disc.missing, disc.left_paths = (
            ["TEST^PATIENT/IM1"],
            [{"path": "TEST^PATIENT.EXE", "kind": "program"}],
        )
    delete(site, disc_id)
    clock.advance(hours=24)
    assert purged(site) == 1
    with site.sessions() as session:
        row = session.execute(select(Disc.__table__).where(Disc.id == disc_id)).one()
    assert not [value for value in row if "test" in str(value).lower() or "1961" in str(value)]


def test_no_table_names_the_patient_after_a_purge_and_the_log_keeps_the_reasons(
    site: Site, organisation: Organisation, clock: Clock, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1, PatientName="Quarz^Zoe", PatientID="QZ-7788", PatientBirthDate="19610503")
    disc_id = imported_disc(site, organisation, tmp_path, name="Kwarz^Zoe", birth_date=date(1962, 5, 3))
    emergency = {"released_because": "Zoe Quarz bleeds", "call_back": "Dr Sample"}
    a_share(site, organisation, disc_id, days=6, purpose=Purpose.EMERGENCY, **emergency)
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        because = "Kwarz is Quarz, QZ-7788, born 1961: passport seen"
        decide(session, disc, keep=None, because=because, by=OPERATOR, user_id=None, now=site.now())
        assert disc.decided_because == because
    delete(site, disc_id)
    clock.advance(hours=24)
    assert purged(site) == 1
    with site.sessions() as session:
        rows = [str(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
        entries = {entry.action: entry.details.get("because") for entry in session.query(AuditEntry)}
    told = r"quarz|kwarz|\b(zoe|7788|196[12](0503)?)\b"  # whole words: identifiers and hashes are random
    assert [row for row in rows if re.search(told, row, re.IGNORECASE)] == []
    assert entries["disc_released"] == "[…] […] bleeds"
    assert entries["disc_decided"] == "[…] is […] […] born […] passport seen"


def test_bytes_that_another_disc_needs_stay(
    site: Site, organisation: Organisation, clock: Clock, tmp_path: Path
) -> None:
    ct_series(tmp_path / "A", 2)
    ct_series(tmp_path / "B", 1)
    first, second = (imported_disc(site, organisation, tmp_path / name) for name in "AB")
    delete(site, first)
    clock.advance(hours=24)
    purged(site)
    assert len(list(site.store.keys("objects/"))) == 1
    with site.sessions() as session:
        (instance,) = session.query(Instance)
        assert instance.disc_id == second
        assert site.store.exists(keys.original(organisation.id, instance.sha256))


def test_what_is_held_is_neither_deleted_nor_purged(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    held, deleted_before = a_disc(site, organisation), a_disc(site, organisation)
    delete(site, deleted_before)
    with site.sessions.begin() as session:
        for disc_id in (held, deleted_before):
            session.get_one(Disc, disc_id).held_at = site.now()
    with pytest.raises(Refused):
        delete(site, held)
    clock.advance(hours=48)
    assert purged(site) == 0


def test_a_share_of_a_purged_disc_stays_as_a_row_without_instances(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    disc_id = a_disc(site, organisation)
    with site.sessions.begin() as session:
        instance = session.query(Instance).filter_by(disc_id=disc_id).first()
        assert instance is not None
        share = Share(
            organisation_id=organisation.id,
            disc_id=disc_id,
            disc_patient_id=instance.series.study.disc_patient_id,
            scope={},
            allow=[],
            created_at=site.now(),
            expires_at=site.now(),
        )
        session.add(share)
        session.flush()
        version = ShareVersion(share_id=share.id, number=1, created_at=site.now())
        session.add(version)
        session.flush()
        session.add(ShareInstance(version_id=version.id, instance_id=instance.id))
        share_id = share.id
    delete(site, disc_id)
    clock.advance(hours=24)
    assert purged(site) == 1
    with site.sessions() as session:
        assert session.get_one(Share, share_id).disc_patient_id is None
        assert session.query(ShareInstance).count() == 0


class Failing(LocalStore):
    """A store that deletes one object, then fails."""

    deleted = 0

    def delete(self, key: str) -> int:
        if self.deleted:
            raise OSError("the store is away")
        self.deleted += 1
        return super().delete(key)


def test_a_purge_that_was_interrupted_is_done_again(
    site: Site, organisation: Organisation, clock: Clock, tmp_path: Path
) -> None:
    delete(site, a_disc(site, organisation))
    clock.advance(hours=24)
    with pytest.raises(OSError, match="away"):
        retention.purge_due(site.sessions, Failing(tmp_path / "store"), site.now(), erase_notes)
    assert len(list(site.store.keys("objects/"))) == 2
    assert purged(site) == 1
    assert list(site.store.keys("objects/")) == []


def test_a_large_disc_is_purged_in_steps_and_goes_on_after_an_interruption(
    site: Site,
    organisation: Organisation,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "FEW", 2)
    ct_series(tmp_path / "disc", 5)
    disc_id = imported_disc(site, organisation, tmp_path / "disc")
    delete(site, disc_id)
    clock.advance(hours=24)
    with pytest.raises(OSError, match="away"):
        retention.purge_due(site.sessions, FailingLater(tmp_path / "store"), site.now(), erase_notes)
    with site.sessions() as session:
        assert session.query(DiscFile).count() == 3
        assert session.get_one(Disc, disc_id).purged_at is None
    assert purged(site) == 1
    assert list(site.store.keys("objects/")) == []
    with site.sessions() as session:
        assert [session.query(table).count() for table in (Instance, DiscFile, Original)] == [0, 0, 0]


class FailingLater(Failing):
    """A store that fails in the middle of the second step."""

    def delete(self, key: str) -> int:
        if self.deleted < 5:
            self.deleted += 1
            return LocalStore.delete(self, key)
        return super().delete(key)


def test_bytes_that_an_upload_relies_on_stay(
    site: Site, organisation: Organisation, clock: Clock, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1)
    old = imported_disc(site, organisation, tmp_path)
    with site.sessions.begin() as session:
        original = session.query(Original).one()
        disc = begin_disc(
            session, organisation.id, source="browser", by=OPERATOR, created_by=None, now=site.now()
        )
        file = DiscFile(
            organisation_id=organisation.id,
            disc_id=disc.id,
            number=0,
            path="IM1",
            size=original.size,
            announced_sha256=original.sha256,
        )
        session.add(file)
        session.flush()
        assert take_held(session, disc, [0], site.now()) == [0]
        close_disc(session, site.jobs, disc, by=OPERATOR, now=site.now())
        new = disc.id
    delete(site, old)
    clock.advance(hours=24)
    assert purged(site) == 1
    read_through(site, new)
    with site.sessions() as session:
        assert session.get_one(Disc, new).state == "ready"
