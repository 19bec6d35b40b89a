"""The disc pages: what staff read there, and what becomes of a disc that they decide, stop or delete."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation, Role
from app.audit import Action, record
from app.audit.actor import OPERATOR, Actor, ActorKind
from app.ingest.begin import begin_disc
from app.ingest.quotas import used_bytes
from app.site import Site
from app.studies import queries
from app.studies.models import Disc, DiscPatient, DiscState
from tests.conftest import Clock
from tests.factories import a_disc, a_share, ct_series, imported_disc, text_named_dcm, two_patients
from tests.staff import Browser, a_member
from tests.uploads import begin


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Browser:
    """A browser in which an uploader is logged in."""
    return Browser.of(app, site, a_member(site, organisation))


def test_without_discs_the_page_says_what_to_do(desk: Browser) -> None:
    page = desk.get("/discs").text
    assert "No discs yet" in page
    assert page.count('href="/discs/new"') == 2


def test_the_list_says_who_what_and_how_it_stands(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation)
    a_share(site, organisation, disc_id)
    page = desk.get("/discs").text
    for said in (
        "Patient Test",
        "born 3 May 1961",
        "CT",
        "12 March 2026",
        "3 images",
        "1 link",
        "Ready to share",
    ):
        assert said in page, said


def test_a_search_finds_by_name_and_says_when_nothing_is_found(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation)
    assert disc_id in desk.get("/discs?q=patient").text
    page = desk.get("/discs?q=<b>nobody").text
    assert disc_id not in page
    assert "Nothing found for “&lt;b&gt;nobody”" in page


def test_the_list_goes_on_page_by_page(desk: Browser, site: Site, organisation: Organisation) -> None:
    for _ in range(26):
        a_disc(site, organisation, slices=1)
    assert desk.get("/discs").text.count('disc-row"') == 25
    assert 'rel="next" href="/discs?page=2"' in desk.get("/discs").text
    assert desk.get("/discs?page=2").text.count('disc-row"') == 1


def test_an_administrator_sees_how_much_room_is_taken(app: Flask, site: Site, desk: Browser) -> None:
    with site.sessions.begin() as session:
        hospital = session.scalars(select(Organisation)).one()
        hospital.quota_bytes = 200_000_000_000
        session.flush()
        session.expunge(hospital)
    admin = Browser.of(app, site, a_member(site, hospital, Role.ADMIN, email="admin@test.example"))
    assert "0 bytes of 200 GB used" in admin.get("/discs").text
    a_disc(site, hospital)
    with site.sessions.begin() as session:
        used = used_bytes(session, hospital.id)
        session.get_one(Organisation, hospital.id).quota_bytes = used - 300
    assert "used: 300 bytes more than the " in admin.get("/discs").text
    assert "200 GB" not in desk.get("/discs").text


def test_who_brings_a_disc_is_told_beforehand_that_room_is_scarce_and_gets_a_sentence_once_there_is_none(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    a_disc(site, organisation)
    assert "Room is scarce" not in desk.get("/discs/new").text
    with site.sessions.begin() as session:
        hospital = session.get_one(Organisation, organisation.id)
        hospital.quota_bytes = used_bytes(session, organisation.id)
    assert "Room is scarce" in desk.get("/discs/new").text
    answer = begin(desk)
    assert answer.status_code == 413
    assert "Delete discs that nobody needs" in answer.text


def test_a_cut_off_import_is_not_gone_on_with_in_the_browser(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    with site.sessions.begin() as session:
        folder, browser = (
            begin_disc(
                session, organisation.id, source=source, by=OPERATOR, created_by=None, now=site.now()
            ).id
            for source in ("folder", "browser")
        )
    assert "Go on with this upload" in desk.get(f"/discs/{browser}").text
    page = desk.get(f"/discs/{folder}").text
    assert "Go on with this upload" not in page
    assert "Import it again in the same words" in page


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (DiscState.READY, "Ready to share"),
        (DiscState.NEEDS_REVIEW, "Needs your decision"),
        (DiscState.RECEIVING, "Still arriving"),
        (DiscState.INGESTING, "Being checked"),
        (DiscState.FAILED, "Could not be read"),
    ],
)
def test_a_disc_has_one_verdict(
    desk: Browser, site: Site, organisation: Organisation, state: DiscState, verdict: str
) -> None:
    page = desk.get(f"/discs/{a_disc(site, organisation, state=state)}").text
    heading = page.split("<h1>")[1].split("</h1>")[0]
    assert page.count("<h1>") == 1
    assert verdict in heading


def test_progress_is_told_and_asking_for_it_prolongs_no_session(
    desk: Browser, site: Site, organisation: Organisation, clock: Clock
) -> None:
    disc_id = a_disc(site, organisation, state=DiscState.INGESTING)
    clock.advance(minutes=10)
    answer = desk.get(f"/discs/{disc_id}/progress", headers={"Accept": "application/json"})
    assert answer.json == {
        "state": "ingesting", "title": "Being checked", "done": 3, "total": 3, "percent": 99,
        "going_on": True,
    }  # fmt: skip
    clock.advance(minutes=5)
    assert desk.get(f"/discs/{disc_id}/progress", headers={"Accept": "application/json"}).status_code == 401


def test_what_a_strange_disc_calls_things_is_shown_as_text(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    evil = "<script>alert(1)</script>"
    ct_series(tmp_path, 1, PatientName=evil, StudyDescription=evil, SeriesDescription=evil, PatientID=evil)
    disc_id = imported_disc(site, organisation, tmp_path, name=evil)
    for address in ("/discs", f"/discs/{disc_id}", f"/discs/{disc_id}/share"):
        assert "<script>alert" not in desk.get(address).text


def test_a_disc_without_images_says_so_and_names_every_file(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    text_named_dcm(tmp_path)
    page = desk.get(f"/discs/{imported_disc(site, organisation, tmp_path)}").text
    for said in ("Could not be read", "Try again", "notes.dcm"):
        assert said in page


def test_an_unexpected_patient_is_set_beside_the_expected_one(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1)
    disc_id = imported_disc(site, organisation, tmp_path, name="Test Stranger", birth_date=date(1961, 5, 8))
    page = desk.get(f"/discs/{disc_id}").text
    assert "This disc says <strong>Patient Test, 3 May 1961" in page
    assert "You expected <strong>Test Stranger, 8 May 1961</strong>. Stop; check the label." in page


def test_staff_decide_whose_images_are_kept(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    two_patients(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    with site.sessions() as session:
        keys = {row.patient_id: row.id for row in session.scalars(select(DiscPatient))}
    choice = {f"patient-{keys['TEST-1']}": "keep", f"patient-{keys['TEST-2']}": "leave_out"}
    assert desk.post(f"/discs/{disc_id}/decide", **choice).status_code == 400, "a reason is asked for"
    assert desk.post(f"/discs/{disc_id}/decide", because="label", **choice).status_code == 303
    page = desk.get(f"/discs/{disc_id}").text
    assert "Ready to share" in page
    assert "Left out" in page
    assert keys["TEST-2"] not in desk.get(f"/discs/{disc_id}/share").text


def test_keeping_nobody_is_refused_and_changes_nothing(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    two_patients(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    assert desk.post(f"/discs/{disc_id}/decide", because="label").status_code == 400
    assert "Needs your decision" in desk.get(f"/discs/{disc_id}").text


def test_stop_closes_every_link_and_tells_who_opened_it(
    desk: Browser, app: Flask, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation)
    made = [a_share(site, organisation, disc_id) for _ in range(3)]
    visitor = Actor(ActorKind.VISITOR, made[0].key_id, "192.0.2.7")
    with site.sessions.begin() as session:
        for action in (Action.OPENED, Action.OPENED, Action.DOWNLOADED):
            ids = {"disc_id": disc_id, "share_id": made[0].share_id, "key_id": made[0].key_id}
            record(session, action, visitor, site.now(), organisation_id=organisation.id, **ids)
    assert desk.post(f"/discs/{disc_id}/stop").status_code == 303
    page = desk.get(f"/discs/{disc_id}").text
    for said in (
        "All 3 links closed.",
        "Opened twice, downloaded once.",
        "192.0.2.7",
        "Stopped: wrong patient",
    ):
        assert said in page, said
    assert "recalled" not in page
    for key in made:
        assert app.test_client().get(f"/s/{key.token}").status_code == 410
    assert desk.post(f"/discs/{disc_id}/share", purpose="patient_copy", channel="slip").status_code == 400


def test_the_list_after_a_stop_says_what_was_taken_and_leaves_nobody_out(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation)
    key = a_share(site, organisation, disc_id)
    visitor = Actor(ActorKind.VISITOR, key.key_id, "192.0.2.7")
    by_link = {"organisation_id": organisation.id, "disc_id": disc_id, "share_id": key.share_id}
    with site.sessions.begin() as session:
        for _ in range(150):
            record(session, Action.OPENED, visitor, site.now(), key_id=key.key_id, **by_link)
        for what in ({"form": "zip"}, {"form": "pictures-jpeg"}, {"attachment_id": "one"}):
            record(session, Action.DOWNLOADED, visitor, site.now(), key_id=key.key_id, **by_link, **what)
        by_hand = {"organisation_id": organisation.id, "disc_id": disc_id, "form": "iso"}
        record(session, Action.DOWNLOADED, OPERATOR, site.now(), **by_hand)
    desk.post(f"/discs/{disc_id}/stop")
    page = desk.get(f"/discs/{disc_id}").text
    assert page.count("<span>opened</span>") == 150
    for said in (
        "downloaded 4 times",
        "downloaded the images (ZIP)",
        "took pictures along",
        "saved a report, photo or image",
        "downloaded the images (ISO)",
        "at the command line",
    ):
        assert said in page, said


def test_after_a_stop_by_mistake_the_disc_is_sent_once_more_and_somebody_decides(
    desk: Browser, app: Flask, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1)
    stopped = imported_disc(site, organisation, tmp_path)
    old = a_share(site, organisation, stopped)
    desk.post(f"/discs/{stopped}/stop")
    page = desk.get(f"/discs/{stopped}").text
    assert "Was it a mistake? Send the disc once more" in page
    assert 'href="/discs/new"' in page
    again = imported_disc(site, organisation, tmp_path)
    page = desk.get(f"/discs/{again}").text
    assert "stopped as the wrong patient" in page
    assert f'<a href="/discs/{stopped}">The other disc' in page
    refused = desk.post(f"/discs/{again}/share", purpose="patient_copy", channel="slip")
    assert refused.status_code == 409
    with site.sessions() as session:
        (patient,) = queries.patients_of(session, session.get_one(Disc, again))
    desk.post(f"/discs/{again}/decide", reason="Checked an ID", **{f"patient-{patient.id}": "keep"})
    assert app.test_client().get(f"/s/{a_share(site, organisation, again).token}").status_code == 200
    assert app.test_client().get(f"/s/{old.token}").status_code == 410


def test_a_stopped_disc_shows_the_birth_date_that_nobody_will_be_asked_for(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation, checked=False)
    assert "birth date hidden" in desk.get(f"/discs/{disc_id}").text
    desk.post(f"/discs/{disc_id}/stop")
    page = desk.get(f"/discs/{disc_id}").text
    assert "birth date hidden" not in page
    assert "born 3 May 1961" in page


def test_the_page_of_a_disc_tells_which_slices_seem_to_be_missing(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    for path in ct_series(tmp_path, 12)[6:8]:
        path.unlink()
    page = desk.get(f"/discs/{imported_disc(site, organisation, tmp_path)}").text
    assert "10 images, some slices seem to be missing" in page
    assert "Axial: numbers 7–8 of 12 seem to be missing." in page


def test_stopping_twice_is_one_stop(desk: Browser, site: Site, organisation: Organisation) -> None:
    disc_id = a_disc(site, organisation)
    desk.post(f"/discs/{disc_id}/stop")
    with site.sessions() as session:
        first = session.get_one(Disc, disc_id).blocked_at
    assert desk.post(f"/discs/{disc_id}/stop").status_code == 303
    with site.sessions() as session:
        assert session.get_one(Disc, disc_id).blocked_at == first


def test_a_deleted_disc_can_be_brought_back_for_a_day(
    app: Flask, site: Site, organisation: Organisation, clock: Clock
) -> None:
    staff, disc_id = a_member(site, organisation), a_disc(site, organisation)
    assert Browser.of(app, site, staff).post(f"/discs/{disc_id}/delete").location == "/discs"
    clock.advance(hours=23)
    desk = Browser.of(app, site, staff)
    assert desk.get(f"/discs/{disc_id}").status_code == 404
    assert "Bring back" in desk.get("/discs").text
    assert desk.post(f"/discs/{disc_id}/restore").location == f"/discs/{disc_id}"
    desk.post(f"/discs/{disc_id}/delete")
    clock.advance(hours=24)
    assert Browser.of(app, site, staff).post(f"/discs/{disc_id}/restore").status_code == 404


def test_who_may_only_look_is_shown_no_deeds(app: Flask, site: Site, organisation: Organisation) -> None:
    browser = Browser.of(app, site, a_member(site, organisation, Role.VIEWER))
    page = browser.get(f"/discs/{a_disc(site, organisation)}").text
    for deed in ("/share", "/stop", "/delete", "/discs/new"):
        assert f'{deed}"' not in page
