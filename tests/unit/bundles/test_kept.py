"""Finished plans are kept: a first download in any process finds one; what does not fit is made again."""

import logging
import threading
from pathlib import Path

import pytest

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.bundles import of_share
from app.bundles.kept import dump, load
from app.bundles.of_share import Bundles
from app.bundles.plan import Plan
from app.errors import NotFound
from app.shares.models import Share
from app.shares.notes import erase_notes
from app.shares.orders import NewKey
from app.site import Site
from app.storage import keys
from app.studies.models import Disc, DiscPatient
from app.studies.retention import UNDO, delete_disc, purge_due
from app.workers.work import work_once
from tests.conftest import Clock
from tests.factories import a_disc, a_share, ct_bytes, readers
from tests.shelf import ORGANISATION, Shelf
from tests.unit.bundles.conftest import Bundle


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    return a_disc(site, organisation)


@pytest.fixture
def key(site: Site, organisation: Organisation, disc_id: str) -> NewKey:
    return a_share(site, organisation, disc_id)


def plan_of(site: Site, key: NewKey, language: str | None = None) -> Plan:
    """Return the plan as a process finds it that never made one."""
    with site.sessions() as session:
        share = session.get_one(Share, key.share_id)
        return Bundles(site.store, site.documents, site.config.base_url).plan_of(
            session, share, share.organisation, language
        )


def kept(site: Site, organisation: Organisation) -> list[str]:
    return list(site.store.keys(f"bundles/{organisation.id}/"))


def forbid_planning(monkeypatch: pytest.MonkeyPatch) -> None:
    def shared_instances(*_: object) -> None:
        raise AssertionError("the plan was made again")

    monkeypatch.setattr(of_share, "shared_instances", shared_instances)


def test_what_is_kept_is_what_was_planned(shelf: Shelf, bundle: Bundle) -> None:
    made, _ = bundle(shelf.take(ct_bytes(n) for n in (1, 2, 3)))
    again = load(dump(made), ORGANISATION)
    assert again == made
    assert shelf.whole(again.archive) == shelf.whole(made.archive)
    assert shelf.whole(again.iso) == shelf.whole(made.iso)


def test_a_worker_plans_a_new_share_before_anybody_asks(
    site: Site, organisation: Organisation, key: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(site, organisation) == []
    assert work_once(site, readers(), threading.Event(), subject=key.share_id)
    assert len(kept(site, organisation)) == 1
    forbid_planning(monkeypatch)
    assert plan_of(site, key).listed == 3


def test_the_first_who_needs_a_plan_keeps_it_for_all(
    site: Site, key: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = plan_of(site, key)
    forbid_planning(monkeypatch)
    assert plan_of(site, key) == first


def test_another_telephone_number_makes_another_bundle(
    site: Site, organisation: Organisation, key: NewKey
) -> None:
    before = plan_of(site, key)
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).telephone = "+1 555 0199"
    after = plan_of(site, key)
    assert after.archive.etag != before.archive.etag
    assert len(kept(site, organisation)) == 1


def test_plans_in_two_languages_are_kept_side_by_side(
    site: Site, organisation: Organisation, key: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    english, german = plan_of(site, key), plan_of(site, key, "de")
    assert english.archive.etag != german.archive.etag
    assert len(kept(site, organisation)) == 2
    forbid_planning(monkeypatch)
    assert (plan_of(site, key), plan_of(site, key, "de")) == (english, german)


def test_a_bundle_speaks_its_shares_language(
    site: Site, organisation: Organisation, disc_id: str, key: NewKey
) -> None:
    french = a_share(site, organisation, disc_id, language="fr")
    assert plan_of(site, key).archive.length == plan_of(site, key, "en").archive.length
    assert plan_of(site, french) == plan_of(site, french, "fr")
    assert plan_of(site, french) != plan_of(site, french, "en")


def test_a_corrected_identity_makes_another_bundle(site: Site, key: NewKey) -> None:
    before = plan_of(site, key)
    with site.sessions.begin() as session:
        patient_id = session.get_one(Share, key.share_id).disc_patient_id
        session.get_one(DiscPatient, patient_id).corrected_name = "Sample^Patient"
    assert plan_of(site, key).archive.etag != before.archive.etag


def test_a_kept_plan_that_was_damaged_is_made_again(
    site: Site, organisation: Organisation, key: NewKey, caplog: pytest.LogCaptureFixture
) -> None:
    before = plan_of(site, key)
    (name,) = kept(site, organisation)
    path = site.store.local_path(name)
    assert path is not None
    for data in (b"", path.read_bytes()[:-9], path.read_bytes().replace(b"IM000001", b"IM000002")):
        path.write_bytes(data)
        with caplog.at_level(logging.WARNING):
            assert plan_of(site, key) == before
        assert "made again" in caplog.text


def test_a_store_that_cannot_be_written_costs_only_time(
    site: Site, organisation: Organisation, key: NewKey, tmp_path: Path
) -> None:
    (tmp_path / "store" / "bundles").write_text("in the way")
    assert plan_of(site, key).listed == 3


def test_purging_a_disc_takes_what_was_kept(
    site: Site, organisation: Organisation, disc_id: str, key: NewKey, clock: Clock
) -> None:
    plan_of(site, key)
    with site.sessions.begin() as session:
        delete_disc(session, session.get_one(Disc, disc_id), by=OPERATOR, now=site.now())
    clock.advance(seconds=UNDO.total_seconds() + 1)
    assert purge_due(site.sessions, site.store, site.now(), erase_notes) == 1
    assert kept(site, organisation) == []
    assert list(site.store.keys(keys.bundle_folder(organisation.id, disc_id))) == []


def test_a_bundle_of_a_purged_disc_is_not_planned(
    site: Site, organisation: Organisation, disc_id: str, key: NewKey, clock: Clock
) -> None:
    with site.sessions.begin() as session:
        version_id = session.get_one(Share, key.share_id).versions[-1].id
        session.get_one(Disc, disc_id).purged_at = site.now()
    with site.sessions() as session, pytest.raises(NotFound):
        Bundles(site.store, site.documents, site.config.base_url).prepare(session, version_id)
