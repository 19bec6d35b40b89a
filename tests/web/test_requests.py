"""Images asked for: staff ask, somebody outside sends, and nothing of it counts before staff accept it."""

import re
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Organisation, Role
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.errors import NeedsReview
from app.ingest import limits as ingest_limits
from app.ingest import parts, quotas
from app.ingest.models import UploadGrant
from app.mail import Letter
from app.requests import limits, service
from app.requests.models import RequestKey, UploadRequest
from app.requests.queries import find_request
from app.requests.states import state_of
from app.shares import visits
from app.shares.attempts import LAST_FAILURE
from app.shares.cut import cut_key
from app.shares.models import ShareState
from app.site import Site
from app.studies.models import Disc, DiscState
from app.web import send_words
from app.workers.housekeeping import end_links
from tests.asked import EXPECTED, Sender, a_request, enter, sent
from tests.conftest import Clock
from tests.factories import (
    OTHER_PATIENT,
    a_disc,
    a_share,
    ct_bytes,
    imported_disc,
    read_through,
    wrong_pin,
)
from tests.staff import Browser, a_member, an_organisation

UPLOADER = Path(__file__).parents[2] / "app/frontend/src/uploader"
SAID = re.compile(r"\b(?:t|new Refusal)\('([^']+)'")
"""How the uploader's script names a text."""
FORM = {"asked": "Dr Test", "wanted": "The disc of March, please.", "channel": "telephone"}


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Browser:
    return Browser.of(app, site, a_member(site, organisation))


def disc_of(site: Site, disc_id: str) -> Disc:
    with site.sessions() as session:
        return session.get_one(Disc, disc_id)


def actions(site: Site) -> list[str]:
    with site.sessions() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def asked_by(desk: Browser, **fields: str) -> tuple[str, str]:
    """Make a request at the desk; return the link's path and the PIN."""
    page = desk.post("/requests/new", **(FORM | fields)).text
    link = re.search(r'data-copy="http://localhost(/r/[^"]+)"', page)
    pin = re.search(r'class="pin-digits">([\d ]+)<', page)
    assert link, page
    assert pin, page
    return link[1], pin[1]


def test_staff_ask_a_patient_sends_and_staff_accept(app: Flask, site: Site, desk: Browser) -> None:
    link, pin = asked_by(desk, name="Test, Patient", birth_date="1961-05-03")
    visitor = app.test_client()
    assert "asks you for images" in visitor.get(link).text
    there = visitor.post(link, data={"pin": pin})
    assert there.status_code == 303
    page = visitor.get(there.location).text
    assert "The disc of March, please." in page
    with site.sessions() as session:
        key = session.scalars(select(RequestKey)).one()
    sender = Sender(visitor, key.request_id)
    disc_id = sender.send()
    assert "Files arrived: 2. Thank you." in sender.page().text
    read_through(site, disc_id)
    disc = disc_of(site, disc_id)
    assert (disc.state, disc.source) == (DiscState.READY, "request")
    assert "Waits to be accepted" in desk.get("/discs").text
    assert "The images name the person you expected." in desk.get(f"/discs/{disc_id}").text
    assert desk.post(f"/discs/{disc_id}/accept").status_code == 303
    assert not disc_of(site, disc_id).waiting_since
    assert "Files arrived and accepted: 2." in sender.page().text
    assert {"request_created", "opened", "disc_accepted"} <= set(actions(site))


def test_a_sender_reads_which_files_their_drive_could_not_give(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    key = a_request(site, organisation, max_discs=2)
    sender = Sender.of(app, key)
    upload, data = sender.upload(), ct_bytes()
    upload.announce(("IM1", len(data)), ("SCRATCHED", 9))
    upload.put(0, data)
    upload.ask("POST", "/files/1/unreadable")
    upload.complete()
    page = sender.page().text
    assert "Files arrived: 1. Thank you." in page
    assert "Could not be read, and did not arrive: 1." in page
    assert "<code>SCRATCHED</code>" in page
    assert "SCRATCHED" not in Sender.of(app, key).page().text, "others are told numbers"


# The link


def test_looking_at_the_link_changes_nothing_and_tells_nothing_of_the_patient(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    """T-16: mail scanners and link previews come here too."""
    key = a_request(site, organisation, expected=EXPECTED, reference="R-7")
    for agent in ("Slackbot", "WhatsApp/2", "curl/8"):
        page = app.test_client().get(f"/r/{key.token}", headers={"User-Agent": agent})
        assert page.status_code == 200
        assert "R-7" in page.text
        for secret in ("Test, Patient", "1961", "TEST-1", "The disc of March", "Dr Test"):
            assert secret not in page.text
    with site.sessions() as session:
        row = session.scalars(select(RequestKey)).one()
    assert (row.uses, row.failures) == (0, 0)


def test_only_a_requests_own_token_opens_it(app: Flask, site: Site, organisation: Organisation) -> None:
    """T-01, T-02, T-04: a share's token is another signer's, and so the other way round."""
    key, share = a_request(site, organisation), a_share(site, organisation, a_disc(site, organisation))
    client = app.test_client()
    flipped = f"{'b' if key.token[0] == 'a' else 'a'}{key.token[1:]}"
    for address in (f"/r/{share.token}", f"/s/{key.token}", f"/r/{flipped}", "/r/x", f"/r/{'x' * 5000}"):
        assert client.get(address).status_code == 404, address
        assert client.post(address, data={"pin": key.pin}).status_code == 404, address


def test_nothing_secret_of_a_request_is_kept(site: Site, organisation: Organisation) -> None:
    """T-08: the database holds hashes."""
    key = a_request(site, organisation)
    with site.sessions() as session:
        row = session.scalars(select(RequestKey)).one()
        kept = " ".join(str(value) for value in vars(row).values())
    for secret in (key.token, key.code.replace("-", ""), key.code, key.pin):
        assert secret not in kept


@pytest.mark.parametrize("first", ["a PIN", "a visit", "the worker"])
def test_a_requests_end_that_was_seen_stays_when_the_clock_steps_back_before_it(
    app: Flask, site: Site, organisation: Organisation, clock: Clock, first: str
) -> None:
    """T-06."""
    key = a_request(site, organisation, days=1)
    clock.advance(hours=23, minutes=45)
    sender = Sender.of(app, key)
    clock.advance(minutes=15)
    if first == "a PIN":
        assert enter(app.test_client(), key).status_code == 410
    elif first == "a visit":
        assert sender.page().status_code == 410
    else:
        end_links(site)
    clock.advance(minutes=-20)
    assert app.test_client().get(f"/r/{key.token}").status_code == 410
    assert enter(app.test_client(), key).status_code == 410
    assert sender.page().status_code == 410
    with site.sessions() as session:
        asked = find_request(session, organisation.id, key.request_id)
        assert state_of(asked, clock.now) is ShareState.EXPIRED


def test_a_look_at_a_requests_link_after_its_end_changes_nothing(
    app: Flask, site: Site, organisation: Organisation, clock: Clock
) -> None:
    """T-16."""
    key = a_request(site, organisation, days=1)
    clock.advance(days=1)
    assert app.test_client().get(f"/r/{key.token}").status_code == 410
    with site.sessions() as session:
        assert session.get_one(UploadRequest, key.request_id).ended_at is None


def test_a_typed_code_leads_to_the_request(app: Flask, site: Site, organisation: Organisation) -> None:
    key = a_request(site, organisation)
    client = app.test_client()
    there = client.post("/go", data={"code": key.code.lower()})
    assert there.status_code == 303
    assert there.location.startswith("/r/")
    assert client.post(there.location, data={"pin": key.pin}).status_code == 303


def test_of_several_links_made_anew_in_one_moment_one_lives(site: Site, organisation: Organisation) -> None:
    request_id = a_request(site, organisation).request_id

    def replace(_number: int) -> None:
        cut = cut_key(site.request_signer)
        with site.sessions.begin() as session:
            service.replace(
                session,
                cut,
                organisation.id,
                request_id,
                channel="slip",
                by=OPERATOR,
                created_by=None,
                now=site.now(),
            )

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(replace, range(6)))
    with site.sessions() as session:
        keys = find_request(session, organisation.id, request_id).keys
        assert len(keys) == 7
        assert sum(key.revoked_at is None for key in keys) == 1


def test_ten_wrong_pins_freeze_a_request_and_staff_replace_its_link(
    app: Flask, site: Site, clock: Clock, organisation: Organisation, desk: Browser
) -> None:
    """F-01, F-06, F-11."""
    key = a_request(site, organisation)
    first = Sender.of(app, key)
    client = app.test_client()
    for number in range(1, LAST_FAILURE + 1):
        clock.advance(seconds=61)
        assert enter(client, key, wrong_pin(key.pin, number)).status_code == 403
    clock.advance(seconds=61)
    assert enter(client, key).status_code == 403
    assert "Closed for safety" in client.get(f"/r/{key.token}").text
    assert first.page().status_code == 200
    assert "Frozen" in desk.get(f"/requests/{key.request_id}").text
    page = desk.post(f"/requests/{key.request_id}/replace", channel="telephone").text
    link = re.search(r'data-copy="http://localhost(/r/[^"]+)"', page)
    assert link
    assert client.get(link[1]).status_code == 200
    assert client.get(f"/r/{key.token}").status_code == 410
    assert first.page().status_code == 410


def test_a_malformed_pin_is_no_attempt(app: Flask, site: Site, organisation: Organisation) -> None:
    key = a_request(site, organisation)
    assert enter(app.test_client(), key, "12").status_code == 400
    with site.sessions() as session:
        assert session.scalars(select(RequestKey)).one().failures == 0


def test_a_foreign_page_cannot_answer_for_a_sender(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    """S-02: neither the PIN's form nor what is sent afterwards."""
    key = a_request(site, organisation)
    sender = Sender.of(app, key)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert sender.client.post(f"/r/{key.token}", data={"pin": key.pin}, headers=foreign).status_code == 403
    for token in ({}, {"X-CSRFToken": "wrong"}):
        assert sender.client.post(f"{sender.address}/discs", json={}, headers=token).status_code == 400


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_an_ended_request_says_so_and_whom_to_ask(
    app: Flask, site: Site, clock: Clock, organisation: Organisation, desk: Browser, end: str
) -> None:
    """T-05, T-11: at once, for the link, the open page and the upload going on."""
    key = a_request(site, organisation)
    sender = Sender.of(app, key)
    upload = sender.upload()
    if end == "revoked":
        assert desk.post(f"/requests/{key.request_id}/revoke").status_code == 303
        assert upload.announce(("A", 1)).status_code == 404
    else:
        clock.advance(days=14)
    page = sender.client.get(f"/r/{key.token}")
    assert page.status_code == 410
    assert "This request has ended." in page.text
    assert "+1 555 0100" in page.text
    assert enter(app.test_client(), key).status_code == 410
    assert sender.page().status_code == 410
    assert sender.client.get(f"/send/{key.request_id}").status_code == 410


def test_a_page_left_alone_asks_for_the_pin_again(
    app: Flask, site: Site, clock: Clock, organisation: Organisation
) -> None:
    sender = Sender.of(app, a_request(site, organisation))
    clock.advance(minutes=29)
    assert sender.page().status_code == 200
    clock.advance(minutes=31)
    assert sender.page().status_code == 410


def test_a_long_upload_leads_back_to_the_page(
    app: Flask, site: Site, clock: Clock, organisation: Organisation
) -> None:
    sender = Sender.of(app, a_request(site, organisation))
    upload, data = sender.upload(), ct_bytes(1)
    upload.announce(("A", len(data)))
    clock.advance(hours=2)
    upload.put(0, data)
    upload.complete()
    assert "Files arrived: 1." in sender.page().text


# What is sent


def test_a_sender_is_told_counts_and_nothing_of_what_we_make_of_it(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    """I-10: who sends another patient's images can't find out so whom we expect."""
    key = a_request(site, organisation, expected=EXPECTED, max_discs=2)
    sender = Sender.of(app, key)
    told = []
    for changes in ({}, OTHER_PATIENT):
        upload, data = sender.upload(), ct_bytes(1, **changes)
        upload.announce(("A", len(data)))
        upload.put(0, data)
        upload.complete()
        before = upload.ask("GET").get_json()
        read_through(site, upload.disc_id)
        assert upload.ask("GET").get_json() == before
        told.append((before["state"], before["reason"], before["read"]))
    assert told[0] == told[1] == ("received", None, 0)
    page = sender.page().text
    assert len(re.findall("Files arrived: 1. Thank you.", page)) == 2
    for secret in ("Test^", "Patient", "TEST-", "1961", "1982", "Dr Test"):
        assert secret not in page


def test_bytes_are_always_sent_on_request(app: Flask, site: Site, organisation: Organisation) -> None:
    """A hash is no proof of possession: what the hospital holds is asked for all the same."""
    data = ct_bytes(1)
    sent(app, site, a_request(site, organisation), data)
    upload = Sender.of(app, a_request(site, organisation)).upload()
    named = {"path": "A", "size": len(data), "sha256": sha256(data).hexdigest()}
    answer = upload.ask("POST", "/files", json={"files": [named], "first": 0}).get_json()
    assert answer == {"numbers": [0], "known": []}
    assert upload.complete().status_code == 403


def test_what_a_sender_claims_is_not_taken_over(app: Flask, site: Site, organisation: Organisation) -> None:
    """I-09: fields that staff's page has mean nothing here; a reason is a remark."""
    sender = Sender.of(app, a_request(site, organisation, expected=EXPECTED))
    claims: dict[str, Any] = {
        "name": "Other^Test", "birth_date": "1982-02-02", "patient_id": "X", "label": "Mine",
        "organisation_id": "other", "waiting_since": None, "created_by": "somebody",
        "same_person": {"because": "Married name", "people": [{"name": "Other^Test"}]},
    }  # fmt: skip
    begun = sender.begin(**claims)
    assert begun.status_code == 201
    disc = disc_of(site, begun.get_json()["disc_id"])
    assert (disc.expected_name, disc.expected_birth_date, disc.expected_patient_id) == EXPECTED
    assert (disc.label, disc.created_by, disc.same_person) == ("", None, None)
    assert disc.waiting_since


def test_a_grant_of_a_request_is_for_its_disc_alone(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    """U-23: not for another disc, not after the end, not for another organisation."""
    key = a_request(site, organisation, max_discs=2)
    one, other = Sender.of(app, key).upload(), Sender.of(app, key).upload()
    for wrong in (one._replace(disc_id=other.disc_id), one._replace(grant="x")):
        assert wrong.announce(("A", 1)).status_code == 404
    assert one.announce(("A", 1)).status_code == 200
    one.put(0, b"x")
    assert one.complete().status_code == 200
    assert one.announce(("B", 1), first=1).status_code == 404
    with site.sessions() as session:
        grants = session.scalars(select(UploadGrant)).all()
    assert all(grant.asked_key_id == key.key_id and grant.created_by is None for grant in grants)


def test_an_upload_is_gone_on_with_in_the_same_browser_only(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    """What somebody else's disc calls its files is not told to whoever holds the same link."""
    key = a_request(site, organisation)
    mine, theirs = Sender.of(app, key), Sender.of(app, key)
    upload = mine.upload()
    upload.announce(("NAME", 3), ("B", 2))
    upload.put(0, b"abc")
    assert "Files arrived: 1 of 2." in mine.page().text

    assert theirs.resume(upload.disc_id).status_code == 404
    again = mine.resume(upload.disc_id)
    assert [(file["path"], file["received"]) for file in again.get_json()["files"]] == [
        ("NAME", True),
        ("B", False),
    ]
    assert upload._replace(grant=again.get_json()["grant"]).put(1, b"de").status_code == 204
    assert "NAME" not in theirs.page().text


def test_a_request_takes_as_many_discs_as_were_asked_for(
    app: Flask, site: Site, organisation: Organisation, desk: Browser
) -> None:
    """U-22: refused and unreadable ones do not count, so that they can be sent again."""
    key = a_request(site, organisation, max_discs=1)
    unreadable = sent(app, site, key, b"no image")
    assert disc_of(site, unreadable).state == DiscState.FAILED
    refused = sent(app, site, key)
    assert app.test_client().get(f"/r/{key.token}").status_code == 410
    assert desk.post(f"/discs/{refused}/refuse", reason="Different person").status_code == 303
    sender = Sender.of(app, key)
    assert "What you sent was not accepted." in sender.page().text
    assert "+1 555 0100" in sender.page().text
    assert "no images were found" in sender.page().text
    sender.send()
    assert sender.begin().status_code == 410
    filled = app.test_client().get(f"/r/{key.token}")
    assert filled.status_code == 410
    assert "All that was asked for has arrived." in filled.text


def test_uploads_by_a_request_are_bounded(
    app: Flask, site: Site, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U-22: two at a time, a number of tries, bytes of the request, and of the whole house."""
    sender = Sender.of(app, a_request(site, organisation, max_discs=3, max_bytes=10))
    one, other = sender.upload(), sender.upload()
    assert sender.begin().status_code == 403
    assert one.announce(("A", 11)).status_code == 413
    assert one.announce(("A", 6)).status_code == 200
    assert other.announce(("A", 5)).status_code == 413
    assert other.announce(("A", 4)).status_code == 200
    monkeypatch.setattr(limits, "OPEN_AT_ONCE", 99)
    monkeypatch.setattr(limits, "TRIES", 0)
    assert sender.begin().status_code == 201
    assert sender.begin().status_code == 403
    for bound, most in (("OPEN_OF_ORGANISATION", 3), ("WAITING_OF_ORGANISATION", 3)):
        with monkeypatch.context() as patch:
            patch.setattr(limits, bound, most)
            assert Sender.of(app, a_request(site, organisation)).begin().status_code == 403, bound
    monkeypatch.setattr(limits, "BYTES_OF_ORGANISATION", 12)
    assert Sender.of(app, a_request(site, organisation)).upload().announce(("A", 3)).status_code == 413


def test_an_upload_and_a_request_are_gone_on_with_only_so_often(
    app: Flask, site: Site, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time is a row and an entry of the log: whoever has the PIN must not fill the disk by them."""
    key = a_request(site, organisation)
    sender = Sender.of(app, key)
    upload = sender.upload()
    monkeypatch.setattr(limits, "RESUMED", 2)
    assert [sender.resume(upload.disc_id).status_code for _ in range(4)] == [200, 200, 403, 403]
    assert actions(site).count("upload_resumed") == 2
    monkeypatch.setattr(visits, "MOST_AN_HOUR", 2)
    assert [enter(app.test_client(), key).status_code for _ in range(2)] == [303, 429]


# The waiting room


def test_a_sender_who_finds_no_room_left_is_told_to_call_and_no_more(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    """U-22: how much an organisation may keep is nothing for strangers."""
    sender = Sender.of(app, a_request(site, organisation))
    upload = sender.upload()
    allow(site, organisation, 10)
    refused = upload.announce(("IM0", 11))
    assert (refused.status_code, refused.json and refused.json["detail"]) == (413, quotas.FULL)
    assert upload.announce(("IM0", 10)).status_code == 200
    again = sender.begin()
    assert (again.status_code, again.json and again.json["detail"]) == (403, quotas.FULL)


def allow(site: Site, organisation: Organisation, quota: int) -> None:
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).quota_bytes = quota


def test_a_waiting_disc_is_kept_apart_and_cannot_be_shared(
    app: Flask, site: Site, organisation: Organisation, desk: Browser
) -> None:
    disc_id = sent(app, site, a_request(site, organisation))
    page = desk.get("/discs").text
    assert "Waiting room" in page
    assert page.count(f"/discs/{disc_id}") == 1
    assert "Waiting room" not in desk.get("/discs?q=Patient").text
    assert f"/discs/{disc_id}" not in desk.get("/discs?q=Patient").text
    assert f"/discs/{disc_id}/share" not in desk.get(f"/discs/{disc_id}").text
    with pytest.raises(NeedsReview):
        a_share(site, organisation, disc_id)
    assert desk.post(f"/discs/{disc_id}/share", purpose="patient_copy").status_code in (303, 409)
    released = {"because": "now", "call_back": "me", "channel": "slip"}
    assert desk.post(f"/discs/{disc_id}/release", **released).status_code == 409
    assert desk.post(f"/discs/{disc_id}/accept").status_code == 303
    assert a_share(site, organisation, disc_id).share_id
    assert desk.post(f"/discs/{disc_id}/accept").status_code == 403


def test_another_person_than_expected_needs_a_decision_before_it_is_accepted(
    app: Flask, site: Site, organisation: Organisation, desk: Browser
) -> None:
    disc_id = sent(app, site, a_request(site, organisation, expected=EXPECTED), ct_bytes(1, **OTHER_PATIENT))
    page = desk.get(f"/discs/{disc_id}").text
    assert "First decide below whose disc this is" in page
    assert "You expected" in page
    assert "/send-back" not in page
    assert desk.post(f"/discs/{disc_id}/accept").status_code == 409
    key = re.search(r'name="(patient-[^"]+)"', page)
    assert key
    desk.post(f"/discs/{disc_id}/decide", **{key[1]: "keep", "because": "asked the patient"})
    assert desk.post(f"/discs/{disc_id}/accept").status_code == 303
    assert disc_of(site, disc_id).state == DiscState.READY


def test_nobody_expected_is_said_and_a_match_typed_or_chosen_accepts_the_disc(
    app: Flask, site: Site, organisation: Organisation, desk: Browser
) -> None:
    known = a_disc(site, organisation, slices=1)
    typed, chosen, wrong = (sent(app, site, a_request(site, organisation), ct_bytes(1)) for _ in range(3))
    page = desk.get(f"/discs/{chosen}").text
    assert "Nobody said whose images are expected." in page
    like = re.search(r'name="like" value="([^"]+)"', page)
    assert like
    assert known
    desk.post(f"/discs/{chosen}/match", like=like[1])
    desk.post(f"/discs/{typed}/match", name="Test, Patient", birth_date="1961-05-03")
    desk.post(f"/discs/{wrong}/match", name="Test, Other", birth_date="1982-02-02")
    assert not disc_of(site, chosen).waiting_since
    assert not disc_of(site, typed).waiting_since
    assert disc_of(site, wrong).waiting_since
    assert disc_of(site, wrong).state == DiscState.NEEDS_REVIEW
    assert "You expected" in desk.get(f"/discs/{wrong}").text
    assert desk.post(f"/discs/{wrong}/match").status_code == 400
    assert "disc_matched" in actions(site)


def test_whom_to_match_is_never_another_hospitals_patient(
    app: Flask, site: Site, organisation: Organisation, desk: Browser
) -> None:
    """I-10."""
    a_disc(site, an_organisation(site), slices=1)
    disc_id = sent(app, site, a_request(site, organisation))
    assert 'name="like"' not in desk.get(f"/discs/{disc_id}").text
    assert desk.post(f"/discs/{disc_id}/match", like="x").status_code == 404


def test_a_refused_disc_can_be_brought_back_into_the_waiting_room(
    app: Flask, site: Site, organisation: Organisation, desk: Browser
) -> None:
    key = a_request(site, organisation, max_discs=2)
    disc_id = sent(app, site, key)
    assert desk.post(f"/discs/{disc_id}/refuse").status_code == 400
    desk.post(f"/discs/{disc_id}/refuse", because="Not the knee", reason="Not what was asked for")
    assert "Not what was asked for. Not the knee" in desk.get(f"/requests/{key.request_id}").text
    sender = Sender.of(app, key)
    assert "What you sent was not accepted." in sender.page().text
    assert "Not the knee" not in sender.page().text
    desk.post(f"/discs/{disc_id}/restore")
    assert disc_of(site, disc_id).waiting_since
    assert "Thank you." in sender.page().text
    assert {"disc_refused", "disc_deleted", "disc_restored"} <= set(actions(site))


def test_what_waits_marks_nothing_that_we_hold(
    app: Flask, site: Site, organisation: Organisation, desk: Browser, tmp_path: Path
) -> None:
    """U-17: other bytes under a number of ours are compared only once they are accepted."""
    (tmp_path / "A").write_bytes(ct_bytes(1))
    ours = imported_disc(site, organisation, tmp_path)
    theirs = sent(app, site, a_request(site, organisation), ct_bytes(1, SeriesDescription="Changed"))
    assert "conflict" not in desk.get(f"/discs/{ours}").text
    assert "Also on the disc" not in desk.get(f"/discs/{ours}").text
    assert disc_of(site, theirs).state == DiscState.NEEDS_REVIEW
    key = re.search(r'name="(patient-[^"]+)"', desk.get(f"/discs/{theirs}").text)
    assert key
    desk.post(f"/discs/{theirs}/decide", **{key[1]: "keep", "because": "asked"})
    desk.post(f"/discs/{theirs}/accept")
    assert "conflict" in desk.get(f"/discs/{ours}").text


def test_a_role_that_may_look_can_neither_ask_nor_accept(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    """I-11."""
    key = a_request(site, organisation)
    disc_id = sent(app, site, key)
    looker = Browser.of(app, site, a_member(site, organisation, Role.VIEWER, "look@test.example"))
    assert "Dr Test" in looker.get("/requests").text
    assert "/accept" not in looker.get(f"/discs/{disc_id}").text
    for address in ("/requests/new", f"/requests/{key.request_id}/replace", f"/discs/{disc_id}/accept"):
        assert looker.post(address, **FORM).status_code == 403


# Asking


def test_what_cannot_be_asked_for_is_said_on_the_form(site: Site, desk: Browser) -> None:
    wrong = (
        {"asked": " "}, {"wanted": ""}, {"max_discs": "0"}, {"max_discs": "21"}, {"max_gb": "99"},
        {"max_gb": "x"}, {"until": "2030-01-01"}, {"until": "yesterday"}, {"channel": "mail"},
        {"birth_date": "soon"}, {"wanted": "x" * 1001}, {"name": "x" * 201},
        {"name": "Test, Patient", "reference": "Patient 7"},
    )  # fmt: skip
    for fields in wrong:
        assert desk.post("/requests/new", **(FORM | fields)).status_code == 400, fields
    with site.sessions() as session:
        assert session.scalar(select(func.count()).select_from(UploadRequest)) == 0


def test_a_request_lasts_two_weeks_unless_staff_say_otherwise(site: Site, desk: Browser) -> None:
    asked_by(desk)
    with site.sessions() as session:
        asked = session.scalars(select(UploadRequest)).one()
    assert (asked.expires_at - asked.created_at).days == 14


def test_an_email_carries_the_link_and_never_the_pin(site: Site, desk: Browser) -> None:
    page = desk.post("/requests/new", **(FORM | {"channel": "mail", "email": "dr@test.example"})).text
    pin = re.search(r'class="pin-digits">([\d ]+)<', page)
    assert pin
    with site.sessions() as session:
        letter = session.scalars(select(Letter)).one()
    site.mail.send(site.sessions, letter.id, site.now())
    (written,) = (site.config.data_dir / "outbox").glob("*.eml")
    body = message_from_bytes(written.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body
    text = body.get_content()
    assert "/r/" in text
    assert pin[1] not in text
    assert pin[1].replace(" ", "") not in text
    assert "Not sent" in desk.get("/requests/" + letter_request(site)).text


def letter_request(site: Site) -> str:
    with site.sessions() as session:
        return session.scalars(select(UploadRequest)).one().id


def test_the_slip_says_what_it_is_for_without_a_name(desk: Browser) -> None:
    page = desk.post("/requests/new", **(FORM | {"channel": "slip", "name": "Test, Patient"})).text
    slip = page.partition('class="slip"')[2]
    assert "Send your images to Test Hospital" in slip
    assert "Patient" not in slip
    assert "Dr Test" not in slip


def test_every_refusal_that_a_sender_may_meet_is_among_the_pages_words(app: Flask) -> None:
    with app.test_request_context("/r/x"):
        words = send_words.words()
    for text in (
        quotas.FULL,
        ingest_limits.TOO_MANY_FILES,
        ingest_limits.TOO_MANY_BYTES,
        ingest_limits.FILE_TOO_LARGE,
        parts.INCOMPLETE,
    ):
        assert text in words


def test_every_text_of_the_uploader_that_a_sender_may_meet_is_among_the_pages_words(app: Flask) -> None:
    with app.test_request_context("/r/x"):
        words = send_words.words()
    sources = [path.read_text() for path in UPLOADER.rglob("*.ts")]
    texts = {text for source in sources for text in SAID.findall(source)}
    assert len(texts) > 30
    assert texts - words.keys() == set()
