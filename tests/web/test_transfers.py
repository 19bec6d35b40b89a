"""A disc's bytes go past us where the store signs, and to us under the same rules where it does not."""

import hashlib
import logging
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation, Role
from app.accounts.rights import Staff
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.config import Config
from app.ingest import receive
from app.ingest.parts import LEAST_PART
from app.ingest.reading import CHANGED
from app.site import Site
from app.storage import SignedUpload, keys
from app.studies.models import Disc, DiscFile, Verdict
from tests import forms
from tests.conftest import Clock
from tests.factories import ct_bytes, read_through
from tests.staff import Browser, a_member, an_organisation
from tests.uploads import Upload, begin


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.xdist_group("seaweedfs"))])
def config(request: pytest.FixtureRequest, config: Config) -> Config:
    """Settings with a store of either kind."""
    if request.param == "local":
        return config
    return replace(config, storage_url=request.getfixturevalue("s3_url"))


@pytest.fixture
def staff(site: Site, organisation: Organisation) -> Staff:
    return a_member(site, organisation)


@pytest.fixture
def browser(app: Flask, site: Site, staff: Staff) -> Browser:
    return Browser.of(app, site, staff)


@pytest.fixture
def upload(app: Flask, browser: Browser) -> Upload:
    return an_upload(app, browser)


def an_upload(app: Flask, browser: Browser) -> Upload:
    answer = begin(browser).json
    assert answer
    return Upload(app.test_client(), answer["disc_id"], answer["grant"])


def announce(upload: Upload, *files: bytes, hashed: bool = True, first: int = 0) -> dict[str, Any]:
    named = [
        {"path": f"IM{number}", "size": len(data)} | ({"sha256": sha(data)} if hashed else {})
        for number, data in enumerate(files, first)
    ]
    answer = upload.ask("POST", "/files", json={"files": named, "first": first})
    assert answer.json, answer.text
    return dict(answer.json)


def sign(upload: Upload, *numbers: int) -> list[dict[str, Any]]:
    answer = upload.ask("POST", "/sign", json={"numbers": numbers})
    assert answer.json, answer.text
    return list(answer.json["uploads"])


def send(upload: Upload, leave: dict[str, Any], data: bytes) -> int:
    """Send one file as the answer of ``sign`` says; return the status."""
    if leave["method"] == "POST":
        return forms.post(SignedUpload(leave["url"], leave["fields"]), data)
    return upload.client.put(leave["url"], data=data, headers=leave["headers"]).status_code


def arrived(upload: Upload, *numbers: int, **more: Any) -> list[int]:
    answer = upload.ask("POST", "/arrived", json={"numbers": numbers, **more})
    assert answer.json, answer.text
    return list(answer.json["missing"])


def send_all(upload: Upload, *files: bytes) -> None:
    announce(upload, *files)
    for leave in sign(upload, *range(len(files))):
        assert send(upload, leave, files[leave["number"]]) == 204
    assert arrived(upload, *range(len(files))) == []


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def files_of(site: Site, upload: Upload) -> list[DiscFile]:
    with site.sessions() as session:
        mine = select(DiscFile).where(DiscFile.disc_id == upload.disc_id)
        return list(session.scalars(mine.order_by(DiscFile.number)))


def test_what_is_sent_as_signed_is_read_like_any_disc(upload: Upload, site: Site) -> None:
    send_all(upload, ct_bytes(1), ct_bytes(2), b"")
    assert upload.complete().status_code == 200
    read_through(site, upload.disc_id)
    assert [file.verdict for file in files_of(site, upload)] == ["instance", "instance", "not_dicom"]
    assert list(site.store.keys("incoming/")) == []


def test_only_files_that_are_awaited_are_signed(upload: Upload) -> None:
    send_all(upload, ct_bytes(1))
    announce(upload, ct_bytes(2), first=1)
    assert [leave["number"] for leave in sign(upload, 0, 1, 7)] == [1]
    assert upload.ask("POST", "/sign", json={"numbers": list(range(201))}).status_code == 400


@pytest.mark.parametrize("numbers", [None, 3, ["0"], [True], [-1], [1 << 40]])
def test_numbers_that_are_none_are_refused(upload: Upload, numbers: object) -> None:
    for call in ("/sign", "/arrived"):
        assert upload.ask("POST", call, json={"numbers": numbers}).status_code == 400


def test_a_file_counts_once_the_store_has_it_whole(upload: Upload, site: Site) -> None:
    """P-04."""
    announce(upload, ct_bytes(1), ct_bytes(2))
    leaves = sign(upload, 0, 1)
    assert send(upload, leaves[0], ct_bytes(1)) == 204
    assert 400 <= send(upload, leaves[1], ct_bytes(2)[:-1]) < 500
    assert arrived(upload, 0, 1) == [1]
    assert arrived(upload, 0) == []
    assert upload.complete().status_code == 403


def test_a_file_of_another_size_in_the_store_does_not_count(upload: Upload, site: Site) -> None:
    """P-04."""
    announce(upload, ct_bytes(1))
    site.store.put(keys.incoming(upload.disc_id, 0), BytesIO(b"x"))
    assert arrived(upload, 0) == [0]


def test_bytes_that_changed_on_the_way_are_refused_with_that_reason(upload: Upload, site: Site) -> None:
    """P-04."""
    good, sent = ct_bytes(1), bytearray(ct_bytes(1))
    sent[-1] ^= 1
    announce(upload, good, ct_bytes(2))
    for leave, data in zip(sign(upload, 0, 1), (bytes(sent), ct_bytes(2)), strict=True):
        assert send(upload, leave, data) == 204
    assert arrived(upload, 0, 1) == []
    upload.complete()
    read_through(site, upload.disc_id)
    changed, fine = files_of(site, upload)
    assert (changed.verdict, changed.reason) == (Verdict.REFUSED, CHANGED)
    assert fine.verdict == Verdict.INSTANCE


def test_a_hash_may_follow_once_the_file_was_sent(upload: Upload, site: Site) -> None:
    announce(upload, ct_bytes(1), hashed=False)
    send(upload, sign(upload, 0)[0], ct_bytes(1))
    assert upload.ask("POST", "/arrived", json={"numbers": [0], "sha256": {"0": "XY"}}).status_code == 400
    assert arrived(upload, 0, sha256={"0": "0" * 64}) == []
    assert upload.complete().status_code == 200
    read_through(site, upload.disc_id)
    assert files_of(site, upload)[0].reason == CHANGED


def test_after_the_end_nothing_is_signed_and_nothing_sent_matters(upload: Upload, site: Site) -> None:
    """P-04, U-23: leave that lasts still changes nothing that was read."""
    announce(upload, ct_bytes(1))
    leave = sign(upload, 0)[0]
    send(upload, leave, ct_bytes(1))
    arrived(upload, 0)
    upload.complete()
    read_through(site, upload.disc_id)
    send(upload, leave, bytes(len(ct_bytes(1))))
    for call in ("/sign", "/arrived"):
        assert upload.ask("POST", call, json={"numbers": [0]}).status_code == 404
    with site.sessions() as session:
        file = session.scalars(select(DiscFile)).one()
        assert file.sha256 == sha(ct_bytes(1))


def test_leave_to_send_is_kept_and_logged_nowhere(
    upload: Upload, browser: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """P-06."""
    caplog.set_level(logging.INFO)
    announce(upload, ct_bytes(1))
    answer = upload.ask("POST", "/sign", json={"numbers": [0]})
    assert answer.headers["Cache-Control"] == "no-store"
    leave = sign(upload, 0)[0]
    secrets = {upload.grant, *(leave["fields"] or {}).values()} - {"application/octet-stream"}
    send(upload, leave, ct_bytes(1))
    arrived(upload, 0)
    upload.complete()
    with site.sessions() as session:
        entries = "".join(str(entry.details) for entry in session.scalars(select(AuditEntry)))
    pages = browser.get(f"/discs/{upload.disc_id}").text + browser.get("/discs").text
    for secret in secrets:
        assert secret not in entries + pages + caplog.text


def test_what_the_hospital_holds_is_not_sent_again(
    app: Flask, upload: Upload, browser: Browser, site: Site
) -> None:
    send_all(upload, ct_bytes(1))
    upload.complete()
    read_through(site, upload.disc_id)
    again = an_upload(app, browser)
    assert announce(again, ct_bytes(1), ct_bytes(2)) == {"numbers": [0, 1], "known": [0]}
    assert announce(again, ct_bytes(1), ct_bytes(2)) == {"numbers": [0, 1], "known": [0]}
    send(again, sign(again, 0, 1)[0], ct_bytes(2))
    assert arrived(again, 0, 1) == []
    assert again.complete().status_code == 200
    read_through(site, again.disc_id)
    assert [file.verdict for file in files_of(site, again)] == ["instance", "instance"]


def test_what_another_hospital_holds_is_sent(app: Flask, upload: Upload, site: Site) -> None:
    send_all(upload, ct_bytes(1))
    upload.complete()
    read_through(site, upload.disc_id)
    stranger = a_member(site, an_organisation(site), email="desk@other.example")
    theirs = an_upload(app, Browser.of(app, site, stranger))
    assert announce(theirs, ct_bytes(1))["known"] == []


def test_who_is_no_member_of_staff_learns_nothing_of_what_is_held(
    app: Flask, upload: Upload, organisation: Organisation, site: Site
) -> None:
    send_all(upload, ct_bytes(1))
    upload.complete()
    read_through(site, upload.disc_id)
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, a_disc_from(site, organisation, "browser"))
        grant = receive.grant_upload(session, disc, created_by=None, now=site.now())
        strangers = Upload(app.test_client(), disc.id, grant)
    assert announce(strangers, ct_bytes(1))["known"] == []


def test_a_large_file_comes_in_parts_and_goes_on_after_a_break(upload: Upload, site: Site) -> None:
    data = bytes(LEAST_PART) + bytes(LEAST_PART) + b"the end"
    announce(upload, data)
    size = {"part_size": LEAST_PART}
    asked = upload.ask("POST", "/files/0/parts", json=size).json
    assert asked
    assert [(part["part"], part["size"], part["there"]) for part in asked["parts"]] == [
        (1, LEAST_PART, False),
        (2, LEAST_PART, False),
        (3, 7, False),
    ]
    for part in (asked["parts"][2], asked["parts"][0]):
        assert put_part(upload, part, asked["headers"], data) in (200, 204)
    assert upload.ask("POST", "/files/0/parts/complete", json=size).status_code == 400
    again = upload.ask("POST", "/files/0/parts", json=size).json
    assert again
    assert [part["there"] for part in again["parts"]] == [True, False, True]
    assert put_part(upload, again["parts"][1], again["headers"], data) in (200, 204)
    for _ in range(2):
        assert upload.ask("POST", "/files/0/parts/complete", json=size).json == {"missing": []}
    assert list(site.store.keys(keys.incoming_folder(upload.disc_id))) == [keys.incoming(upload.disc_id, 0)]
    with site.store.open(keys.incoming(upload.disc_id, 0)) as stored:
        assert stored.read() == data
    assert upload.complete().status_code == 200


def test_a_part_of_another_size_is_refused(upload: Upload) -> None:
    announce(upload, bytes(LEAST_PART + 7))
    asked = upload.ask("POST", "/files/0/parts", json={"part_size": LEAST_PART}).json
    assert asked
    last = asked["parts"][1]
    for data in (bytes(LEAST_PART) + bytes(6), bytes(LEAST_PART) + bytes(8)):
        assert 400 <= put_part(upload, last, asked["headers"], data, exact=False) < 500
    assert upload.ask("POST", "/files/0/parts/complete", json={"part_size": LEAST_PART}).status_code == 400


@pytest.mark.parametrize("part_size", [None, 0, 1, LEAST_PART - 1, 1 << 40])
def test_parts_of_unreasonable_size_are_refused(upload: Upload, part_size: object) -> None:
    announce(upload, bytes(10))
    assert upload.ask("POST", "/files/0/parts", json={"part_size": part_size}).status_code == 400


def put_part(
    upload: Upload, part: dict[str, Any], headers: dict[str, str], data: bytes, *, exact: bool = True
) -> int:
    start = (part["part"] - 1) * LEAST_PART
    piece = data[start : start + part["size"]] if exact else data[start:]
    if part["url"].startswith("http"):
        return forms.put(part["url"], piece)
    return upload.client.put(part["url"], data=piece, headers=headers).status_code


def a_disc_from(site: Site, organisation: Organisation, source: str) -> str:
    with site.sessions.begin() as session:
        return receive.begin_disc(
            session, organisation.id, source=source, by=OPERATOR, created_by=None, now=site.now()
        ).id


def test_progress_names_what_has_arrived(upload: Upload) -> None:
    announce(upload, *(bytes([number]) for number in range(5)), hashed=False)
    for number in (0, 1, 4):
        upload.put(number, bytes([number]))
    upload.ask("POST", "/files/3/unreadable")
    answer = upload.ask("GET").json
    assert answer
    assert answer["have"] == [[0, 1], [3, 4]]


def test_an_upload_goes_on_the_next_morning(
    app: Flask, upload: Upload, organisation: Organisation, site: Site, clock: Clock
) -> None:
    announce(upload, b"one", b"two")
    upload.put(0, b"one")
    clock.advance(hours=23)
    two = a_member(site, organisation, email="two@test.example")
    colleague = Browser.of(app, site, two)
    answer = colleague.client.post(
        f"/discs/{upload.disc_id}/resume", headers={"X-CSRFToken": colleague.token()}
    ).json
    assert answer
    assert answer["files"] == [
        {"number": 0, "path": "IM0", "size": 3, "received": True},
        {"number": 1, "path": "IM1", "size": 3, "received": False},
    ]
    resumed = Upload(app.test_client(), upload.disc_id, answer["grant"])
    clock.advance(hours=2)
    assert upload.ask("GET").status_code == 404
    assert resumed.put(1, b"two").status_code == 204
    assert resumed.complete().status_code == 200
    with site.sessions() as session:
        actions = [entry.action for entry in session.scalars(select(AuditEntry))]
    assert "upload_resumed" in actions
    later = Browser.of(app, site, two)
    again = later.client.post(f"/discs/{upload.disc_id}/resume", headers={"X-CSRFToken": later.token()})
    assert again.status_code == 404


def test_what_reached_the_store_before_a_crash_is_not_sent_again(
    upload: Upload, site: Site, browser: Browser
) -> None:
    """Nobody said that it had arrived, but the store has it whole, and its hash was announced."""
    announce(upload, b"one", b"two")
    announce(upload, b"three", hashed=False, first=2)
    announce(upload, b"four", first=3)
    for number, data in enumerate((b"one", b"tw", b"three")):
        site.store.put(keys.incoming(upload.disc_id, number), BytesIO(data))
    answer = browser.client.post(
        f"/discs/{upload.disc_id}/resume", headers={"X-CSRFToken": browser.token()}
    ).json
    assert answer
    assert [file["received"] for file in answer["files"]] == [True, False, False, False]
    assert [leave["number"] for leave in sign(upload, 0, 1, 2, 3)] == [1, 2, 3]


def test_an_upload_from_elsewhere_cannot_be_resumed(
    site: Site, organisation: Organisation, app: Flask, browser: Browser
) -> None:
    disc_id = a_disc_from(site, organisation, "folder")
    answer = browser.client.post(f"/discs/{disc_id}/resume", headers={"X-CSRFToken": browser.token()})
    assert answer.status_code == 404


def test_a_grant_of_one_disc_signs_nothing_of_another(app: Flask, upload: Upload, browser: Browser) -> None:
    """U-23."""
    other = an_upload(app, browser)
    announce(other, b"one")
    foreign = other._replace(grant=upload.grant)
    size = {"part_size": LEAST_PART}
    for call, asked in (
        ("/sign", {"numbers": [0]}),
        ("/arrived", {"numbers": [0]}),
        ("/files/0/parts", size),
        ("/files/0/parts/complete", size),
    ):
        assert foreign.ask("POST", call, json=asked).status_code == 404
    assert foreign.ask("PUT", f"/files/0/parts/{LEAST_PART}/1", data=b"one").status_code == 404


def test_pages_may_talk_to_the_store_and_nobody_else(browser: Browser, site: Site) -> None:
    policy = browser.get("/discs/new").headers["Content-Security-Policy"]
    (connect,) = [rule for rule in policy.split("; ") if rule.startswith("connect-src")]
    assert connect.split()[1:] == ["'self'", *site.store.browser_origins()]


def test_a_viewer_may_not_resume(app: Flask, site: Site, organisation: Organisation, upload: Upload) -> None:
    viewer = Browser.of(app, site, a_member(site, organisation, Role.VIEWER, "viewer@test.example"))
    answer = viewer.client.post(f"/discs/{upload.disc_id}/resume", headers={"X-CSRFToken": viewer.token()})
    assert answer.status_code == 403
