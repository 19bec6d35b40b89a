"""Notes of a share: marks that a visitor keeps with the link, who sees them, and how they end."""

import json
import re
from contextlib import nullcontext
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.models import Organisation, Role
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.errors import TooLarge, Unacceptable
from app.shares import drawn, notes
from app.shares.models import ShareKey, ShareNote
from app.shares.orders import NewKey
from app.site import Site
from app.studies import retention
from app.studies.models import Disc, DisplayState, Instance
from app.workers import housekeeping
from tests import viewing
from tests.conftest import Clock
from tests.factories import ROOT, a_disc, a_key, a_note, a_series, a_share, marks_on
from tests.staff import Browser, a_member

TEXT = "Is this <b>new</b>?"


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the test of the token switches it on
    return app


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    """Three pictures in one series."""
    made = a_disc(site, organisation)
    viewing.show(site, made)
    return made


@pytest.fixture
def key(site: Site, organisation: Organisation, disc_id: str) -> NewKey:
    return a_share(site, organisation, disc_id)


@pytest.fixture
def instances(site: Site, disc_id: str) -> list[str]:
    with site.sessions() as session:
        return list(session.scalars(select(Instance.id).filter_by(disc_id=disc_id).order_by(Instance.number)))


def visitor(app: Flask, key: NewKey) -> FlaskClient:
    client = app.test_client()
    viewing.enter(client, key)
    return client


def keep(client: FlaskClient, key: NewKey, marks: object, **fields: str) -> TestResponse:
    sent = {"name": "Dr Test", "text": TEXT, "marks": json.dumps(marks), **fields}
    return client.post(f"/view/{key.share_id}/notes", data=sent, headers={"Accept": "application/json"})


def listed(client: FlaskClient, key: NewKey) -> list[dict[str, Any]]:
    answer = client.get(f"/view/{key.share_id}/manifest.json")
    assert isinstance(answer.json, dict)
    found = answer.json["notes"]
    assert isinstance(found, list)
    return found


def test_marks_kept_by_one_visitor_are_seen_by_another_with_a_key_of_their_own(
    app: Flask, site: Site, organisation: Organisation, key: NewKey, instances: list[str]
) -> None:
    marks = marks_on(f"{instances[0]}/0", f"{instances[2]}/0")
    marks[f"{instances[0]}/0"].append({"kind": "arrow", "points": [[0, 0], [-4, 2.5]], "text": "here"})
    answer = keep(visitor(app, key), key, marks, name="  Dr\u202e Test\n")
    assert answer.status_code == 201
    with site.sessions.begin() as session:
        more = a_key(session, site, key.share_id, channel="slip")
    other = visitor(app, more)
    [note] = listed(other, key)
    assert note == answer.json
    assert (note["name"], note["text"], note["count"]) == ("Dr Test", TEXT, 3)
    assert note["at"] == site.now().isoformat()
    assert other.get(f"/view/{key.share_id}/notes/{note['id']}").json == marks


def test_the_page_holds_a_notes_text_as_text(app: Flask, key: NewKey, instances: list[str]) -> None:
    client = visitor(app, key)
    keep(client, key, marks_on(f"{instances[0]}/0"), text="</script><b>x</b>")
    page = client.get(f"/view/{key.share_id}").text
    assert "<b>x</b>" not in page
    assert "\\u003cb\\u003ex" in page


def test_a_note_of_another_link_is_not_there(
    app: Flask, site: Site, organisation: Organisation, disc_id: str, key: NewKey, instances: list[str]
) -> None:
    other = a_share(site, organisation, disc_id)
    note_id = a_note(site, other, instances[0])
    assert visitor(app, key).get(f"/view/{key.share_id}/notes/{note_id}").status_code == 404


def test_staff_read_a_note_and_delete_it_for_everybody(
    app: Flask, site: Site, organisation: Organisation, key: NewKey, instances: list[str]
) -> None:
    client = visitor(app, key)
    keep(client, key, marks_on(*(f"{one}/0" for one in instances)))
    staff = Browser.of(app, site, a_member(site, organisation))
    page = staff.get(f"/shares/{key.share_id}").text
    assert "Is this &lt;b&gt;new&lt;/b&gt;?" in page
    assert "3 marks" in page
    [note] = listed(client, key)
    path = f"/shares/{key.share_id}/notes/{note['id']}/delete"
    eye = Browser.of(app, site, a_member(site, organisation, Role.VIEWER, "eye@test.example"))
    assert path not in eye.get(f"/shares/{key.share_id}").text
    assert staff.post(path).status_code == 303
    assert listed(client, key) == []
    assert client.get(f"/view/{key.share_id}/notes/{note['id']}").status_code == 404
    assert "Note deleted" in staff.get(f"/shares/{key.share_id}").text
    assert "Marks were kept with the link" in client.get(f"/view/{key.share_id}/history").text


def test_the_log_names_a_note_and_none_of_its_words(
    app: Flask, site: Site, key: NewKey, instances: list[str]
) -> None:
    answer = keep(visitor(app, key), key, marks_on(f"{instances[0]}/0"))
    assert answer.json
    with site.sessions() as session:
        entry = session.scalars(select(AuditEntry).filter_by(action="note_kept")).one()
    assert entry.details == {"note": answer.json["id"], "marks": 1}
    assert (entry.actor_kind, entry.key_id, entry.share_id) == ("visitor", key.key_id, key.share_id)


def test_where_measuring_is_switched_off_notes_are_read_and_none_is_kept(
    app: Flask, site: Site, organisation: Organisation, key: NewKey, instances: list[str]
) -> None:
    a_note(site, key, instances[0])
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).measuring = False
    client = visitor(app, key)
    assert keep(client, key, marks_on(f"{instances[0]}/0")).status_code == 403
    assert len(listed(client, key)) == 1


def test_a_key_that_may_not_view_keeps_and_reads_nothing(
    app: Flask, site: Site, organisation: Organisation, disc_id: str, instances: list[str]
) -> None:
    blind = a_share(site, organisation, disc_id, allow=("download",))
    note_id = a_note(site, blind, instances[0])
    client = visitor(app, blind)
    assert keep(client, blind, marks_on(f"{instances[0]}/0")).status_code == 403
    assert client.get(f"/view/{blind.share_id}/notes/{note_id}").status_code == 403


def test_marks_on_what_the_link_does_not_show_are_refused(
    app: Flask, site: Site, organisation: Organisation, disc_id: str, key: NewKey, instances: list[str]
) -> None:
    a_series(site, disc_id, slices=1, SeriesInstanceUID=f"{ROOT}1.2")
    viewing.show(site, disc_id)
    with site.sessions.begin() as session:
        later = session.scalars(select(Instance.id).where(Instance.id.not_in(instances))).first()
        session.get_one(Instance, instances[1]).display_state = DisplayState.NOT_SHOWN
    client = visitor(app, key)
    for picture in (f"{later}/0", f"{instances[1]}/0", f"{instances[0]}/1", "aaaaaaaaaaaaaaaa/0"):
        assert keep(client, key, marks_on(f"{instances[0]}/0", picture)).status_code == 400, picture
    assert listed(client, key) == []


def test_a_link_takes_fifty_notes_and_a_key_ten_an_hour(
    app: Flask, site: Site, clock: Clock, key: NewKey, instances: list[str]
) -> None:
    for _ in range(notes.PACE):
        a_note(site, key, instances[0])
    clock.advance(minutes=20)
    client = visitor(app, key)
    soon = keep(client, key, marks_on(f"{instances[0]}/0"))
    assert (soon.status_code, soon.headers["Retry-After"]) == (429, "2400")
    for _ in range(notes.MOST_NOTES // notes.PACE - 1):
        clock.advance(minutes=61)
        for _ in range(notes.PACE):
            a_note(site, key, instances[0])
    clock.advance(minutes=61)
    assert keep(visitor(app, key), key, marks_on(f"{instances[0]}/0")).status_code == 403
    assert len(listed(visitor(app, key), key)) == notes.MOST_NOTES


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": " \u202e "}, 400),
        ({"name": "x" * 81}, 400),
        ({"text": "x" * 501}, 400),
        ({"text": "x" * 500, "name": "x" * 80}, 201),
    ],
)
def test_who_says_so_is_told_and_words_are_few(
    app: Flask, key: NewKey, instances: list[str], fields: dict[str, str], status: int
) -> None:
    answer = keep(visitor(app, key), key, marks_on(f"{instances[0]}/0"), **fields)
    assert answer.status_code == status


def test_a_note_takes_a_token_that_only_our_page_has(app: Flask, key: NewKey, instances: list[str]) -> None:
    client, marks = visitor(app, key), marks_on(f"{instances[0]}/0")
    app.config["WTF_CSRF_ENABLED"] = True
    page = client.get(f"/view/{key.share_id}", headers={"Accept-Encoding": ""}).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    assert keep(client, key, marks).status_code == 400
    assert keep(client, key, marks, csrf_token="x").status_code == 400
    assert keep(client, key, marks, csrf_token=found[1]).status_code == 201


def test_a_note_is_not_kept_at_the_bidding_of_another_site(
    app: Flask, key: NewKey, instances: list[str]
) -> None:
    client = visitor(app, key)
    marks = json.dumps(marks_on(f"{instances[0]}/0"))
    answer = client.post(
        f"/view/{key.share_id}/notes",
        data={"name": "Dr Test", "marks": marks},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403


def test_notes_go_when_their_disc_is_purged_and_not_before(
    site: Site, clock: Clock, organisation: Organisation, disc_id: str, key: NewKey, instances: list[str]
) -> None:
    other = a_disc(site, organisation, slices=1)
    viewing.show(site, other)
    with site.sessions() as session:
        elsewhere = session.scalars(select(Instance.id).filter_by(disc_id=other)).one()
    kept = a_note(site, a_share(site, organisation, other), elsewhere)
    a_note(site, key, instances[0])
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        retention.delete_disc(session, disc, by=OPERATOR, now=site.now())
    for hours, left in ((23, 2), (2, 1)):
        clock.advance(hours=hours)
        housekeeping.purge_discs(site)
        with site.sessions() as session:
            assert len(session.scalars(select(ShareNote)).all()) == left
    with site.sessions() as session:
        assert session.scalars(select(ShareNote.id)).all() == [kept]


def test_a_purge_that_cannot_end_leaves_the_notes_for_the_one_that_does(
    site: Site, clock: Clock, disc_id: str, key: NewKey, instances: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    note = a_note(site, key, instances[0])
    with site.sessions.begin() as session:
        retention.delete_disc(session, session.get_one(Disc, disc_id), by=OPERATOR, now=site.now())
    clock.advance(hours=25)

    def cut(*_: object, **__: object) -> None:
        raise OSError("the machine stops here")

    for recording, left, ended in ((cut, [note], False), (retention._record, [], True)):
        monkeypatch.setattr(retention, "_record", recording)
        with nullcontext() if ended else pytest.raises(OSError, match="stops here"):
            housekeeping.purge_discs(site)
        with site.sessions() as session:
            assert session.scalars(select(ShareNote.id)).all() == left
            assert bool(session.get_one(Disc, disc_id).purged_at) is ended


def test_notes_go_with_their_share(site: Site, key: NewKey, instances: list[str]) -> None:
    a_note(site, key, instances[0])
    with site.sessions.begin() as session:
        note = session.scalars(select(ShareNote)).one()
        session.delete(session.get_one(ShareKey, note.key_id))
        session.flush()
        assert session.scalars(select(ShareNote.id)).all() == []
        session.rollback()


PICTURE = "abcdefghijklmnop/0"


def one(**changes: Any) -> str:
    return json.dumps({PICTURE: [{"kind": "length", "points": [[1, 2], [3, 4]], **changes}]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 60_000,
        json.dumps({PICTURE: []}),
        json.dumps({PICTURE: {}}),
        json.dumps({PICTURE: ["length"]}),
        json.dumps({PICTURE: [{}]}),
        json.dumps({"../../x/0": [{"kind": "probe", "points": [[1, 2]]}]}),
        json.dumps({"abcdefghijklmnop/00": [{"kind": "probe", "points": [[1, 2]]}]}),
        json.dumps({"abcdefghijklmnop": [{"kind": "probe", "points": [[1, 2]]}]}),
        one(kind="text"),
        one(kind=["length"]),
        one(points=[[1, 2]]),
        one(points=[[1, 2], [3, 4], [5, 6]]),
        one(points="ab"),
        one(points=[[1, 2], [3]]),
        one(points=[[1, 2], [3, "4"]]),
        one(points=[[1, 2], [3, True]]),
        one(points=[[1, 2], [3, 1e7]]),
        one(points=[[1, 2], [3, float("nan")]]),
        one(points=[[1, 2], [3, None]]),
        one(points=[[1, 2], [3, 0]]).replace("0", "1e999"),
        one(more=1),
        one(text="only arrows have words"),
        one(kind="arrow", text=5),
        one(kind="arrow", text="x" * 81),
    ],
)
def test_what_is_not_marks_is_refused(text: str) -> None:
    with pytest.raises(Unacceptable):
        drawn.read_marks(text)


def test_more_than_64_kib_of_marks_are_refused() -> None:
    many = json.dumps({PICTURE: [{"kind": "length", "points": [[1, 2], [3, 4]]}] * 1000})
    assert drawn.read_marks(many).total == 1000
    with pytest.raises(TooLarge):
        drawn.read_marks(many + " " * drawn.MOST_BYTES)


def test_signs_that_no_database_takes_are_left_out_of_an_arrows_words() -> None:
    told = one(kind="arrow", text="a\0b\ud800 \u2067c\n d")
    [mark] = drawn.read_marks(told).told[PICTURE]
    assert mark["text"] == "ab c d"
