"""When a person must decide, and what follows from it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.errors import Refused, Unacceptable
from app.ingest import receive
from app.ingest.decisions import decide
from app.shares.models import ShareState
from app.shares.service import Order, create, cut_key, find_share, state_of
from app.shares.stop import stop_disc
from app.site import Site
from app.studies import queries
from app.studies.models import Disc, DiscPatient, DiscState, Instance
from tests.factories import (
    OTHER_PATIENT,
    ROOT,
    a_collision,
    ct_bytes,
    ct_series,
    imported_disc,
    read_through,
    text_named_dcm,
    two_patients,
)


def found(site: Site, disc_id: str) -> tuple[str, list[str]]:
    """Return a disc's state and the codes of its review reasons."""
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        return disc.state, [reason["code"] for reason in disc.review_reasons]


def resolve(site: Site, disc_id: str, keep: list[str] | None, because: str = "label checked") -> None:
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        decide(session, disc, keep=keep, because=because, by=OPERATOR, user_id=None, now=site.now())


def patients(site: Site, disc_id: str) -> dict[str, str]:
    with site.sessions() as session:
        return {row.name: row.id for row in session.query(DiscPatient).filter_by(disc_id=disc_id)}


def another_hospital(site: Site) -> Organisation:
    other = Organisation(slug="other", name="Other Hospital", created_at=site.now())
    with site.sessions.begin() as session:
        session.add(other)
        session.flush()
        session.expunge(other)
    return other


def test_two_patients_need_a_decision(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    two_patients(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    assert found(site, disc_id) == (DiscState.NEEDS_REVIEW, ["several_patients"])


def test_a_decision_leaves_the_others_out_and_is_audited(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    two_patients(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    keys = patients(site, disc_id)
    resolve(site, disc_id, [keys["Test^Patient"]])
    with site.sessions() as session:
        disc = queries.find_disc(session, organisation.id, disc_id)
        assert (disc.state, disc.decided_at, disc.decided_because) == ("ready", site.now(), "label checked")
        assert [patient.name for patient in queries.kept_patients(session, disc)] == ["Test^Patient"]
        assert len(queries.patients_of(session, disc)) == 2
        entry = session.query(AuditEntry).filter_by(action="disc_decided").one()
        assert entry.details["left_out"] == [keys["Test^Other"]]
        assert "Test" not in str(entry.details)


def test_a_decision_needs_a_reason_a_patient_and_an_open_question(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    two_patients(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    for keep, because in ((None, " "), ([], "why"), (["nobody"], "why")):
        with pytest.raises(Unacceptable):
            resolve(site, disc_id, keep, because)
    ct_series(tmp_path / "C", 1)
    ready = imported_disc(site, organisation, tmp_path / "C")
    with pytest.raises(Refused):
        resolve(site, ready, None)


def test_one_patient_written_less_fully_in_places_is_one(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "A", 2, PatientBirthDate="", PatientSex=None)
    ct_series(tmp_path / "B", 2, SeriesInstanceUID=f"{ROOT}1.2")
    ct_series(tmp_path / "C", 2, StudyInstanceUID=f"{ROOT}3", SeriesInstanceUID=f"{ROOT}3.1", PatientSex="")
    (tmp_path / "A" / "MORE").write_bytes(ct_bytes(7, PatientSex=""))
    disc_id = imported_disc(site, organisation, tmp_path)
    assert found(site, disc_id) == (DiscState.READY, [])
    with site.sessions() as session:
        (patient,) = queries.patients_of(session, session.get_one(Disc, disc_id))
        assert (patient.birth_date, patient.sex) == ("19610503", "O")
        assert sorted((len(study.series), study.study_uid) for study in patient.studies) == [
            (1, f"{ROOT}3"),
            (2, f"{ROOT}1"),
        ]
        series = {one.series_uid: len(one.instances) for study in patient.studies for one in study.series}
        assert series == {f"{ROOT}1.1": 3, f"{ROOT}1.2": 2, f"{ROOT}3.1": 2}


def test_a_study_under_two_patients_needs_a_decision(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "A", 1)
    ct_series(tmp_path / "B", 1, **OTHER_PATIENT | {"StudyInstanceUID": f"{ROOT}1"})
    _, codes = found(site, imported_disc(site, organisation, tmp_path))
    assert codes == ["several_patients", "study_under_two_patients"]


def test_one_patient_id_with_two_birth_dates_needs_a_decision(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "A", 1)
    other = {"StudyInstanceUID": f"{ROOT}4", "SeriesInstanceUID": f"{ROOT}4.1"}
    ct_series(tmp_path / "B", 1, PatientBirthDate="19610305", **other)
    disc_id = imported_disc(site, organisation, tmp_path)
    state, codes = found(site, disc_id)
    assert state == DiscState.NEEDS_REVIEW
    assert "one_id_two_birth_dates" in codes
    with site.sessions() as session:
        reasons = session.get_one(Disc, disc_id).review_reasons
        [told] = [reason for reason in reasons if reason["code"] == "one_id_two_birth_dates"]
        assert (told["count"], told["patient_ids"]) == (1, ["TEST-1"])
        dates = {
            patient.birth_date for patient in queries.patients_of(session, session.get_one(Disc, disc_id))
        }
    assert dates == {"19610503", "19610305"}, "nobody is merged"


def collides(site: Site, disc_id: str) -> list[bool]:
    with site.sessions() as session:
        rows = session.query(Instance).filter_by(disc_id=disc_id).order_by(Instance.number, Instance.collides)
        return [row.collides for row in rows]


def test_one_uid_with_other_bytes_needs_a_decision_and_both_are_marked(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    a_collision(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    assert found(site, disc_id) == (DiscState.NEEDS_REVIEW, ["uid_collision"])
    assert collides(site, disc_id) == [True, True, False]


def test_a_collision_with_another_disc_is_marked_on_both(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "A", 2)
    ct_series(tmp_path / "B", 2)
    (tmp_path / "B" / "IM000001").write_bytes(ct_bytes(1, SeriesDescription="Changed afterwards"))
    first = imported_disc(site, organisation, tmp_path / "A")
    second = imported_disc(site, organisation, tmp_path / "B")
    assert found(site, first) == (DiscState.READY, [])
    assert found(site, second) == (DiscState.NEEDS_REVIEW, ["uid_collision"])
    assert collides(site, first) == collides(site, second) == [True, False]
    with site.sessions() as session:
        (reason,) = session.get_one(Disc, second).review_reasons
    assert (reason["count"], reason["disc_ids"]) == (1, [first])


def test_another_organisation_collides_with_nobody_here(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    other = another_hospital(site)
    ct_series(tmp_path / "A", 1)
    ct_series(tmp_path / "B", 1, SeriesDescription="Changed afterwards")
    imported_disc(site, other, tmp_path / "A")
    assert found(site, imported_disc(site, organisation, tmp_path / "B")) == (DiscState.READY, [])


@pytest.mark.parametrize(
    ("expected", "state"),
    [
        ({"name": "Test^Patient", "birth_date": date(1961, 5, 3), "patient_id": "TEST-1"}, "ready"),
        ({"name": "Patient, Test", "birth_date": date(1961, 5, 3)}, "needs_review"),
        ({"patient_id": "TEST-1"}, "ready"),
        ({"patient_id": "TEST-9"}, "needs_review"),
        ({"birth_date": date(1961, 5, 8)}, "needs_review"),
        ({"name": "Other^Patient"}, "needs_review"),
    ],
)
def test_somebody_else_than_expected_needs_a_decision(
    site: Site, organisation: Organisation, tmp_path: Path, expected: dict[str, Any], state: str
) -> None:
    ct_series(tmp_path, 1)
    codes = [] if state == "ready" else ["unexpected_patient"]
    assert found(site, imported_disc(site, organisation, tmp_path, **expected)) == (state, codes)


def test_a_disc_without_instances_has_failed(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    text_named_dcm(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    assert found(site, disc_id) == (DiscState.FAILED, [])
    with site.sessions() as session:
        assert session.get_one(Disc, disc_id).state_reason == "No images or reports were found in it."


def test_what_comes_again_after_a_stop_needs_a_decision_here_and_nowhere_else(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path, 2)
    first = imported_disc(site, organisation, tmp_path)
    unharmed = imported_disc(site, organisation, tmp_path)
    with site.sessions.begin() as session:
        stop_disc(session, session.get_one(Disc, first), by=OPERATOR, user_id=None, now=site.now())
    again = imported_disc(site, organisation, tmp_path)
    assert found(site, unharmed) == (DiscState.READY, [])
    assert found(site, again) == (DiscState.NEEDS_REVIEW, ["stopped_before"])
    with site.sessions() as session:
        (reason,) = session.get_one(Disc, again).review_reasons
    assert reason["disc_ids"] == [first]
    elsewhere = imported_disc(site, another_hospital(site), tmp_path)
    assert found(site, elsewhere) == (DiscState.READY, [])
    resolve(site, again, None)
    assert found(site, again)[0] == DiscState.READY


def test_a_share_made_before_opens_once_the_disc_is_decided(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    two_patients(tmp_path)
    cut = cut_key(site.signer)
    with site.sessions.begin() as session:
        disc = receive.begin_disc(
            session, organisation.id, source="browser", by=OPERATOR, created_by=None, now=site.now()
        )
        disc_id = disc.id
        order = Order(disc_id, site.now() + timedelta(days=14), "cli")
        share_id = create(
            session, cut, organisation.id, order, by=OPERATOR, created_by=None, now=site.now()
        ).share_id
        receive.announce(session, disc, [(str(path), path.stat().st_size) for path in files(tmp_path)])
    for number, path in enumerate(files(tmp_path)):
        with path.open("rb") as file:
            receive.accept(site.sessions, site.store, disc_id, number, file, site.now())
    with site.sessions.begin() as session:
        receive.close_disc(session, site.jobs, session.get_one(Disc, disc_id), by=OPERATOR, now=site.now())
    read_through(site, disc_id)
    assert share_state(site, organisation, share_id) == ShareState.WAITING
    resolve(site, disc_id, [patients(site, disc_id)["Test^Patient"]])
    assert share_state(site, organisation, share_id) == ShareState.LIVE


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def share_state(site: Site, organisation: Organisation, share_id: str) -> str:
    with site.sessions() as session:
        return state_of(find_share(session, organisation.id, share_id), site.now())
