"""Making, listing and changing shares."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.accounts.models import Organisation
from app.audit import AuditLog
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.db import Base
from app.errors import NeedsReview, NotFound, Refused, Unacceptable
from app.shares import service
from app.shares.models import Share, ShareInstance, ShareKey, ShareState
from app.site import Site
from app.studies.models import Disc, DiscPatient, Instance, PatientDecision, Series, Study
from tests import factories
from tests.conftest import Clock


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    return factories.a_disc(site, organisation)


def state(site: Site, organisation: Organisation, share_id: str) -> ShareState:
    with site.sessions() as session:
        return service.state_of(service.find_share(session, organisation.id, share_id), site.now())


def patient_keys(site: Site, disc_id: str) -> dict[str, str]:
    with site.sessions() as session:
        found = session.scalars(select(DiscPatient).where(DiscPatient.disc_id == disc_id))
        return {patient.name: patient.id for patient in found}


def shown(site: Site, organisation: Organisation, share_id: str) -> list[Instance]:
    with site.sessions() as session:
        share = service.find_share(session, organisation.id, share_id)
        return service.shared_instances(session, share)


def test_a_share_shows_its_instances_in_order_with_all_above_them(
    site: Site, organisation: Organisation, disc_id: str
) -> None:
    instances = shown(site, organisation, factories.a_share(site, organisation, disc_id).share_id)
    assert [instance.number for instance in instances] == [1, 2, 3]
    assert {instance.series.study.patient.name for instance in instances} == {"Test^Patient"}
    assert all(instance.original.size > 0 for instance in instances)


def test_what_is_added_later_does_not_join_a_share(
    site: Site, organisation: Organisation, disc_id: str
) -> None:
    share_id = factories.a_share(site, organisation, disc_id).share_id
    with site.sessions.begin() as session:
        series = session.scalars(select(Series).where(Series.disc_id == disc_id)).one()
        factories._add_instance(site, session, series, factories.ct_dataset(4), site.now())
    assert len(shown(site, organisation, share_id)) == 3


def test_link_code_and_pin_are_nowhere_in_the_database(
    site: Site, organisation: Organisation, disc_id: str
) -> None:
    """T-08, O-07."""
    new = factories.a_share(site, organisation, disc_id)
    with site.sessions() as session:
        dump = "\n".join(
            str(row)
            for table in Base.metadata.sorted_tables
            for row in session.execute(text(f'SELECT * FROM "{table.name}"'))
        )
    for secret in (new.token, new.token.partition(".")[0], new.code, new.code.replace("-", ""), new.pin):
        assert secret not in dump


def test_several_patients_need_a_choice(site: Site, organisation: Organisation) -> None:
    disc_id = factories.a_disc(site, organisation, patients=2)
    with pytest.raises(Refused, match="2 patients"):
        factories.a_share(site, organisation, disc_id)
    chosen = patient_keys(site, disc_id)["Test^Other"]
    instances = shown(
        site, organisation, factories.a_share(site, organisation, disc_id, patient_key=chosen).share_id
    )
    assert {instance.series.study.patient.name for instance in instances} == {"Test^Other"}


def test_a_patient_who_was_left_out_is_never_shared(site: Site, organisation: Organisation) -> None:
    disc_id = factories.a_disc(site, organisation, patients=2)
    other = patient_keys(site, disc_id)["Test^Other"]
    with site.sessions.begin() as session:
        session.get_one(DiscPatient, other).decision = PatientDecision.LEAVE_OUT
    instances = shown(site, organisation, factories.a_share(site, organisation, disc_id).share_id)
    assert {instance.series.study.patient.name for instance in instances} == {"Test^Patient"}
    with pytest.raises(NotFound):
        factories.a_share(site, organisation, disc_id, patient_key=other)


def test_studies_can_be_chosen(site: Site, organisation: Organisation) -> None:
    disc_id = factories.a_disc(site, organisation, patients=2)
    new = factories.a_share(site, organisation, disc_id, study_uids=[f"{factories.ROOT}2"])
    assert {i.series.study.study_uid for i in shown(site, organisation, new.share_id)} == {
        f"{factories.ROOT}2"
    }
    with pytest.raises(NotFound):
        factories.a_share(site, organisation, disc_id, study_uids=["1.2.3"])


def test_single_series_can_be_chosen_and_other_studies_stay_whole(
    site: Site, organisation: Organisation
) -> None:
    disc_id = factories.a_disc(site, organisation, slices=1)
    wanted, other = f"{factories.ROOT}1.1", f"{factories.ROOT}1.2"
    factories.a_series(site, disc_id, slices=2, SeriesInstanceUID=other)
    second = f"{factories.ROOT}5"
    factories.a_series(site, disc_id, slices=1, StudyInstanceUID=second, SeriesInstanceUID=f"{second}.1")

    def series_of(**order: Any) -> set[str]:
        new = factories.a_share(site, organisation, disc_id, **order)
        return {one.series.series_uid for one in shown(site, organisation, new.share_id)}

    assert series_of(series_uids=[wanted]) == {wanted, f"{second}.1"}
    assert series_of(study_uids=[f"{factories.ROOT}1"], series_uids=[wanted]) == {wanted}
    with pytest.raises(Unacceptable):
        series_of(study_uids=[second], series_uids=[wanted])
    with pytest.raises(Unacceptable):
        series_of(series_uids=["1.2.3"])


def test_without_the_report_only_pictures_are_shared(
    site: Site, organisation: Organisation, disc_id: str
) -> None:
    with site.sessions.begin() as session:
        report = session.scalars(
            select(Instance).where(Instance.disc_id == disc_id, Instance.number == 1)
        ).one()
        report.sop_class_uid = "1.2.840.10008.5.1.4.1.1.88.11"
    whole = factories.a_share(site, organisation, disc_id)
    without = factories.a_share(site, organisation, disc_id, include_report=False)
    assert len(shown(site, organisation, whole.share_id)) == 3
    assert [i.number for i in shown(site, organisation, without.share_id)] == [2, 3]


def test_another_organisations_disc_and_share_are_not_there(
    site: Site, organisation: Organisation, disc_id: str
) -> None:
    other = Organisation(slug="other", name="Other Hospital", created_at=site.now())
    with site.sessions.begin() as session:
        session.add(other)
        session.flush()
        session.expunge(other)
    with pytest.raises(NotFound):
        factories.a_share(site, other, disc_id)
    new = factories.a_share(site, organisation, disc_id)
    with site.sessions.begin() as session:
        with pytest.raises(NotFound):
            service.find_share(session, other.id, new.share_id)
        with pytest.raises(NotFound):
            service.revoke(session, other.id, new.share_id, by=OPERATOR, user_id=None, now=site.now())
        assert service.list_shares(session, other.id) == []
        assert [share.id for share in service.list_shares(session, organisation.id, disc_id)] == [
            new.share_id
        ]


@pytest.mark.parametrize(("disc_state", "error"), [("failed", Refused), ("needs_review", NeedsReview)])
def test_a_disc_that_is_not_good_is_not_shared(
    site: Site, organisation: Organisation, disc_state: str, error: type[Exception]
) -> None:
    disc_id = factories.a_disc(site, organisation, state=disc_state)
    with pytest.raises(error):
        factories.a_share(site, organisation, disc_id)


def test_a_deleted_or_stopped_disc_is_not_shared_and_ends_its_links(
    site: Site, organisation: Organisation, disc_id: str
) -> None:
    """T-15."""
    share_id = factories.a_share(site, organisation, disc_id).share_id
    for column, error in (("deleted_at", NotFound), ("blocked_at", Refused)):
        with site.sessions.begin() as session:
            setattr(session.get_one(Disc, disc_id), column, site.now())
        assert state(site, organisation, share_id) is ShareState.REVOKED
        with pytest.raises(error):
            factories.a_share(site, organisation, disc_id)
        with site.sessions.begin() as session:
            setattr(session.get_one(Disc, disc_id), column, None)
        assert state(site, organisation, share_id) is ShareState.LIVE


def test_a_share_made_before_the_disc_is_ready_opens_by_itself(
    site: Site, organisation: Organisation
) -> None:
    disc_id = factories.a_disc(site, organisation, state="ingesting")
    share_id = factories.a_share(site, organisation, disc_id).share_id
    assert state(site, organisation, share_id) is ShareState.WAITING
    for _ in range(2):  # again changes nothing
        with site.sessions.begin() as session:
            service.fill_waiting(session, session.get_one(Disc, disc_id), site.now())
    assert state(site, organisation, share_id) is ShareState.LIVE
    assert len(shown(site, organisation, share_id)) == 3


def test_a_waiting_share_for_an_unclear_patient_goes_on_waiting(
    site: Site, organisation: Organisation
) -> None:
    disc_id = factories.a_disc(site, organisation, state="ingesting", patients=2)
    share_id = factories.a_share(site, organisation, disc_id).share_id
    with site.sessions.begin() as session:
        service.fill_waiting(session, session.get_one(Disc, disc_id), site.now())
    assert state(site, organisation, share_id) is ShareState.WAITING


@pytest.mark.parametrize(
    "order",
    [
        {"days": 91},
        {"days": 0},
        {"days": -1},
        {"max_uses": 0},
        {"allow": ()},
        {"allow": ("fly",)},
        {"channel": "pigeon"},
        {"purpose": "fun"},
        {"pin": "123"},
        {"pin": "11111111"},
        {"pin": "03051961"},
        {"pin": "1961 05 03"},
        {"reference": "Test, knee"},
        {"reference": "x" * 201},
        {"email": "a@x.org,b@y.org"},
        {"email": "a@x.org\r\nBcc: b@y.org"},
        {"email": '"<a>"@x'},
        {"email": "a" * 500 + "@x.org"},
    ],
    ids=str,
)
def test_an_order_out_of_range_is_refused(
    site: Site, organisation: Organisation, disc_id: str, order: dict[str, Any]
) -> None:
    """F-12 for the address."""
    with pytest.raises(Unacceptable):
        factories.a_share(site, organisation, disc_id, **order)
    with site.sessions() as session:
        assert service.list_shares(session, organisation.id) == []


def test_a_chosen_pin_and_an_expected_birth_date_are_heeded_while_waiting(
    site: Site, organisation: Organisation
) -> None:
    disc_id = factories.a_disc(site, organisation, state="receiving")
    with site.sessions.begin() as session:
        session.get_one(Disc, disc_id).expected_birth_date = date(1961, 5, 3)
    with pytest.raises(Unacceptable):
        factories.a_share(site, organisation, disc_id, pin="05031961")
    assert factories.a_share(site, organisation, disc_id, pin="4821-0937").pin == "48210937"


def test_a_further_key_has_its_own_link_code_and_pin(
    site: Site, organisation: Organisation, disc_id: str
) -> None:
    first = factories.a_share(site, organisation, disc_id)
    with site.sessions.begin() as session:
        second = factories.a_key(session, site, first.share_id, channel="reprint")
    assert second.share_id == first.share_id
    assert not {second.token, second.code, second.key_id} & {first.token, first.code, first.key_id}
    with site.sessions() as session:
        code = second.code.replace("-", "")
        assert service.find_key_by_code(session, site.signer, code).id == second.key_id
        assert service.find_key(session, site.signer, second.token, site.now()).id == second.key_id


def test_an_ended_share_gets_no_further_key(
    site: Site, organisation: Organisation, disc_id: str, clock: Clock
) -> None:
    new = factories.a_share(site, organisation, disc_id, days=1)
    clock.advance(days=1)
    with site.sessions.begin() as session, pytest.raises(Refused):
        factories.a_key(session, site, new.share_id, channel="slip")


def test_at_its_very_end_a_share_is_expired(
    site: Site, organisation: Organisation, disc_id: str, clock: Clock
) -> None:
    """T-05: the end is inclusive."""
    share_id = factories.a_share(site, organisation, disc_id, days=1).share_id
    clock.advance(days=1, microseconds=-1)
    assert state(site, organisation, share_id) is ShareState.LIVE
    clock.advance(microseconds=1)
    assert state(site, organisation, share_id) is ShareState.EXPIRED


def test_revoking_ends_all_keys_and_again_changes_nothing(
    site: Site, organisation: Organisation, disc_id: str, clock: Clock
) -> None:
    share_id = factories.a_share(site, organisation, disc_id).share_id
    for _ in range(2):
        with site.sessions.begin() as session:
            service.revoke(session, organisation.id, share_id, by=OPERATOR, user_id=None, now=site.now())
        clock.advance(minutes=1)
    with site.sessions() as session:
        share = service.find_share(session, organisation.id, share_id)
        assert service.state_of(share, site.now()) is ShareState.REVOKED
        assert [service.key_state(key, site.now()) for key in share.keys] == [ShareState.REVOKED]
        assert share.revoked_at == site.now() - timedelta(minutes=2)


def test_extending_and_shortening_count_at_once(
    site: Site, organisation: Organisation, disc_id: str, clock: Clock
) -> None:
    """T-07."""
    share_id = factories.a_share(site, organisation, disc_id, days=1).share_id

    def until(days: float) -> None:
        with site.sessions.begin() as session:
            service.extend(
                session,
                organisation.id,
                share_id,
                expires_at=site.now() + timedelta(days=days),
                by=OPERATOR,
                now=site.now(),
            )

    until(30)
    clock.advance(days=10)
    assert state(site, organisation, share_id) is ShareState.LIVE
    until(1)
    clock.advance(days=1)
    assert state(site, organisation, share_id) is ShareState.EXPIRED
    until(1)
    assert state(site, organisation, share_id) is ShareState.LIVE
    with pytest.raises(Unacceptable):
        until(91)


def test_a_revoked_share_cannot_be_extended(site: Site, organisation: Organisation, disc_id: str) -> None:
    share_id = factories.a_share(site, organisation, disc_id).share_id
    with site.sessions.begin() as session:
        service.revoke(session, organisation.id, share_id, by=OPERATOR, user_id=None, now=site.now())
        with pytest.raises(Refused):
            service.extend(
                session,
                organisation.id,
                share_id,
                expires_at=site.now() + timedelta(days=1),
                by=OPERATOR,
                now=site.now(),
            )


def test_every_change_is_written_to_the_log(site: Site, organisation: Organisation, disc_id: str) -> None:
    share_id = factories.a_share(site, organisation, disc_id).share_id
    with site.sessions.begin() as session:
        end = site.now() + timedelta(days=3)
        service.extend(session, organisation.id, share_id, expires_at=end, by=OPERATOR, now=site.now())
        service.revoke(session, organisation.id, share_id, by=OPERATOR, user_id=None, now=site.now())
    with site.sessions() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
        assert [e.action for e in entries] == [
            "share_created",
            "key_created",
            "share_extended",
            "share_revoked",
        ]
        assert {e.share_id for e in entries} == {share_id}
        log: AuditLog = session.info["audit"]
        assert log.verify(session) == []


def test_a_key_passed_on_ends_with_the_key_it_came_from(
    site: Site, organisation: Organisation, disc_id: str
) -> None:
    first = factories.a_share(site, organisation, disc_id)
    with site.sessions.begin() as session:
        second = factories.a_key(session, site, first.share_id, channel="passed_on")
        session.get_one(ShareKey, second.key_id).parent_id = first.key_id
        session.get_one(ShareKey, first.key_id).revoked_at = site.now()
    with site.sessions() as session:
        assert service.key_state(session.get_one(ShareKey, second.key_id), site.now()) is ShareState.REVOKED


def test_a_snapshot_names_every_instance_once(site: Site, organisation: Organisation, disc_id: str) -> None:
    share_id = factories.a_share(site, organisation, disc_id).share_id
    with site.sessions() as session:
        share = session.get_one(Share, share_id)
        rows = session.scalars(
            select(ShareInstance).where(ShareInstance.version_id == share.versions[0].id)
        ).all()
        assert len(rows) == 3
        assert (
            share.disc_patient_id
            == session.scalars(select(Study.disc_patient_id).where(Study.disc_id == disc_id)).one()
        )
