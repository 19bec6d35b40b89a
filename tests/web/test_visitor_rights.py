"""Who may do what with a link, a visit or an upload grant: every route that asks no login, for everybody.

The table is held against the application's own map: a route that stands neither here nor in the table of the
staff side fails (I-01, S-01).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation, Role
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.ingest import grants, receive
from app.requests import service as requests
from app.requests.service import NewRequestKey
from app.shares import service
from app.shares.models import Share
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
