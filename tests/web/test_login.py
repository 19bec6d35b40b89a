"""Logging in: who gets in, how long it lasts, and that nothing tells a stranger whether an account exists."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import Organisation, Role, User
from app.audit import Action
from app.audit.actor import SYSTEM
from app.audit.models import AuditEntry
from app.config import Config
from app.site import Site
from app.web import create_app
from app.web.entering import LIMITS
from app.web.known_browser import known_to
from app.web.limits import Origin
from app.web.login import safe_next
from tests.conftest import Clock
from tests.staff import PASSWORD, Browser, a_member

EMAIL = "desk@test.example"
OWN = "a password of my own"


@pytest.fixture
def browser(app: Flask, site: Site, organisation: Organisation) -> Browser:
    """A browser at whose desk the member with ``PASSWORD`` works."""
    a_member(site, organisation, email=EMAIL)
    return Browser(app)


def actions(site: Site) -> list[str]:
    with site.sessions() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.at, AuditEntry.number)))


def test_the_right_password_leads_to_the_discs(browser: Browser, site: Site) -> None:
    answer = browser.log_in(EMAIL)
    assert (answer.status_code, answer.location) == (303, "/discs")
    assert browser.get("/discs").status_code == 200
    assert actions(site) == [Action.LOGGED_IN]


def test_an_address_in_capitals_and_with_spaces_is_the_same(browser: Browser) -> None:
    assert browser.log_in(f"  {EMAIL.upper()} ").status_code == 303


def test_a_wrong_password_and_an_unknown_user_are_told_alike(browser: Browser, site: Site) -> None:
    """S-05."""
    wrong, unknown = browser.log_in(EMAIL, "not it at all"), browser.log_in("nobody@test.example", "x")
    assert wrong.status_code == unknown.status_code == 401
    pages = [
        re.sub(r'name="csrf_token" value="[^"]+"|[a-z]+@test.example', "", answer.text)
        for answer in (wrong, unknown)
    ]
    assert pages[0] == pages[1]
    assert actions(site) == [Action.LOGIN_DENIED, Action.LOGIN_DENIED]


def test_an_empty_field_is_said_to_be_missing_and_is_no_try(browser: Browser, site: Site) -> None:
    for _ in range(6):
        assert "Type your password." in browser.log_in(EMAIL, "").text
        assert "Type your e-mail address." in browser.log_in(" ", PASSWORD).text
    assert actions(site) == []
    assert browser.log_in(EMAIL).status_code == 303
    for missing, said in (
        ("old", "Type your present password, too."),
        ("new", "Type the new password, too."),
    ):
        fields = {"old": PASSWORD, "new": OWN, "again": OWN} | {missing: ""}
        answer = browser.post("/password", **fields)
        assert answer.status_code == 400
        assert said in answer.text


def test_the_denial_is_logged_without_the_address_that_was_typed(browser: Browser, site: Site) -> None:
    browser.log_in("a.patient@test.example", "x")
    with site.sessions() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert "patient" not in str(vars(entry))


def test_a_sixth_try_in_a_minute_must_wait_even_with_the_right_password(browser: Browser) -> None:
    """S-05."""
    for _ in range(5):
        assert browser.log_in(EMAIL, "wrong").status_code == 401
    answer = browser.log_in(EMAIL)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert browser.log_in("somebody.else@test.example", "wrong").status_code == 401


def test_twenty_wrong_answers_from_one_address_are_enough_for_an_hour(browser: Browser) -> None:
    """S-05."""
    for number in range(20):
        assert browser.log_in(f"guess{number}@test.example", "wrong").status_code == 401
    answer = browser.log_in(EMAIL)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 60


def test_a_stranger_behind_the_same_address_cannot_keep_known_staff_out(browser: Browser, app: Flask) -> None:
    """S-05: a browser in which somebody has logged in has its own tries, after they logged out too."""
    browser.log_in(EMAIL)
    browser.post("/logout")
    stranger = Browser(app)
    for number in range(20):
        assert stranger.log_in(EMAIL if number < 4 else f"guess{number}@test.example", "x").status_code == 401
    refused = Browser(app).log_in(EMAIL)
    assert refused.status_code == 429
    assert "on a PC where you have done so before" in refused.text
    assert browser.log_in(EMAIL).status_code == 303


def test_a_known_browser_guesses_no_more_than_any_other(browser: Browser, app: Flask) -> None:
    """S-05: who copies its cookie has twenty wrong tries an hour, from whatever address, and one account."""
    browser.log_in(EMAIL)
    token = browser.token()

    def guess(number: int, email: str = EMAIL) -> int:
        sent = {"csrf_token": token, "email": email, "password": "wrong"}
        from_there = {"REMOTE_ADDR": f"198.51.100.{number}"}
        return browser.client.post("/login", data=sent, environ_base=from_there).status_code

    assert [guess(number) for number in range(6)] == [401] * 5 + [429], "five a minute"
    limits = app.extensions[LIMITS]
    known = browser.client.get_cookie("known")
    assert known
    for _ in range(15):
        limits.note_wrong(Origin("198.51.100.1", _browser_id(app, known.value)))
    assert guess(7) == 429
    assert Browser(app).log_in(EMAIL).status_code == 303, "others are left alone"
    assert [guess(8, "boss@test.example") for _ in range(6)] == [401] * 5 + [429], "unknown to others"


def _browser_id(app: Flask, cookie: str) -> str:
    with app.test_request_context(headers={"Cookie": f"known={cookie}"}):
        found = known_to(EMAIL)
    assert found
    return found


def test_what_makes_a_browser_known_cannot_be_made_up_and_does_not_last(
    browser: Browser, app: Flask, site: Site, clock: Clock
) -> None:
    browser.log_in(EMAIL)
    cookie = browser.client.get_cookie("known")
    assert cookie

    def known(value: str, email: str = EMAIL) -> bool:
        with app.test_request_context(headers={"Cookie": f"known={value}"}):
            return known_to(email) is not None

    assert known(cookie.value)
    assert not known(cookie.value, "colleague@test.example")
    for made_up in ("", "x", "." * 5000, cookie.value[:-6] + "AAAAAA", cookie.value.replace(".", "..", 1)):
        assert not known(made_up)
    assert EMAIL not in cookie.value
    clock.advance(days=181)
    assert not known(cookie.value)


def test_nobody_gets_in_while_the_tries_cannot_be_counted(browser: Browser, app: Flask) -> None:
    app.extensions[LIMITS].limiter.storage.storage = None
    app.extensions[LIMITS].limiter.storage.events = None
    assert browser.log_in(EMAIL).status_code == 429


def test_a_one_time_password_opens_nothing_but_its_own_change(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    with site.sessions.begin() as session:
        made = service.create_user(
            session, organisation, "new@test.example", Role.UPLOADER, by=SYSTEM, now=site.now()
        )
    browser = Browser(app)
    browser.log_in(made.email, made.one_time_password)
    for address in ("/discs", "/shares", "/discs/new"):
        assert browser.get(address).location == "/password"
    changed = browser.post("/password", old=made.one_time_password, new=OWN, again=OWN)
    assert (changed.status_code, changed.location) == (303, "/discs")
    assert browser.get("/discs").status_code == 200
    assert Action.PASSWORD_CHANGED in actions(site)


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong one entirely", OWN, OWN),
        (PASSWORD, OWN, OWN + "x"),
        (PASSWORD, "short", "short"),
        (PASSWORD, "x" * 129, "x" * 129),
        (PASSWORD, "password password", "password password"),
        (PASSWORD, "desk desk desk desk", "desk desk desk desk"),
        (PASSWORD, PASSWORD, PASSWORD),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(
    browser: Browser, site: Site, old: str, new: str, again: str
) -> None:
    browser.log_in(EMAIL)
    with site.sessions() as session:
        before = session.scalars(select(User.password_hash)).one()
    assert browser.post("/password", old=old, new=new, again=again).status_code == 400
    with site.sessions() as session:
        assert session.scalars(select(User.password_hash)).one() == before


def test_changing_the_password_ends_the_sessions_elsewhere(browser: Browser, app: Flask) -> None:
    elsewhere = Browser(app)
    elsewhere.log_in(EMAIL)
    browser.log_in(EMAIL)
    browser.post("/password", old=PASSWORD, new=OWN, again=OWN)
    assert browser.get("/discs").status_code == 200
    assert elsewhere.get("/discs").status_code == 302


def test_after_fifteen_idle_minutes_somebody_must_log_in_again(browser: Browser, clock: Clock) -> None:
    """S-07."""
    browser.log_in(EMAIL)
    clock.advance(minutes=14, seconds=59)
    assert browser.get("/discs").status_code == 200
    clock.advance(minutes=15)
    assert browser.get("/discs?q=x").location == "/login?next=/discs?q%3Dx"
    back = "you get back to the page that you wanted"
    assert back in browser.get("/login?next=/discs?q%3Dx").text
    assert back not in browser.get("/login?next=/").text
    assert back not in browser.get("/login?next=https://elsewhere.example/").text


def test_work_prolongs_a_session_but_not_beyond_twelve_hours(browser: Browser, clock: Clock) -> None:
    """S-07."""
    browser.log_in(EMAIL)
    for _ in range(12 * 6 - 1):
        clock.advance(minutes=10)
        assert browser.get("/discs").status_code == 200
    clock.advance(minutes=10)
    assert browser.get("/discs").status_code == 302


def test_logging_out_kills_the_session_on_the_server(browser: Browser, site: Site) -> None:
    """S-03, S-16."""
    browser.log_in(EMAIL)
    with browser.client.session_transaction() as cookie:
        copied = dict(cookie)
    answer = browser.post("/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.headers["Set-Cookie"].startswith("vcd=;")
    with browser.client.session_transaction() as cookie:
        cookie.update(copied)
    assert browser.get("/discs").status_code == 302
    assert actions(site) == [Action.LOGGED_IN, Action.LOGGED_OUT]


def test_logging_in_changes_the_session_and_ends_the_one_before(browser: Browser) -> None:
    """S-03."""
    browser.log_in(EMAIL)
    with browser.client.session_transaction() as cookie:
        first = dict(cookie)
    browser.log_in(EMAIL)
    with browser.client.session_transaction() as cookie:
        assert cookie["_user_id"] != first["_user_id"]
        cookie.update(first)
    assert browser.get("/discs").status_code == 302


def test_a_disabled_user_is_out_with_the_next_request(browser: Browser, site: Site) -> None:
    browser.log_in(EMAIL)
    with site.sessions.begin() as session:
        session.scalars(select(User)).one().disabled_at = site.now()
    assert browser.get("/discs").status_code == 302
    assert browser.log_in(EMAIL).status_code == 401


def test_the_page_that_was_asked_for_comes_after_the_login(browser: Browser) -> None:
    assert browser.log_in(EMAIL, next="/shares?state=live").location == "/shares?state=live"


@pytest.mark.parametrize(
    "target",
    [
        "//x",
        "/\\x",
        "https:x",
        "https://x/",
        "%2f%2fx",
        "javascript:alert(1)",
        "discs",
        "/\t/x",
        "///x",
        "http:/x",
    ],
)
def test_no_login_leads_to_another_site(target: str) -> None:
    """S-10."""
    assert safe_next(target) == ""


def test_a_form_sent_from_another_site_is_refused(browser: Browser) -> None:
    answer = browser.client.post(
        "/login",
        data={"csrf_token": browser.token(), "email": EMAIL, "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403


def test_over_https_the_cookie_is_bound_to_the_host_and_forms_work_without_a_referrer(
    config: Config, site: Site, organisation: Organisation
) -> None:
    """S-03."""
    a_member(site, organisation, email=EMAIL)
    config = replace(config, base_url="https://images.test.example")
    app = create_app(config, replace(site, config=config))
    browser, secure = app.test_client(), {"base_url": "https://images.test.example"}
    page = browser.get("/login", **secure)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    answer = browser.post(
        "/login", data={"csrf_token": token[1], "email": EMAIL, "password": PASSWORD}, **secure
    )
    assert answer.status_code == 303
    cookies = answer.headers.getlist("Set-Cookie")
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == ["__Host-known", "__Host-vcd"]
    for cookie in cookies:
        for word in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert word in cookie
        assert "Domain" not in cookie
