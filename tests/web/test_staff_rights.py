"""Who may do what on the staff side: every route of the application, for everybody who might ask.

The table is held against the application's own map: a route that stands in neither list fails.
"""

from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.models import Membership, Organisation, Role
from app.accounts.rights import StaffRight
from app.audit.models import AuditEntry
from app.shares.models import Share, ShareKey, ShareState
from app.shares.states import key_over, state_of
from app.shares.visits import begin_visit
from app.site import Site
from app.storage import keys
from app.studies.models import DisplayState, Instance
from tests.asked import a_request
from tests.conftest import Clock
from tests.factories import a_disc, a_note, a_share, an_attachment
from tests.second_factors import set_up
from tests.staff import Browser, a_member, an_organisation

OPEN = {
    "health.alive", "health.ready", "static_files.built", "brand.colours", "receipts.key",
    "login.form", "login.log_in", "verify.page", "verify.known",
}  # fmt: skip
"""For anybody."""
BY_SECRET = {
    "landing",
    "send_link",
    "send",
    "uploads",
    "transfers",
    "view",
    "view_papers",
    "view_give",
    "view_notes",
    "view_compatible",
    "view_history",
    "bundles",
    "takes",
}
"""Features that ask for a link, a visit or an upload grant instead of a login; tested with them."""
ANY_STAFF = None
STAFF: dict[str, StaffRight | None] = {
    "GET discs.start": ANY_STAFF,
    "GET look.colours": ANY_STAFF,
    "GET login.password": ANY_STAFF,
    "POST login.password": ANY_STAFF,
    "POST login.log_out": ANY_STAFF,
    "GET second_factor.ask": ANY_STAFF,
    "POST second_factor.answer": ANY_STAFF,
    "GET second_factor.show": ANY_STAFF,
    "GET second_factor.new": ANY_STAFF,
    "POST second_factor.set_up": ANY_STAFF,
    "POST second_factor.renew_codes": ANY_STAFF,
    "POST second_factor.remove": ANY_STAFF,
    "GET discs.listing": StaffRight.SEE,
    "GET discs.show": StaffRight.SEE,
    "GET discs.progress": StaffRight.SEE,
    "GET discs.preview": StaffRight.SEE,
    "GET attachments.show": StaffRight.SEE,
    "GET attachments.preview": StaffRight.SEE,
    "POST attachments.add": StaffRight.UPLOAD,
    "POST attachments.change": StaffRight.UPLOAD,
    "POST attachments.remove": StaffRight.UPLOAD,
    "GET receipts.page": StaffRight.SEE,
    "GET receipts.document": StaffRight.SEE,
    "GET receipts.signature": StaffRight.SEE,
    "GET receipts.pdf": StaffRight.SEE,
    "GET new_disc.new": StaffRight.UPLOAD,
    "POST new_disc.begin": StaffRight.UPLOAD,
    "POST new_disc.resume": StaffRight.UPLOAD,
    "POST decisions.decide": StaffRight.REVIEW,
    "POST decisions.undo": StaffRight.REVIEW,
    "POST decisions.send_back": StaffRight.REVIEW,
    "POST decisions.stop": StaffRight.SHARE,
    "GET birth_date.ask": StaffRight.SHARE,
    "POST birth_date.answer": StaffRight.SHARE,
    "POST release.release": StaffRight.SHARE,
    "POST decisions.delete": StaffRight.UPLOAD,
    "POST decisions.restore": StaffRight.UPLOAD,
    "POST waiting_room.accept": StaffRight.REVIEW,
    "POST waiting_room.match": StaffRight.REVIEW,
    "POST waiting_room.refuse": StaffRight.REVIEW,
    "GET requests.listing": StaffRight.SEE,
    "GET requests.new": StaffRight.UPLOAD,
    "POST requests.make": StaffRight.UPLOAD,
    "GET requests.show": StaffRight.SEE,
    "POST requests.replace": StaffRight.UPLOAD,
    "POST requests.revoke": StaffRight.UPLOAD,
    "GET shares.create": StaffRight.SHARE,
    "POST shares.make": StaffRight.SHARE,
    "POST share_keys.add": StaffRight.SHARE,
    "POST share_keys.replace": StaffRight.SHARE,
    "POST share_keys.renew": StaffRight.SHARE,
    "POST share_papers.add": StaffRight.SHARE,
    "POST share_notes.remove": StaffRight.SHARE,
    "POST share_keys.close_request": StaffRight.SHARE,
    "GET shares.listing": StaffRight.SEE,
    "GET shares.export": StaffRight.SHARE,
    "POST shares.revoke_several": StaffRight.SHARE,
    "GET shares.show": StaffRight.SEE,
    "POST shares.revoke": StaffRight.SHARE,
    "POST shares.extend": StaffRight.SHARE,
    "GET organisation.show": StaffRight.ADMINISTER,
    "POST organisation.change": StaffRight.ADMINISTER,
}
FIELDS = {
    "because": "test", "purpose": "patient_copy", "channel": "slip", "until": "2026-12-20",
    "birth_date": "1961-05-03", "call_back": "the desk", "kind": "photo",
    "asked": "Dr Other", "wanted": "The disc, please.",
}  # fmt: skip


Ask = Callable[[Browser, str], TestResponse]


class Place(NamedTuple):
    """A hospital with a disc, a share, a request and a picture; and the addresses of its things."""

    organisation: Organisation
    disc_id: str
    share_id: str
    key_id: str
    instance_id: str
    attachment_id: str
    request_id: str
    note_id: str

    def address(self, app: Flask, endpoint: str) -> str:
        values = {
            "disc_id": self.disc_id,
            "share_id": self.share_id,
            "instance_id": self.instance_id,
            "attachment_id": self.attachment_id,
            "request_id": self.request_id,
            "note_id": self.note_id,
        }
        rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
        with app.test_request_context():
            wanted = {name: value for name, value in values.items() if name in rule.arguments}
            return str(app.url_map.bind("localhost").build(endpoint, wanted))


@pytest.fixture
def place(site: Site, organisation: Organisation) -> Place:
    """The hospital that everybody is after."""
    disc_id = a_disc(site, organisation, slices=1)
    key = a_share(site, organisation, disc_id)
    with site.sessions.begin() as session:
        instance = session.scalars(select(Instance)).one()
        instance.display_state = DisplayState.SHOWN
        site.store.put(keys.preview(organisation.id, instance.sha256), BytesIO(b"RIFF"))
        instance_id = instance.id
    desk = a_member(site, organisation, email="colleague@test.example").user.id
    attachment_id = an_attachment(
        site, disc_id, b"a photo", media_type="image/jpeg", kind="photo", added_by=desk
    )
    request_id = a_request(site, organisation).request_id
    note_id = a_note(site, key, instance_id)
    return Place(
        organisation, disc_id, key.share_id, key.key_id, instance_id, attachment_id, request_id, note_id
    )


@pytest.fixture
def ask(app: Flask, place: Place) -> Ask:
    """Return how a browser asks for a route of ``place``."""

    def asking(browser: Browser, route: str) -> TestResponse:
        method, endpoint = route.split()
        address = place.address(app, endpoint)
        return browser.get(address) if method == "GET" else browser.post(address, **FIELDS)

    return asking


def routes_of(app: Flask) -> set[str]:
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint not in OPEN and rule.endpoint.split(".")[0] not in BY_SECRET
    }


def test_every_route_stands_in_the_table(app: Flask) -> None:
    assert routes_of(app) == set(STAFF)


def test_who_has_not_logged_in_gets_no_further_than_the_login(app: Flask, ask: Ask) -> None:
    answers = {route: ask(Browser(app), route) for route in STAFF}
    for route, answer in answers.items():
        if route.startswith("GET"):
            assert (answer.status_code, (answer.location or "")[:6]) == (302, "/login"), route
        else:
            assert answer.status_code == 401, route


def test_the_password_alone_opens_no_route_but_the_second_factor(
    app: Flask, site: Site, place: Place, ask: Ask
) -> None:
    """S-04."""
    staff = a_member(site, place.organisation, Role.ADMIN)
    set_up(site, staff)
    half = Browser.of(app, site, staff)
    for route in set(STAFF) - {"GET second_factor.ask", "POST second_factor.answer", "POST login.log_out"}:
        answer = ask(half, route)
        if route.startswith("GET"):
            assert (answer.status_code, (answer.location or "")[:11]) == (302, "/login/code"), route
        else:
            assert answer.status_code == 401, route
        assert "Patient" not in answer.text, route
    assert half.get("/login/code").status_code == 200


def test_who_must_set_up_a_second_factor_gets_no_further_than_that(
    app: Flask, site: Site, place: Place, ask: Ask
) -> None:
    """S-04."""
    with site.sessions.begin() as session:
        session.get_one(Organisation, place.organisation.id).asks_second_factor = True
    browser = Browser.of(app, site, a_member(site, place.organisation, Role.ADMIN))
    open_too = {
        "GET look.colours", "GET login.password", "POST login.password", "POST login.log_out",
        "GET second_factor.new", "POST second_factor.set_up",
    }  # fmt: skip
    for route in set(STAFF) - open_too:
        answer = ask(browser, route)
        if route.startswith("GET"):
            assert (answer.status_code, answer.location) == (302, "/second-factor/new"), route
        else:
            assert answer.status_code == 401, route


def test_a_visitor_with_an_open_link_is_no_staff(app: Flask, site: Site, place: Place, ask: Ask) -> None:
    browser = Browser(app)
    with site.sessions.begin() as session:
        secret = begin_visit(session, session.get_one(ShareKey, place.key_id), site.now())
    browser.client.set_cookie(f"v-{place.share_id}", secret)
    assert {ask(browser, route).status_code for route in STAFF} == {302, 401}


def test_the_desk_does_not_change_the_hospital(app: Flask, site: Site, place: Place, ask: Ask) -> None:
    desk = Browser.of(app, site, a_member(site, place.organisation))
    routes = [route for route, right in STAFF.items() if right == StaffRight.ADMINISTER]
    assert routes
    assert {ask(desk, route).status_code for route in routes} == {403}
    assert "/admin/" not in desk.get("/discs").text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_a_role_without_the_right_is_refused(
    app: Flask, site: Site, place: Place, ask: Ask, role: Role
) -> None:
    browser = Browser.of(app, site, a_member(site, place.organisation, role))
    found = {route: ask(browser, route).status_code for route, right in STAFF.items() if right}
    sees = (StaffRight.SEE,) if role == Role.VIEWER else ()
    assert found == {route: 200 if STAFF[route] in sees else 403 for route in found}


def test_what_a_role_may_not_do_is_written_down(app: Flask, site: Site, place: Place, ask: Ask) -> None:
    """I-11: a role that was taken away counts with the next request, and the log says who tried."""
    staff = a_member(site, place.organisation)
    browser = Browser.of(app, site, staff)
    assert ask(browser, "GET shares.create").status_code == 200
    with site.sessions.begin() as session:
        session.scalars(select(Membership).filter_by(user_id=staff.user.id)).one().role = Role.VIEWER
    for route in ("GET shares.create", "POST shares.extend"):
        assert ask(browser, route).status_code == 403
    with site.sessions() as session:
        entries = session.scalars(select(AuditEntry).filter_by(action="access_denied")).all()
        told = [(entry.actor_id, entry.details) for entry in entries]
    assert told == [
        (staff.user.id, {"route": route, "right": "share"}) for route in ("shares.create", "shares.extend")
    ]


ENDS: dict[str, tuple[str, str]] = {
    "GET shares.show": ("200", "200"),
    "POST shares.revoke": ("303", "303"),
    "POST shares.extend": ("303 opens again", "403"),
    "POST share_keys.add": ("403", "403"),
    "POST share_keys.replace": ("403", "403"),
    "POST share_keys.renew": ("200 opens again", "403"),
    "POST share_keys.close_request": ("303", "303"),
    "POST share_papers.add": ("403", "403"),
}
"""What staff may still do with a link that has expired; that was revoked."""


def test_every_deed_at_a_link_says_what_it_does_once_the_link_has_ended(app: Flask) -> None:
    of_shares = {route for route in STAFF if _takes_share(app, route.split()[1])}
    assert of_shares == set(ENDS)


def _takes_share(app: Flask, endpoint: str) -> bool:
    return any(rule.arguments == {"share_id"} for rule in app.url_map.iter_rules(endpoint))


@pytest.mark.parametrize("route", sorted(ENDS))
@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_a_link_that_has_ended_opens_only_where_staff_say_so(
    app: Flask, site: Site, clock: Clock, place: Place, ask: Ask, route: str, end: str
) -> None:
    if end == "expired":
        clock.advance(days=15)
    else:
        with site.sessions.begin() as session:
            session.get_one(Share, place.share_id).revoked_at = site.now()
    expected = ENDS[route][end == "revoked"]
    answer = ask(Browser.of(app, site, a_member(site, place.organisation)), route)
    with site.sessions() as session:
        share = session.get_one(Share, place.share_id)
        opens = " opens again" if state_of(share, site.now()) == ShareState.LIVE else ""
        first_key_opens = key_over(session.get_one(ShareKey, place.key_id), site.now()) is None
    assert f"{answer.status_code}{opens}" == expected
    assert first_key_opens == (bool(opens) and route == "POST shares.extend")


def test_another_hospital_finds_nothing_of_ours(app: Flask, site: Site, place: Place, ask: Ask) -> None:
    stranger = a_member(site, an_organisation(site), Role.ADMIN, "admin@other.example")
    for route in STAFF:
        answer = ask(Browser.of(app, site, stranger), route)
        address = place.address(app, route.split()[1])
        if {place.disc_id, place.share_id, place.request_id} & set(address.split("/")):
            assert answer.status_code == 404, route
        for told in ("Patient Test", "TEST-1", "Dr Test", place.organisation.name, place.disc_id):
            assert told not in answer.text.replace(address, ""), route


@pytest.mark.parametrize("route", sorted(STAFF))
def test_who_has_the_right_gets_there(app: Flask, site: Site, place: Place, ask: Ask, route: str) -> None:
    role = Role.ADMIN if STAFF[route] == StaffRight.ADMINISTER else Role.UPLOADER
    answer = ask(Browser.of(app, site, a_member(site, place.organisation, role)), route)
    expected = {
        "GET discs.start": 302,
        "POST login.password": 400,  # no passwords sent
        "GET second_factor.ask": 302,  # no code is owed
        "POST second_factor.set_up": 400,  # neither code
        "POST second_factor.renew_codes": 400,  # nor password
        "POST second_factor.remove": 400,
        "POST decisions.decide": 403,  # nothing to decide
        "POST decisions.undo": 403,
        "POST decisions.send_back": 403,
        "POST release.release": 403,  # shared as usual
        "POST waiting_room.accept": 403,  # it came another way
        "POST waiting_room.match": 403,
        "POST waiting_room.refuse": 403,
        "POST decisions.restore": 404,  # not deleted
        "POST attachments.add": 400,  # no file was chosen
        "POST share_papers.add": 400,  # nor anything to be added to a link
        "POST new_disc.begin": 400,  # a form where JSON is asked
        "POST new_disc.resume": 404,  # nothing is being received
    }
    if route in expected:
        assert answer.status_code == expected[route]
    else:
        assert answer.status_code in (200, 303)


def test_no_deed_without_the_token_of_ones_own_session(app: Flask, site: Site, place: Place) -> None:
    """S-02."""
    mine = Browser.of(app, site, a_member(site, place.organisation))
    other = Browser.of(app, site, a_member(site, place.organisation, email="other@test.example"))
    for address in deeds(app, place):
        assert mine.client.post(address, data=FIELDS).status_code == 400, address
        for wrong in ("x", other.token()):
            answer = mine.client.post(address, data=FIELDS | {"csrf_token": wrong})
            assert answer.status_code == 400, address
        as_text = mine.client.post(address, data='{"csrf_token": "x"}', content_type="text/plain")
        assert as_text.status_code == 400, address


def test_no_deed_at_the_bidding_of_another_site(app: Flask, site: Site, place: Place) -> None:
    """S-02."""
    browser = Browser.of(app, site, a_member(site, place.organisation))
    for address in deeds(app, place):
        answer = browser.client.post(
            address,
            data=FIELDS | {"csrf_token": browser.token()},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status_code == 403, address


def deeds(app: Flask, place: Place) -> list[str]:
    return [place.address(app, route.split()[1]) for route in STAFF if route.startswith("POST")]
