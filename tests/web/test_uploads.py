"""A disc comes in from a browser: begun under a login, sent under its own grant."""

from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts import service
from app.accounts.models import Organisation, Role
from app.accounts.rights import Staff
from app.audit.actor import SYSTEM
from app.site import Site
from app.storage import keys
from app.studies.models import Disc, DiscFile, DiscState
from tests.conftest import Clock
from tests.factories import ct_bytes
from tests.staff import Browser, a_member
from tests.uploads import Upload, begin


@pytest.fixture
def staff(site: Site, organisation: Organisation) -> Staff:
    return a_member(site, organisation)


@pytest.fixture
def browser(app: Flask, site: Site, staff: Staff) -> Browser:
    return Browser.of(app, site, staff)


@pytest.fixture
def upload(app: Flask, browser: Browser) -> Upload:
    answer = begin(browser, name="Test^Patient").json
    assert answer
    return Upload(app.test_client(), answer["disc_id"], answer["grant"])


def test_a_disc_sent_whole_waits_to_be_read(upload: Upload, site: Site) -> None:
    files = [ct_bytes(1), ct_bytes(2)]
    named = [(f"DICOM/{n}", len(data)) for n, data in enumerate(files)]
    assert upload.announce(*named).json == {"numbers": [0, 1], "known": []}
    for number, data in enumerate(files):
        assert upload.put(number, data).status_code == 204
    answer = upload.complete(left_behind=12)
    assert answer.json == {
        "state": DiscState.INGESTING,
        "files": 2,
        "received": 2,
        "read": 0,
        "reason": None,
        "have": [[0, 1]],
    }
    with site.sessions() as session:
        assert session.get_one(Disc, upload.disc_id).left_behind == 12
        assert site.jobs.claim(site.now(), site.now() - site.now(), subject=upload.disc_id)
    with site.store.open(keys.incoming(upload.disc_id, 1)) as stored:
        assert stored.read() == files[1]


def test_what_staff_expect_is_kept_with_the_disc(browser: Browser, site: Site) -> None:
    answer = begin(
        browser, name="Test^Patient", birth_date="1961-05-08", patient_id="T1", label="Blue disc"
    ).json
    assert answer
    with site.sessions() as session:
        disc = session.get_one(Disc, answer["disc_id"])
    assert (disc.expected_name, str(disc.expected_birth_date)) == ("Test^Patient", "1961-05-08")
    assert (disc.expected_patient_id, disc.label) == ("T1", "Blue disc")


@pytest.mark.parametrize(
    "asked", [{"birth_date": "yesterday"}, {"name": "x" * 500}, {"patient_id": "x" * 65}]
)
def test_expectations_that_make_no_sense_are_refused(
    browser: Browser, site: Site, asked: dict[str, str]
) -> None:
    answer = begin(browser, **asked)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    with site.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Disc)) == 0


def test_an_upload_goes_on_after_the_page_has_locked(upload: Upload, browser: Browser, clock: Clock) -> None:
    clock.advance(hours=1)
    assert browser.get("/discs").status_code != 200
    data = ct_bytes()
    upload.announce(("a", len(data)))
    assert upload.put(0, data).status_code == 204
    assert upload.complete().status_code == 200


def test_a_grant_lasts_a_day(upload: Upload, clock: Clock) -> None:
    clock.advance(hours=24)
    assert upload.announce(("a", 1)).status_code == 404


def test_a_grant_opens_one_disc_only(upload: Upload, browser: Browser) -> None:
    """U-23."""
    other = begin(browser).json
    assert other
    assert upload._replace(disc_id=other["disc_id"]).announce(("a", 1)).status_code == 404


@pytest.mark.parametrize("header", ["", "Upload ", "Upload wrong", "Bearer wrong"])
def test_nothing_is_taken_without_the_grant(upload: Upload, header: str) -> None:
    for method, path in (("POST", "/files"), ("PUT", "/files/0"), ("POST", "/complete"), ("GET", "")):
        answer = upload.client.open(
            f"/uploads/{upload.disc_id}{path}",
            method=method,
            json={"files": []},
            headers={"Authorization": header},
        )
        assert answer.status_code == 404, (method, path)


def test_a_file_of_another_size_than_announced_is_not_kept(upload: Upload, site: Site) -> None:
    upload.announce(("short", 10), ("long", 10))
    assert upload.put(0, b"x" * 9).status_code == 400
    assert upload.put(1, b"x" * 11).status_code == 400
    assert list(site.store.keys(keys.incoming_folder(upload.disc_id))) == []
    refusal = upload.complete()
    assert refusal.status_code == 403
    assert refusal.json
    assert "2 of 2 files" in refusal.json["detail"]


def test_announcing_again_after_a_lost_answer_announces_once(upload: Upload, site: Site) -> None:
    for _ in range(2):
        assert upload.announce(("a", 1), ("b", 2)).json == {"numbers": [0, 1], "known": []}
    with site.sessions() as session:
        assert session.scalar(select(func.count()).select_from(DiscFile)) == 2


def test_sending_a_file_again_changes_nothing(upload: Upload) -> None:
    upload.announce(("a", 3))
    assert [upload.put(0, b"abc").status_code for _ in range(2)] == [204, 204]


def test_a_file_that_the_drive_cannot_read_is_named_in_the_receipt(upload: Upload, site: Site) -> None:
    data = ct_bytes()
    upload.announce(("good", len(data)), ("scratched", 5000))
    upload.put(0, data)
    assert upload.ask("POST", "/files/1/unreadable").status_code == 204
    assert upload.complete().status_code == 200
    with site.sessions() as session:
        file = session.scalars(select(DiscFile).where(DiscFile.path == "scratched")).one()
    assert (file.verdict, file.reason) == ("refused", "The drive could not read it.")


@pytest.mark.parametrize(
    "asked",
    [{}, {"files": 3}, {"files": [3]}, {"files": [{"path": "a"}]}, {"files": [{"path": "a", "size": -1}]}],
)
def test_an_announcement_that_makes_no_sense_is_refused(upload: Upload, asked: dict[str, object]) -> None:
    assert upload.ask("POST", "/files", json=asked).status_code == 400


def test_a_file_that_nobody_announced_is_refused(upload: Upload) -> None:
    assert upload.put(7, b"x").status_code == 404


def test_more_than_the_limits_allow_is_refused_before_a_byte_is_sent(upload: Upload) -> None:
    answer = upload.announce(("huge", 3 << 30))
    assert answer.status_code == 413
    assert answer.json
    assert "2" in answer.json["detail"]


def test_a_viewer_cannot_begin_a_disc(app: Flask, site: Site, organisation: Organisation) -> None:
    viewer = Browser.of(app, site, a_member(site, organisation, Role.VIEWER, "viewer@test.example"))
    assert begin(viewer).status_code == 403


def test_a_disc_cannot_be_begun_without_the_pages_token(browser: Browser) -> None:
    assert browser.client.post("/discs", json={}).status_code == 400


def test_an_upload_ends_with_the_access_of_whoever_began_it(upload: Upload, site: Site, staff: Staff) -> None:
    """U-23."""
    with site.sessions.begin() as session:
        service.disable_user(session, staff, by=SYSTEM, now=site.now())
    data = ct_bytes()
    assert upload.announce(("a", len(data))).status_code == 404


def test_after_the_end_no_file_can_be_replaced(upload: Upload) -> None:
    """U-23."""
    data = ct_bytes()
    upload.announce(("a", len(data)))
    upload.put(0, data)
    upload.complete()
    assert upload.put(0, data).status_code == 404
    assert upload.announce(("b", 1), first=1).status_code == 404


def test_the_new_disc_page_says_what_to_do(browser: Browser) -> None:
    page = browser.get("/discs/new")
    assert page.status_code == 200
    for words in (
        "Who is this disc for?",
        "Drag the CD drive here",
        "Choose disc",
        "nothing leaves until you press Send",
    ):
        assert words in page.text


def test_bytes_come_through_however_they_are_cut(upload: Upload, site: Site) -> None:
    data = bytes(range(256)) * 5000
    upload.announce(("big", len(data)))
    answer = upload.ask("PUT", "/files/0", input_stream=BytesIO(data), content_length=len(data))
    assert answer.status_code == 204
    with site.store.open(keys.incoming(upload.disc_id, 0)) as stored:
        assert stored.read() == data
