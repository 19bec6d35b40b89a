"""What holds at every address, whatever the feature: clocks, proxies, hosts, origins, frames, ids."""

import json
import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.config import Config
from app.shares import service
from app.shares.models import Share
from app.shares.orders import NewKey
from app.site import Site
from app.web import create_app
from app.web.security import CONTENT_SECURITY_POLICY
from app.workers.housekeeping import end_links
from tests import viewing
from tests.asked import Sender, a_request
from tests.conftest import Clock
from tests.factories import a_disc, a_share, wrong_pin
from tests.staff import Browser, a_member

NUMBERS = {"index", "number", "part_size", "part_number"}
"""Numbers of frames, files and parts inside something that has an id of its own."""


DEEP = "[" * 10_000 + "]" * 10_000
INLINE = r"<script(?![^>]*(?:src=|application/json))|\sstyle=|\son[a-z]+=|<style"


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def key(site: Site, organisation: Organisation) -> NewKey:
    disc_id = a_disc(site, organisation, slices=1)
    viewing.show(site, disc_id)
    return a_share(site, organisation, disc_id)


@pytest.fixture
def addresses(site: Site, organisation: Organisation, key: NewKey, client: FlaskClient) -> list[str]:
    """A page of each kind: the link, the viewer, what it loads, the login, and nothing."""
    view = viewing.enter(client, key)
    return [f"/s/{key.token}", view, f"{view}/manifest.json", "/go", "/login", "/verify", "/nowhere"]


def entries(site: Site) -> int:
    with site.sessions() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def frame_of(client: FlaskClient, key: NewKey) -> str:
    manifest = client.get(f"/view/{key.share_id}/manifest.json").get_json()
    return str(manifest["studies"][0]["series"][0]["instances"][0]["frames"][0]["url"])


def test_a_link_that_ended_stays_ended_when_the_clock_is_set_back(
    client: FlaskClient, clock: Clock, key: NewKey
) -> None:
    """T-06: the row's end decides, not the age of a signature."""
    viewing.enter(client, key)
    clock.advance(days=14, hours=2)
    clock.advance(hours=-1)
    assert client.get(f"/s/{key.token}").status_code == 410
    assert client.post(f"/s/{key.token}", data={"pin": key.pin}).status_code == 410
    assert client.get(f"/view/{key.share_id}").status_code == 410


@pytest.fixture(params=["visitor", "sweep"])
def first_seen(
    request: pytest.FixtureRequest, site: Site, client: FlaskClient, key: NewKey
) -> Callable[[], None]:
    """Whoever first finds that a link's time is over."""

    def visitor() -> None:
        assert client.post(f"/s/{key.token}", data={"pin": key.pin}).status_code == 410

    return visitor if request.param == "visitor" else partial(end_links, site)


def test_an_end_that_was_seen_stays_when_the_clock_steps_back_before_it(
    client: FlaskClient, clock: Clock, key: NewKey, first_seen: Callable[[], None]
) -> None:
    """T-06."""
    viewing.enter(client, key)
    clock.advance(days=14, minutes=10)
    first_seen()
    clock.advance(hours=-1)
    assert client.get(f"/s/{key.token}").status_code == 410
    assert client.post(f"/s/{key.token}", data={"pin": key.pin}).status_code == 410
    assert client.get(f"/view/{key.share_id}").status_code == 410


def test_a_visit_that_was_cut_off_at_its_links_end_does_not_come_back_with_the_clock(
    client: FlaskClient, clock: Clock, key: NewKey
) -> None:
    """T-06."""
    clock.advance(days=13, hours=23)
    view = viewing.enter(client, key)
    clock.advance(hours=1)
    assert client.get(view).status_code == 410
    clock.advance(minutes=-10)
    assert client.get(view).status_code == 410
    assert client.get(f"/s/{key.token}").status_code == 410


def test_a_visit_that_ran_out_does_not_come_back_with_the_clock(
    app: Flask, site: Site, organisation: Organisation, client: FlaskClient, clock: Clock, key: NewKey
) -> None:
    """T-06: neither a visitor's nor a sender's."""
    view, sender = viewing.enter(client, key), Sender.of(app, a_request(site, organisation))
    clock.advance(minutes=30)
    assert (client.get(view).status_code, sender.page().status_code) == (410, 410)
    clock.advance(minutes=-10)
    assert (client.get(view).status_code, sender.page().status_code) == (410, 410)
    assert client.get(viewing.enter(client, key)).status_code == 200


def test_of_two_processes_whose_clocks_differ_the_first_to_see_an_end_ends_it_for_both(
    config: Config, site: Site, client: FlaskClient, clock: Clock, key: NewKey
) -> None:
    """T-06."""
    ahead = create_app(config, replace(site, clock=lambda: clock.now + timedelta(minutes=5))).test_client()
    clock.advance(days=14, minutes=-4)
    assert client.get(f"/s/{key.token}").status_code == 200
    assert ahead.post(f"/s/{key.token}", data={"pin": key.pin}).status_code == 410
    assert client.get(f"/s/{key.token}").status_code == 410
    assert client.post(f"/s/{key.token}", data={"pin": key.pin}).status_code == 410


@pytest.mark.parametrize("renewing", [False, True], ids=["another end", "renewed"])
def test_staff_open_again_what_ended_though_the_clock_stepped_back(
    site: Site, organisation: Organisation, client: FlaskClient, clock: Clock, key: NewKey, renewing: bool
) -> None:
    """T-06."""
    clock.advance(days=14)
    end_links(site)
    clock.advance(hours=-1)
    until = site.now() + timedelta(minutes=30)
    with site.sessions.begin() as session:
        if renewing:
            order = service.KeyOrder(service.cut_key(site.signer), "slip", OPERATOR, None, site.now())
            new = service.renew(session, organisation.id, key.share_id, order, expires_at=until)
        else:
            service.extend(
                session, organisation.id, key.share_id, expires_at=until, by=OPERATOR, now=site.now()
            )
            new = key
    assert client.post(f"/s/{new.token}", data={"pin": new.pin}).status_code == 303
    old = client.post(f"/s/{key.token}", data={"pin": key.pin})
    assert old.status_code == (410 if renewing else 303)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_two_processes_whose_clocks_differ_serve_the_same_visit(
    config: Config, site: Site, client: FlaskClient, clock: Clock, key: NewKey, minutes: int
) -> None:
    """T-06."""
    view = viewing.enter(client, key)
    cookie = client.get_cookie(f"v-{key.share_id}")
    assert cookie
    other = create_app(config, replace(site, clock=lambda: clock.now + timedelta(minutes=minutes)))
    elsewhere = other.test_client()
    elsewhere.set_cookie(cookie.key, cookie.value)
    assert elsewhere.get(view).status_code == 200
    assert elsewhere.get(f"/s/{key.token}").status_code == 200
    assert client.get(view).status_code == 200


def test_a_link_at_another_host_is_nothing_and_leaves_no_trace(
    config: Config, site: Site, key: NewKey
) -> None:
    """T-09."""
    production = replace(config, env="production", base_url="https://images.test.example")
    client = create_app(production, site).test_client()
    before = entries(site)
    for base in ("https://other.test.example", "https://images.test.example.evil.example"):
        answer = client.post(f"/s/{key.token}", data={"pin": key.pin}, base_url=base)
        assert answer.status_code == 400
        assert "Test Hospital" not in answer.text
    assert entries(site) == before
    assert client.get(f"/s/{key.token}", base_url=production.base_url).status_code == 200


def test_what_a_visitor_fetches_dies_with_the_share_since_no_store_address_is_given_out(
    client: FlaskClient, site: Site, key: NewKey
) -> None:
    """T-12: nothing signed by the store is handed to a visitor that could outlive the share."""
    view = viewing.enter(client, key)
    manifest = client.get(f"{view}/manifest.json").text
    assert "X-Amz" not in manifest
    assert set(re.findall(r'"(?:url|preview|original)":"([^"]*?)(?=/)', manifest)) == {""}
    frame = frame_of(client, key)
    answer = client.get(frame)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    with site.sessions.begin() as session:
        session.get_one(Share, key.share_id).revoked_at = site.now()
    assert client.get(frame).status_code == 410


def test_pages_that_ask_by_themselves_prolong_no_session(
    app: Flask, site: Site, organisation: Organisation, clock: Clock
) -> None:
    """S-07."""
    disc_id = a_disc(site, organisation, slices=1)
    desk = Browser.of(app, site, a_member(site, organisation))
    for _ in range(2):
        assert desk.get(f"/discs/{disc_id}/progress").status_code == 200
        clock.advance(minutes=8)
    assert desk.get("/discs").status_code == 302


def test_nothing_of_ours_can_be_framed(client: FlaskClient, addresses: list[str]) -> None:
    """S-08."""
    for address in addresses:
        policy = client.get(address).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, address


def test_the_policy_allows_no_script_or_style_from_a_page_itself(
    client: FlaskClient, addresses: list[str]
) -> None:
    """S-09; browsers hold every page to it in tests/browser."""
    assert "unsafe-inline" not in CONTENT_SECURITY_POLICY
    assert "'unsafe-eval'" not in CONTENT_SECURITY_POLICY
    for address in addresses:
        answer = client.get(address)
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, address
        if answer.mimetype == "text/html":
            assert not re.search(INLINE, answer.text)


@pytest.mark.parametrize("proxies", [0, 1])
def test_only_the_last_hop_of_our_own_proxy_is_believed(
    config: Config, site: Site, key: NewKey, proxies: int
) -> None:
    """S-12."""
    client = create_app(replace(config, trusted_proxies=proxies), site).test_client()
    headers = {
        "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Host": "evil.example",
    }
    page = client.get(f"/s/{key.token}", headers=headers)
    assert "evil" not in page.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    client.post(
        f"/s/{key.token}",
        data={"pin": wrong_pin(key.pin), "csrf_token": token[1] if token else ""},
        headers=headers,
    )
    with site.sessions() as session:
        entry = session.scalars(select(AuditEntry).filter_by(action="open_denied")).one()
    assert entry.address == ("198.51.100.7" if proxies else "127.0.0.1")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_no_other_origin_may_read_anything(client: FlaskClient, addresses: list[str], origin: str) -> None:
    """S-14."""
    for address in addresses:
        for method in ("GET", "OPTIONS"):
            answer = client.open(address, method=method, headers={"Origin": origin})
            assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")], address


def test_an_address_that_holds_no_text_is_nothing_wherever_it_holds_it(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    """T-04, T-21: PostgreSQL keeps no NUL, nor can it be asked for one."""
    desk = Browser.of(app, site, a_member(site, organisation))
    for rule in app.url_map.iter_rules():
        for name in rule.arguments - NUMBERS:
            path = re.sub(rf"<[^>]*\b{name}>", "a%00b", rule.rule)
            path = re.sub(r"<[^>]+>", "1", path)
            for client in (app.test_client(), desk.client):
                assert client.get(path).status_code in (404, 405), path
                assert client.post(path).status_code in (404, 405), path


@pytest.mark.parametrize("typed", ["a\0b", "a\ud800b", DEEP], ids=["NUL", "half", "deep"])
def test_what_is_no_text_is_no_word_of_a_message(
    app: Flask, site: Site, organisation: Organisation, typed: str
) -> None:
    """W-03: neither of a sender's remark nor of what checks a copy."""
    sender = Sender.of(app, a_request(site, organisation))
    said = typed if typed is DEEP else json.dumps({"digest": typed, "same_person": {"because": typed}})
    for address in ("/verify/known", f"{sender.address}/discs"):
        answer = sender.client.post(address, data=said, content_type="application/json")
        assert answer.status_code == 400, address


def test_what_a_database_cannot_keep_is_refused_and_no_word_of_it_is_logged(
    app: Flask, site: Site, organisation: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    """A-03, O-09: PostgreSQL takes no NUL and no text longer than its column; SQLite takes both."""
    strict = site.sessions.engine.dialect.name == "postgresql"
    desk, disc_id = Browser.of(app, site, a_member(site, organisation)), a_disc(site, organisation, slices=1)
    fields = {"purpose": "appointment", "channel": "slip", "recipient": "Secret \0 Clinic"}
    answer = desk.post(f"/discs/{disc_id}/share", **fields)
    assert answer.status_code == (400 if strict else 200)
    assert "Secret" not in caplog.text


def test_an_error_of_the_database_is_logged_without_what_was_to_be_kept(site: Site) -> None:
    """T-20: neither a patient's name nor a token's hash."""
    secret = "^".join(("Test", "Patient"))
    with pytest.raises(DBAPIError) as caught, site.sessions.begin() as session:
        session.execute(text("SELECT :secret FROM nowhere"), {"secret": secret})
    assert secret not in "".join(traceback.format_exception(caught.value))


def test_leaving_and_logging_out_make_the_browser_forget(
    app: Flask, client: FlaskClient, site: Site, organisation: Organisation, key: NewKey
) -> None:
    """S-16: nothing of a patient is kept for the Back button."""
    view = viewing.enter(client, key)
    assert client.get(view).headers["Cache-Control"] == "no-store"
    left = client.post(f"{view}/leave")
    assert {'"cache"', '"storage"'} <= set(left.headers["Clear-Site-Data"].split(", "))
    assert client.get(view).status_code == 404
    desk = Browser.of(app, site, a_member(site, organisation))
    assert desk.get("/discs").headers["Cache-Control"] == "no-store"
    assert '"cache"' in desk.post("/logout").headers["Clear-Site-Data"]


def test_no_address_counts_anything(app: Flask) -> None:
    """I-08: whoever knows one id knows nothing of the next."""
    for rule in app.url_map.iter_rules():
        counted = set(re.findall(r"<int:(\w+)>", rule.rule))
        assert counted <= NUMBERS, rule.rule


def test_ids_are_random(site: Site, organisation: Organisation) -> None:
    """I-08."""
    disc_id = a_disc(site, organisation, slices=1)
    ids = {a_share(site, organisation, disc_id).share_id for _ in range(8)}
    assert len(ids) == 8
    assert all(re.fullmatch(r"[a-z2-7]{16}", one) for one in ids)
    assert len({one[:3] for one in ids}) > 4
    assert len({one[-3:] for one in ids}) > 4
