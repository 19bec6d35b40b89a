"""Who may do what with a link, a visit or an upload grant: every route that asks no login, for everybody.

The table is held against the application's own map: a route that stands neither here nor in the table of the
staff side fails (I-01, S-01).
"""

import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from app.accounts.models import Organisation, Role
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.ingest import grants, receive
from app.requests import service as requests
from app.requests.service import NewRequestKey
from app.shares import service
from app.shares.models import Share, ShareKey
from app.site import Site
from app.studies.models import Instance, Series
from tests import asked, viewing
from tests.factories import a_disc, a_note, a_share, an_attachment
from tests.staff import Browser, a_member, an_organisation
from tests.web.test_staff_rights import BY_SECRET, OPEN


class Needs(StrEnum):
    """What opens a route."""

    LINK = auto()
    """The link itself, whoever holds it: the PIN comes after."""
    NOTHING = auto()
    """Asks for a code."""
    VISIT = auto()
    """The cookie of a right PIN, of this very share."""
    SENDING = auto()
    """The cookie of a right PIN, of this very request for images."""
    GRANT = auto()
    """An upload's own secret; a wrong one is sent here."""


TABLE: dict[str, tuple[Needs, int]] = {
    "GET landing.look": (Needs.LINK, 200),
    "POST landing.enter": (Needs.LINK, 400),  # no PIN was typed
    "POST landing.send_code": (Needs.LINK, 400),  # no address was typed
    "POST landing.ask": (Needs.LINK, 303),  # nothing to ask for: it still opens
    "GET landing.ask_code": (Needs.NOTHING, 200),
    "POST landing.enter_code": (Needs.NOTHING, 400),  # no code was typed
    "GET send_link.look": (Needs.LINK, 200),
    "POST send_link.enter": (Needs.LINK, 400),  # no PIN was typed
    "GET send.page": (Needs.SENDING, 200),
    "POST send.begin": (Needs.SENDING, 201),
    "POST send.resume": (Needs.SENDING, 404),  # an upload of staff's
    "GET view.page": (Needs.VISIT, 200),
    "GET view.manifest_json": (Needs.VISIT, 200),
    "GET view.frame": (Needs.VISIT, 200),
    "GET view.reduced_frame": (Needs.VISIT, 200),
    "GET view.preview": (Needs.VISIT, 200),
    "GET view.document": (Needs.VISIT, 200),
    "GET view_history.page": (Needs.VISIT, 200),
    "GET view.original": (Needs.VISIT, 200),
    "GET view_papers.attachment": (Needs.VISIT, 200),
    "GET view_papers.attachment_original": (Needs.VISIT, 200),
    "GET view_papers.report": (Needs.VISIT, 200),
    "GET view_give.ask": (Needs.VISIT, 200),
    "POST view_give.give": (Needs.VISIT, 200),
    "GET view_notes.show": (Needs.VISIT, 200),
    "POST view_notes.keep": (Needs.VISIT, 400),  # no marks were sent
    "GET view_compatible.page": (Needs.VISIT, 200),
    "POST view_compatible.ask": (Needs.VISIT, 303),
    "POST view.leave": (Needs.VISIT, 200),
    "GET bundles.bundle_zip": (Needs.VISIT, 200),
    "GET bundles.bundle_iso": (Needs.VISIT, 200),
    "GET takes.pictures_zip": (Needs.VISIT, 200),
    "GET takes.pictures_pdf": (Needs.VISIT, 200),
    "POST uploads.announce": (Needs.GRANT, 200),
    "POST transfers.sign": (Needs.GRANT, 200),
    "POST transfers.arrived": (Needs.GRANT, 200),
    "POST transfers.plan": (Needs.GRANT, 400),  # too small for parts
    "PUT transfers.accept_part": (Needs.GRANT, 400),
    "POST transfers.join": (Needs.GRANT, 400),
    "PUT uploads.accept": (Needs.GRANT, 204),
    "POST uploads.unreadable": (Needs.GRANT, 204),
    "GET uploads.progress": (Needs.GRANT, 200),
    "POST uploads.complete": (Needs.GRANT, 200),
}
"""What each route needs, and what it answers to whom it belongs."""
ENDED = {Needs.LINK: 410, Needs.VISIT: 410, Needs.SENDING: 410, Needs.GRANT: 404}
BODIES: dict[str, dict[str, Any]] = {
    "POST send.begin": {"json": {}},
    "POST uploads.announce": {"json": {"files": [{"path": "A", "size": 1}, {"path": "B", "size": 1}]}},
    "PUT uploads.accept": {"data": b"x"},
    "POST transfers.sign": {"json": {"numbers": [0]}},
    "POST transfers.arrived": {"json": {"numbers": []}},
    "POST transfers.plan": {"json": {"part_size": 1}},
    "PUT transfers.accept_part": {"data": b"x"},
    "POST transfers.join": {"json": {"part_size": 1}},
    "POST uploads.complete": {"json": {}},
}
"""What is sent where a route takes more than its address."""
NUMBERS = {"PUT uploads.accept": 0, "POST uploads.unreadable": 1}


@dataclass
class House:
    """Two shares of two discs of one hospital, an upload, a request, and how to ask for what is theirs."""

    app: Flask
    site: Site
    organisation: Organisation
    key: service.NewKey
    other: service.NewKey
    instance_id: str
    attachment_id: str
    note_id: str
    disc_id: str
    grant: str
    asked: NewRequestKey

    def address(self, route: str) -> str:
        values = {
            "token": self.asked.token if "send_link" in route else self.key.token,
            "request_id": self.asked.request_id,
            "share_id": self.key.share_id,
            "instance_id": self.instance_id,
            "attachment_id": self.attachment_id,
            "note_id": self.note_id,
            "index": 0,
            "disc_id": self.disc_id,
            "number": NUMBERS.get(route, 0),
            "part_size": 1,
            "part_number": 1,
        }
        endpoint = route.split()[1]
        rule = next(rule for rule in self.app.url_map.iter_rules() if rule.endpoint == endpoint)
        wanted = {name: value for name, value in values.items() if name in rule.arguments}
        with self.app.test_request_context():
            return str(self.app.url_map.bind("localhost").build(endpoint, wanted))

    def ask(self, client: FlaskClient, route: str, grant: str = "") -> int:
        headers = {"Authorization": f"Upload {grant}"} if grant else {}
        method = route.split(maxsplit=1)[0]
        answer = client.open(self.address(route), method=method, headers=headers, **BODIES.get(route, {}))
        answer.close()
        return answer.status_code

    def visitor(self, key: service.NewKey) -> FlaskClient:
        client = self.app.test_client()
        viewing.enter(client, key)
        if key is self.key:
            asked.enter(client, self.asked)
        return client

    def staff(self, organisation: Organisation, role: Role, email: str) -> FlaskClient:
        return Browser.of(self.app, self.site, a_member(self.site, organisation, role, email)).client


@pytest.fixture
def house(app: Flask, site: Site, organisation: Organisation) -> House:
    app.config["WTF_CSRF_ENABLED"] = False  # test_view and test_staff_rights ask for the tokens
    mine, theirs = (a_disc(site, organisation, slices=1) for _ in range(2))
    for disc_id in (mine, theirs):
        viewing.show(site, disc_id)
    attachment_id = an_attachment(site, mine, b"%PDF-1.4")
    key = a_share(site, organisation, mine, allow=("view", "download", "give"))
    with site.sessions.begin() as session:
        instance = session.scalars(select(Instance).join(Series).where(Series.disc_id == mine)).one()
        instance_id = instance.id
        instance.display = (instance.display or {}) | {"document": {"kind": "pdf", "size": 1}}
        upload = receive.begin_disc(
            session, organisation.id, source="browser", by=OPERATOR, created_by=None, now=site.now()
        )
        grant = grants.grant_upload(session, upload, created_by=None, now=site.now())
        disc_id = upload.id
    return House(
        app,
        site,
        organisation,
        key,
        a_share(site, organisation, theirs),
        instance_id,
        attachment_id,
        a_note(site, key, instance_id),
        disc_id,
        grant,
        asked.a_request(site, organisation),
    )


Who = Callable[[House], FlaskClient]
OTHERS: dict[str, Who] = {
    "a stranger": lambda house: house.app.test_client(),
    "a visitor of another share": lambda house: house.visitor(house.other),
    "staff who made it": lambda house: house.staff(house.organisation, Role.ADMIN, "desk@test.example"),
    "a colleague who may look": lambda house: house.staff(
        house.organisation, Role.VIEWER, "eye@test.example"
    ),
    "another hospital": lambda house: house.staff(an_organisation(house.site), Role.ADMIN, "a@other.example"),
}


def routes_of(app: Flask) -> set[str]:
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint not in OPEN and rule.endpoint.split(".")[0] in BY_SECRET
    }


def test_every_route_that_asks_no_login_stands_in_the_table(app: Flask) -> None:
    """I-01, S-01."""
    assert routes_of(app) == set(TABLE)


def test_whom_it_belongs_to_gets_there(house: House) -> None:
    visitor = house.visitor(house.key)
    order = sorted(TABLE, key=lambda route: route == "POST view.leave")
    answers = {route: house.ask(visitor, route, house.grant) for route in order}
    assert answers == {route: expected for route, (_, expected) in TABLE.items()}


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_does(house: House, who: str) -> None:
    """I-01, I-02, I-03, F-13, U-23: staff neither, who see discs by their own pages."""
    asker = OTHERS[who](house)
    for route, (needs, expected) in TABLE.items():
        found = house.ask(asker, route, "wrong")
        assert found == (404 if needs in (Needs.VISIT, Needs.SENDING, Needs.GRANT) else expected), route


def test_what_has_ended_is_over_for_whom_it_belonged_to(house: House) -> None:
    """T-11, U-23."""
    visitor, site = house.visitor(house.key), house.site
    with site.sessions.begin() as session:
        service.revoke(
            session, house.organisation.id, house.key.share_id, by=OPERATOR, user_id=None, now=site.now()
        )
        requests.revoke(
            session, house.organisation.id, house.asked.request_id, by=OPERATOR, user_id=None, now=site.now()
        )
        upload = receive.find_grant(session, house.grant, house.disc_id, site.now())
        upload.ended_at = site.now()
    for route, (needs, expected) in TABLE.items():
        over = 200 if route == "POST landing.ask" else ENDED.get(needs, expected)
        assert house.ask(visitor, route, house.grant) == over, route


def test_the_visitor_of_one_share_is_a_stranger_to_the_next(house: House) -> None:
    """I-03: the cookie's value under another share's name opens nothing."""
    visitor = house.visitor(house.other)
    cookie = visitor.get_cookie(f"v-{house.other.share_id}")
    assert cookie
    visitor.set_cookie(f"v-{house.key.share_id}", cookie.value)
    for route, (needs, _) in TABLE.items():
        if needs is Needs.VISIT:
            assert house.ask(visitor, route) == 404, route


@pytest.mark.parametrize("who", ["a visitor", "a sender"])
def test_no_deed_of_theirs_without_the_token_of_their_own_page(house: House, who: str) -> None:
    """S-02: nor with another browser's, nor as JSON that is called text, nor under another method."""
    house.app.config["WTF_CSRF_ENABLED"] = True
    mine, other = (house.visitor(house.key) for _ in range(2))
    needs = Needs.VISIT if who == "a visitor" else Needs.SENDING
    page = house.address("GET view.page" if who == "a visitor" else "GET send.page")
    theirs = re.search(r'name="csrf_token" value="([^"]+)"', other.get(page).text)
    assert theirs
    for route in (route for route, (opens, _) in TABLE.items() if opens is needs and route[0] != "G"):
        address = house.address(route)
        for headers in ({}, {"X-CSRFToken": "x"}, {"X-CSRFToken": theirs[1]}):
            assert mine.post(address, json={}, headers=headers).status_code == 400, (route, headers)
        as_text = mine.post(address, data='{"csrf_token": "x"}', content_type="text/plain")
        assert as_text.status_code == 400, route
        bent = mine.get(address, headers={"X-HTTP-Method-Override": "POST"}, query_string={"_method": "POST"})
        assert bent.status_code in (200, 404, 405), route
    with house.site.sessions() as session:
        kept = session.scalars(select(AuditEntry.action)).all()
    assert not {"key_revoked", "left", "copy_asked", "upload_resumed"} & set(kept)
    assert mine.get(page).status_code == 200, "nobody left"


def test_a_link_for_looking_opens_what_is_for_looking_and_no_more(house: House) -> None:
    """View only: no original, no bundle, nothing to keep or to pass on."""
    with house.site.sessions.begin() as session:
        session.get_one(Share, house.key.share_id).allow = ["view"]
    visitor = house.visitor(house.key)
    order = sorted(TABLE, key=lambda route: route == "POST view.leave")
    opened = {route for route in order if TABLE[route][0] is Needs.VISIT and house.ask(visitor, route) < 400}
    assert opened == {
        "GET view.page",
        "GET view.manifest_json",
        "GET view.frame",
        "GET view.reduced_frame",
        "GET view.preview",
        "GET view.document",
        "GET view_history.page",
        "GET view_papers.attachment",
        "GET view_notes.show",
        "POST view.leave",
    }


@pytest.mark.parametrize("ending", ["/", "/x.css", ";x", "%2e%2e", "//", "/../page", "?token=1"])
def test_a_bent_address_leads_to_the_same_route_or_to_none(house: House, ending: str) -> None:
    """T-21: and never to a page that somebody else might keep."""
    visitor = house.visitor(house.key)
    for route, (_, expected) in TABLE.items():
        if not route.startswith("GET") or route.startswith("GET uploads"):
            continue
        answer = visitor.get(house.address(route) + ending)
        answer.close()
        assert answer.status_code in ((expected,) if ending.startswith("?") else (404, 308)), route
        assert "no-store" in answer.headers["Cache-Control"] or "private" in answer.headers["Cache-Control"]


LOOKS = [route for route, (needs, _) in TABLE.items() if route.startswith("GET") and needs is Needs.VISIT]
LOGGED = {
    "POST view_give.give",
    "GET view.frame",
    "GET view.reduced_frame",
    "GET view.document",
    "GET view.original",
    "GET view_papers.attachment",
    "GET view_papers.attachment_original",
    "GET view_papers.report",
    "GET bundles.bundle_zip",
    "GET bundles.bundle_iso",
    "GET takes.pictures_zip",
    "GET takes.pictures_pdf",
}
"""What a visitor is given only with an entry of the audit log, but for what the opening itself stands for."""


def entries(site: Site) -> int:
    with site.sessions() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


@contextmanager
def log_that_takes_nothing() -> Iterator[list[AuditEntry]]:
    """Let every entry fail; yield those that were tried."""
    tried: list[AuditEntry] = []

    def refuse(_mapper: object, _connection: object, entry: AuditEntry) -> None:
        tried.append(entry)
        raise OSError("no space left")

    event.listen(AuditEntry, "before_insert", refuse)
    try:
        yield tried
    finally:
        event.remove(AuditEntry, "before_insert", refuse)


def test_nothing_is_given_that_cannot_be_written_down(house: House) -> None:
    """A-03: an entry that fails takes the deed along."""
    house.app.config["PROPAGATE_EXCEPTIONS"] = False
    visitor = house.visitor(house.key)
    refused = set()
    for route, (needs, _) in TABLE.items():
        if needs is not Needs.VISIT or route == "POST view.leave":
            continue
        with log_that_takes_nothing() as tried:
            answered = house.ask(visitor, route)
        if tried:
            assert answered == 500, route
            refused.add(route)
    assert refused == LOGGED
    with log_that_takes_nothing():
        stranger = house.app.test_client()
        assert stranger.post(f"/s/{house.key.token}", data={"pin": house.key.pin}).status_code == 500
    with house.site.sessions() as session:
        key = session.get_one(ShareKey, house.key.key_id)
        assert key.uses == 1
        assert len(key.share.keys) == 1


def test_head_does_no_work_and_leaves_no_trace(house: House) -> None:
    """D-02."""
    visitor = house.visitor(house.key)
    before = entries(house.site)
    for route in LOOKS:
        with visitor.head(house.address(route)) as answer:
            assert answer.status_code == TABLE[route][1], route
            assert answer.data == b""
        assert entries(house.site) == before, route


@pytest.mark.parametrize("asked", [",".join(f"{n}-{n + 1}" for n in range(200)), "0-5,0-5", "5-1", "-0"])
def test_no_answer_is_made_of_several_ranges(house: House, asked: str) -> None:
    """D-02."""
    visitor = house.visitor(house.key)
    for route in LOOKS:
        with visitor.get(house.address(route), headers={"Range": f"bytes={asked}"}) as answer:
            assert answer.status_code in (200, 416), route
            assert "Content-Range" not in answer.headers or answer.status_code == 416
            assert answer.mimetype != "multipart/byteranges"


def test_no_compressed_answer_repeats_what_the_request_said(house: House) -> None:
    """D-05: its length would tell a secret that stands beside it, letter by letter."""
    visitor = house.visitor(house.key)
    repeating = {"lang": "canary", "x": "canary", "next": "canary", "code": "canary"}
    headers = {"Accept-Encoding": "gzip", "Referer": "https://canary.example", "User-Agent": "canary"}
    compressed = set()
    for route in [*LOOKS, "GET landing.look", "GET landing.ask_code", "GET send.page", "GET send_link.look"]:
        with visitor.get(house.address(route), query_string=repeating, headers=headers) as answer:
            if answer.headers.get("Content-Encoding") == "gzip":
                compressed.add(route)
                assert b"canary" not in gzip.decompress(answer.data), route
    assert compressed == {"GET view.page"}
