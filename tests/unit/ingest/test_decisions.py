"""What follows from a decision about a disc, and until when it can be taken back."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.errors import Refused, Unacceptable
from app.ingest import decisions
from app.shares.models import Purpose, Share
from app.shares.stop import stop_disc
from app.site import Site
from app.studies.models import Disc, DiscPatient, DiscState
from app.studies.retention import restore_disc
from tests.factories import OTHER_PATIENT, a_dicomdir, a_share, ct_series, imported_disc, two_patients

BY: dict[str, Any] = {"by": OPERATOR, "user_id": None}


@pytest.fixture
def unexpected(site: Site, organisation: Organisation, tmp_path: Path) -> str:
    """A disc of Test^Patient where staff expected Sample^Patient of another ID."""
    ct_series(tmp_path, 1)
    born = date(1961, 5, 3)
    return imported_disc(
        site, organisation, tmp_path, name="Sample^Patient", birth_date=born, patient_id="TEST-9"
    )


def decide(site: Site, disc_id: str, keep: list[str] | None = None, *, as_expected: bool = False) -> None:
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        chosen = keys(site, disc_id).values() if as_expected else ()
        decisions.decide(
            session, disc, keep=keep, because="married name", now=site.now(), as_expected=list(chosen), **BY
        )


def keys(site: Site, disc_id: str) -> dict[str, str]:
    with site.sessions() as session:
        return {row.name: row.id for row in session.query(DiscPatient).filter_by(disc_id=disc_id)}


def the_patient(site: Site, disc_id: str) -> DiscPatient:
    with site.sessions() as session:
        return session.query(DiscPatient).filter_by(disc_id=disc_id).one()


def state(site: Site, disc_id: str) -> str:
    with site.sessions() as session:
        return session.get_one(Disc, disc_id).state


def test_kept_as_the_expected_patient_the_index_is_corrected_and_the_images_are_not(
    site: Site, unexpected: str
) -> None:
    decide(site, unexpected, as_expected=True)
    patient = the_patient(site, unexpected)
    assert (patient.name, patient.patient_id, patient.birth_date) == ("Test^Patient", "TEST-1", "19610503")
    assert (patient.corrected_name, patient.corrected_patient_id) == ("Sample^Patient", "TEST-9")
    assert patient.corrected_birth_date is None, "it was no other"


def test_nobody_is_kept_as_expected_where_nobody_was_expected(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    two_patients(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    with pytest.raises(Unacceptable):
        decide(site, disc_id, as_expected=True)


def test_a_decision_is_taken_back_until_the_disc_is_shared(
    site: Site, organisation: Organisation, unexpected: str
) -> None:
    decide(site, unexpected, as_expected=True)
    with site.sessions.begin() as session:
        decisions.undo(session, session.get_one(Disc, unexpected), by=OPERATOR, now=site.now())
    assert state(site, unexpected) == DiscState.NEEDS_REVIEW
    assert the_patient(site, unexpected).corrected_name is None
    decide(site, unexpected)
    decide(site, unexpected, as_expected=True)
    assert the_patient(site, unexpected).corrected_name == "Sample^Patient"
    a_share(site, organisation, unexpected)
    with pytest.raises(Refused), site.sessions.begin() as session:
        decisions.undo(session, session.get_one(Disc, unexpected), by=OPERATOR, now=site.now())
    with pytest.raises(Refused):
        decide(site, unexpected)
    with site.sessions() as session:
        actions = [entry.action for entry in session.query(AuditEntry).filter_by(disc_id=unexpected)]
    assert (actions.count("disc_decided"), actions.count("decision_undone")) == (3, 1)


def test_a_disc_sent_back_is_gone_and_can_return_for_a_day(
    site: Site, organisation: Organisation, unexpected: str
) -> None:
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, unexpected)
        decisions.send_back(session, disc, because="wrong disc in the case", now=site.now(), **BY)
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, unexpected)
        assert disc.deleted_at
        assert disc.decided_because == "wrong disc in the case"
        restore_disc(session, organisation.id, unexpected, by=OPERATOR, now=site.now() + timedelta(hours=23))
        assert not disc.sent_back_at
        assert not disc.decided_because
        assert disc.state == DiscState.NEEDS_REVIEW


def test_a_stopped_disc_is_not_decided(site: Site, unexpected: str) -> None:
    with site.sessions.begin() as session:
        stop_disc(session, session.get_one(Disc, unexpected), now=site.now(), **BY)
    with pytest.raises(Refused):
        decide(site, unexpected)


def test_whoever_is_left_out_has_no_emergency_link_any_more(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    two_patients(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    by_name = keys(site, disc_id)
    for key in by_name.values():
        order = {"purpose": Purpose.EMERGENCY, "released_because": "stroke", "call_back": "Dr Test"}
        a_share(site, organisation, disc_id, days=7, patient_key=key, **order)
    decide(site, disc_id, [by_name["Test^Patient"]])
    with site.sessions() as session:
        shares = session.query(Share).filter_by(disc_id=disc_id)
        ended = {share.disc_patient_id: bool(share.revoked_at) for share in shares}
    assert ended == {by_name["Test^Patient"]: False, by_name["Test^Other"]: True}


def test_an_index_that_names_nobody_of_the_files_needs_a_decision(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1)
    a_dicomdir(tmp_path, ["IM000001"], patients=[("Other^Person", "TEST-7")])
    disc_id = imported_disc(site, organisation, tmp_path)
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        assert [reason["code"] for reason in disc.review_reasons] == ["directory_names_others"]
        assert disc.directory_patients == [{"name": "Other^Person", "patient_id": "TEST-7", "birth_date": ""}]


@pytest.mark.parametrize("more", [[], [("Other^Person", "TEST-7")]])
def test_an_index_that_names_the_files_patient_too_does_not(
    site: Site, organisation: Organisation, tmp_path: Path, more: list[tuple[str, str]]
) -> None:
    ct_series(tmp_path, 1)
    a_dicomdir(tmp_path, ["IM000001"], patients=[("TEST^PATIENT", "TEST-1"), *more])
    assert state(site, imported_disc(site, organisation, tmp_path)) == DiscState.READY


def test_one_id_with_two_birth_dates_is_told(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    ct_series(tmp_path / "A", 1)
    ct_series(tmp_path / "B", 1, **OTHER_PATIENT | {"PatientID": "TEST-1"})
    disc_id = imported_disc(site, organisation, tmp_path)
    with site.sessions() as session:
        reasons = session.get_one(Disc, disc_id).review_reasons
    assert [reason["code"] for reason in reasons] == ["several_patients", "one_id_two_birth_dates"]
    assert reasons[1]["patient_ids"] == ["TEST-1"]
