"""What the New disc page saw before it sent a disc: what stays there, and that two names are one person."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation
from app.accounts.rights import Staff
from app.audit.models import AuditEntry
from app.site import Site
from app.studies.models import Disc, DiscPatient, DiscState
from tests.factories import OTHER_PATIENT, a_dicomdir, ct_bytes, read_through
from tests.staff import Browser, a_member
from tests.uploads import Upload, begin

BECAUSE = "Changed her name last year; asked her."
LEFT = [
    {"path": "disc/viewer.exe", "kind": "program"},
    {"path": "disc/AUTORUN.INF", "kind": "autorun"},
    {"path": "disc/VIEWER/\x00skin.ico", "kind": "viewer"},
]


def seen(name: str, patient_id: str, birth_date: str) -> dict[str, str]:
    return {"name": name, "patient_id": patient_id, "birth_date": birth_date, "issuer": "", "sex": "O"}


ONE = seen("Test^Patient", "TEST-1", "19610503")
TWO = seen(OTHER_PATIENT["PatientName"], OTHER_PATIENT["PatientID"], OTHER_PATIENT["PatientBirthDate"])


@pytest.fixture
def staff(site: Site, organisation: Organisation) -> Staff:
    return a_member(site, organisation)


@pytest.fixture
def browser(app: Flask, site: Site, staff: Staff) -> Browser:
    return Browser.of(app, site, staff)


def sent(browser: Browser, site: Site, *files: bytes, asked: dict[str, Any], **complete: Any) -> str:
    """Send a disc as the page does, and let it be read; return its id."""
    begun = begin(browser, **asked).json
    assert begun
    upload = Upload(browser.client.application.test_client(), begun["disc_id"], begun["grant"])
    upload.announce(*((f"IM{n}", len(data)) for n, data in enumerate(files)))
    for number, data in enumerate(files):
        assert upload.put(number, data).status_code == 204
    assert upload.complete(**complete).status_code == 200
    read_through(site, upload.disc_id)
    return upload.disc_id


def disc_of(site: Site, disc_id: str) -> Disc:
    with site.sessions() as session:
        return session.get_one(Disc, disc_id)


def decisions(site: Site) -> list[AuditEntry]:
    with site.sessions() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "disc_decided")))


def test_what_stays_on_the_disc_is_named_with_its_kind_wherever_the_receipt_is(
    browser: Browser, site: Site
) -> None:
    disc_id = sent(browser, site, ct_bytes(), asked={}, left_behind=12, left_paths=LEFT)
    receipt = json.loads(browser.get(f"/discs/{disc_id}/receipt.json").data)
    assert receipt["left_behind"] == 12
    assert receipt["left_on_the_disc"] == [*LEFT[:2], {"path": "disc/VIEWER/�skin.ico", "kind": "viewer"}]
    for page in (browser.get(f"/discs/{disc_id}").text, browser.get(f"/discs/{disc_id}/receipt").text):
        for words in ("Left on the disc", "disc/viewer.exe", "a program", "would start a program"):
            assert words in page
    assert browser.get(f"/discs/{disc_id}/receipt.pdf").data.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("left_behind", "missing"),
    [(1, ["B/IM3", "C/IM4"]), (2, ["C/IM4"])],
    ids=["all are named", "names stop: others of that folder stayed, too"],
)
def test_what_staff_left_out_is_not_missing(
    browser: Browser, site: Site, tmp_path: Path, left_behind: int, missing: list[str]
) -> None:
    """A disc of two patients, one of them left out: its index lists both, and nothing was lost."""
    directory = a_dicomdir(tmp_path, ["A/IM1", "B/IM2", "B/IM3", "C/IM4"]).read_bytes()
    begun = begin(browser).json
    assert begun
    upload = Upload(browser.client.application.test_client(), begun["disc_id"], begun["grant"])
    files = {"cd/DICOMDIR": directory, "cd/A/IM1": ct_bytes(1)}
    upload.announce(*((path, len(data)) for path, data in files.items()))
    for number, data in enumerate(files.values()):
        upload.put(number, data)
    left = [{"path": "cd/B/IM2", "kind": "left_out"}]
    assert upload.complete(left_behind=left_behind, left_paths=left).status_code == 200
    read_through(site, upload.disc_id)
    assert disc_of(site, upload.disc_id).missing == missing


@pytest.mark.parametrize(
    "paths",
    [
        "viewer.exe",
        ["viewer.exe"],
        [{"path": "viewer.exe"}],
        [{"path": "viewer.exe", "kind": "virus"}],
        [{"path": "viewer.exe", "kind": ["program"]}],
        [{"path": "", "kind": "program"}],
        [{"path": "x", "kind": "program"}] * 1001,
    ],
    ids=["text", "no kind", "none", "another kind", "a list", "no name", "too many"],
)
def test_names_that_make_no_sense_are_refused_and_the_upload_stays_open(
    browser: Browser, site: Site, paths: Any
) -> None:
    begun = begin(browser).json
    assert begun
    upload = Upload(browser.client.application.test_client(), begun["disc_id"], begun["grant"])
    assert upload.complete(left_paths=paths).status_code == 400
    assert disc_of(site, upload.disc_id).state == DiscState.RECEIVING


def test_a_reason_given_before_sending_is_the_decision_and_stands_in_the_audit_once(
    browser: Browser, site: Site, staff: Staff
) -> None:
    said = {"because": BECAUSE, "people": [ONE, TWO]}
    files = ct_bytes(1), ct_bytes(2, **OTHER_PATIENT)
    disc = disc_of(site, sent(browser, site, *files, asked={"same_person": said}))
    assert (disc.state, disc.decided_because, disc.decided_by) == ("ready", BECAUSE, staff.user.id)
    (entry,) = decisions(site)
    assert (entry.actor_kind, entry.actor_id) == ("staff", staff.user.id)
    assert entry.details["before_sending"] is True
    assert entry.details["because"] == BECAUSE


def test_a_reason_given_only_after_send_counts_as_much(browser: Browser, site: Site) -> None:
    said = {"because": BECAUSE, "people": [ONE, TWO]}
    files = ct_bytes(1), ct_bytes(2, **OTHER_PATIENT)
    disc = disc_of(site, sent(browser, site, *files, asked={}, same_person=said))
    assert (disc.state, disc.decided_because) == ("ready", BECAUSE)


def test_a_reason_makes_the_stranger_the_expected_person(browser: Browser, site: Site) -> None:
    asked = {"name": "Neu, Patient", "same_person": {"because": BECAUSE, "people": [ONE]}}
    disc_id = sent(browser, site, ct_bytes(), asked=asked)
    assert disc_of(site, disc_id).state == DiscState.READY
    with site.sessions() as session:
        patient = session.scalars(select(DiscPatient).where(DiscPatient.disc_id == disc_id)).one()
    assert patient.corrected_name == "Neu, Patient"


@pytest.mark.parametrize(
    "people",
    [[ONE], [ONE, TWO | {"birth_date": "19800102"}], [ONE, TWO | {"name": "Test^Third"}]],
    ids=["one unseen", "another birth date", "another name"],
)
def test_where_the_server_finds_others_than_the_reason_was_given_for_it_asks_with_the_reason_at_hand(
    browser: Browser, site: Site, people: list[dict[str, str]]
) -> None:
    asked = {"same_person": {"because": BECAUSE, "people": people}}
    disc_id = sent(browser, site, ct_bytes(1), ct_bytes(2, **OTHER_PATIENT), asked=asked)
    assert disc_of(site, disc_id).state == DiscState.NEEDS_REVIEW
    assert decisions(site) == []
    assert BECAUSE in browser.get(f"/discs/{disc_id}").text


def test_a_reason_that_was_taken_back_is_not_heard(browser: Browser, site: Site) -> None:
    asked = {"same_person": {"because": BECAUSE, "people": [ONE, TWO]}}
    files = ct_bytes(1), ct_bytes(2, **OTHER_PATIENT)
    disc = disc_of(site, sent(browser, site, *files, asked=asked, same_person=None))
    assert (disc.state, disc.same_person) == (DiscState.NEEDS_REVIEW, None)


def test_a_decision_made_before_sending_can_be_taken_back(browser: Browser, site: Site) -> None:
    asked = {"same_person": {"because": BECAUSE, "people": [ONE, TWO]}}
    disc_id = sent(browser, site, ct_bytes(1), ct_bytes(2, **OTHER_PATIENT), asked=asked)
    assert browser.post(f"/discs/{disc_id}/undo").status_code == 303
    assert disc_of(site, disc_id).state == DiscState.NEEDS_REVIEW


def test_whoever_goes_on_with_an_upload_finds_the_reason_there(browser: Browser) -> None:
    begun = begin(browser, same_person={"because": BECAUSE, "people": [ONE]}).json
    assert begun
    resumed = browser.client.post(
        f"/discs/{begun['disc_id']}/resume", json={}, headers={"X-CSRFToken": browser.token()}
    )
    assert resumed.json
    assert resumed.json["same_person_because"] == BECAUSE


@pytest.mark.parametrize(
    "said",
    [
        "yes",
        {"because": BECAUSE},
        {"because": " ", "people": [ONE]},
        {"because": BECAUSE, "people": []},
        {"because": BECAUSE, "people": ["Test^Patient"]},
        {"because": BECAUSE, "people": [{"name": 3}]},
        {"because": BECAUSE, "people": [ONE] * 101},
        {"because": "x" * 501, "people": [ONE]},
    ],
)
def test_a_reason_without_people_or_sense_is_refused(browser: Browser, said: Any) -> None:
    assert begin(browser, same_person=said).status_code == 400
