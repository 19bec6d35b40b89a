"""Attacks on two-step login: at the same moment, with a stolen cookie, with half a login, with odd input."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts import passwords, second_factor, service, sessions
from app.accounts.models import Organisation, SecondFactor
from app.accounts.rights import Staff
from app.audit.actor import OPERATOR
from app.site import Site
from app.web.entering import LIMITS
from app.web.limits import Step
from tests.conftest import Clock
from tests.second_factors import EMAIL, OWN, App, set_up, take_over
from tests.staff import PASSWORD, Browser, a_member


def at_once(deeds: list[Callable[[], int]]) -> list[int]:
    """Do all of them at the same moment; return the status of each answer, in order."""
    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(lambda deed: deed(), deeds))


def sent_with(browser: Browser, address: str, **fields: str) -> Callable[[], int]:
    """Return the sending of a form whose token was fetched before."""
    token = browser.token()
    return lambda: browser.client.post(address, data={"csrf_token": token, **fields}).status_code


def test_of_three_browsers_with_one_code_at_the_same_moment_one_gets_in(
    app: Flask, site: Site, staff: Staff
) -> None:
    """S-04."""
    phone, _ = set_up(site, staff)
    three = [Browser(app) for _ in range(3)]
    for browser in three:
        browser.log_in(EMAIL)
    code = phone.code(site.now())
    assert at_once([sent_with(browser, "/login/code", code=code) for browser in three]) == [303, 401, 401]
    assert sorted(browser.get("/discs").status_code for browser in three) == [200, 302, 302]


def test_of_two_tabs_that_set_it_up_at_the_same_moment_one_does_and_its_phone_counts(
    app: Flask, site: Site, staff: Staff
) -> None:
    two = [Browser.of(app, site, staff) for _ in range(2)]
    phones = [take_over(browser) for browser in two]
    answers = at_once(
        [
            sent_with(browser, "/second-factor/new", code=phone.code(site.now()), password=PASSWORD, **sent)
            for browser, (phone, sent) in zip(two, phones, strict=True)
        ]
    )
    assert answers == [200, 401]
    assert sorted(browser.get("/discs").status_code for browser in two) == [200, 302]
    with site.sessions() as session:
        assert session.scalars(select(func.count()).select_from(SecondFactor)).one() == 1
        assert second_factor.codes_left(session, staff) == second_factor.RECOVERY_CODES


def test_a_password_that_is_replaced_while_it_is_checked_opens_nothing(
    browser: Browser, site: Site, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, real = browser.token(), passwords.password_matches

    def matches(password: str, hashed: str) -> bool:
        good = real(password, hashed)
        with site.sessions.begin() as session:
            service.reset_password(session, staff, by=OPERATOR, now=site.now())
            sessions.end_sessions_of(session, staff.user.id, site.now())
        return good

    monkeypatch.setattr(passwords, "password_matches", matches)
    answer = browser.client.post("/login", data={"csrf_token": token, "email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 401
    assert browser.get("/discs").location == "/login?next=/discs"


def test_a_code_that_comes_in_while_the_sessions_end_opens_nothing(
    browser: Browser, site: Site, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half session is looked at once more in the deed that makes it whole."""
    phone, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    token, real = browser.token(), sessions.find_session
    asked: list[str] = []

    def found(*args: object) -> object:
        alive = real(*args)  # type: ignore[arg-type]
        if not asked:
            asked.append("once")
            with site.sessions.begin() as session:
                sessions.end_sessions_of(session, staff.user.id, site.now())
        return alive

    monkeypatch.setattr(sessions, "find_session", found)
    answer = browser.client.post("/login/code", data={"csrf_token": token, "code": phone.code(site.now())})
    assert answer.status_code == 401
    assert browser.get("/discs").location == "/login?next=/discs"


def test_half_a_login_elsewhere_does_not_become_a_whole_one_when_two_step_login_is_turned_off(
    app: Flask, browser: Browser, site: Site, staff: Staff
) -> None:
    phone, _ = set_up(site, staff)
    elsewhere = Browser(app)
    elsewhere.log_in(EMAIL)
    browser.log_in(EMAIL)
    browser.post("/login/code", code=phone.code(site.now()))
    assert browser.post("/second-factor/remove", password=PASSWORD).location == "/second-factor"
    assert browser.get("/second-factor").status_code == 200
    assert elsewhere.get("/discs").location == "/login?next=/discs"


def test_a_stolen_session_sets_up_no_phone_of_the_thiefs(browser: Browser, site: Site, app: Flask) -> None:
    """It would shut the owner out."""
    browser.log_in(EMAIL)
    phone, sent = take_over(browser)
    answer = browser.post("/second-factor/new", code=phone.code(site.now()), password="a guess", **sent)
    assert answer.status_code == 400
    assert "password is not right" in answer.text
    owner = Browser(app)
    assert owner.log_in(EMAIL).location == "/discs"


def test_a_stolen_session_has_thirty_guesses_a_day_at_the_password_and_the_owner_still_gets_in(
    app: Flask, site: Site, staff: Staff
) -> None:
    phone, _ = set_up(site, staff)
    thief = Browser(app)
    with site.sessions.begin() as session:
        secret = sessions.open_session(session, staff, site.now(), second_factor_at=site.now())
    with thief.client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = secret, True
    limits = app.extensions["virtual-cd login limits"]
    for _ in range(29):
        limits.note_wrong_at(Step.CHANGE, EMAIL)
    assert thief.post("/second-factor/remove", password="wrong").status_code == 400
    for address, fields in (
        ("/second-factor/remove", {"password": PASSWORD}),
        ("/password", {"old": PASSWORD, "new": OWN, "again": OWN}),
    ):
        answer = thief.post(address, **fields)
        assert answer.status_code == 429
        assert "somebody" in answer.text
    owner = Browser(app)
    owner.log_in(EMAIL)
    assert owner.post("/login/code", code=phone.code(site.now())).status_code == 303


def test_mistyped_codes_do_not_shut_a_whole_hospital_out(
    app: Flask, site: Site, staff: Staff, organisation: Organisation
) -> None:
    """It has one network address, from where twenty wrong passwords an hour are the most."""
    for number in range(5):
        colleague = a_member(site, organisation, email=f"colleague{number}@test.example")
        set_up(site, colleague)
        half = Browser.of(app, site, colleague)
        assert [half.post("/login/code", code="000000").status_code for _ in range(5)] == [401] * 5
    assert Browser(app).log_in(EMAIL).status_code == 303


@pytest.mark.parametrize("target", ["//[", "//\u2100", "http://[", "[//x"])
def test_a_place_to_go_to_that_is_no_address_is_left_out(browser: Browser, target: str) -> None:
    """S-10."""
    assert browser.get("/login", query_string={"next": target}).status_code == 200
    assert browser.log_in(EMAIL, next=target).location == "/discs"


def test_an_address_with_a_nul_is_nobodys(browser: Browser) -> None:
    assert browser.log_in(f"{EMAIL}\0").status_code == 401


def test_a_clock_that_steps_back_makes_no_code_good_twice(
    browser: Browser, site: Site, staff: Staff, clock: Clock
) -> None:
    """S-04."""
    phone, codes = set_up(site, staff)
    browser.log_in(EMAIL)
    code = phone.code(site.now())
    assert browser.post("/login/code", code=code).status_code == 303
    browser.post("/logout")
    clock.advance(minutes=-2)
    browser.log_in(EMAIL)
    assert browser.post("/login/code", code=phone.code(site.now())).status_code == 401
    clock.advance(minutes=2)
    assert browser.post("/login/code", code=code).status_code == 401
    assert browser.post("/login/code", code=codes[0]).status_code == 303


def test_no_page_with_a_secret_is_kept_by_a_browser(browser: Browser, site: Site) -> None:
    browser.log_in(EMAIL)
    phone, sent = take_over(browser)
    pages = [
        browser.get("/second-factor/new"),
        browser.post("/second-factor/new", code="000000", password=PASSWORD, **sent),
        browser.post("/second-factor/new", code=phone.code(site.now()), password=PASSWORD, **sent),
        browser.post("/second-factor/codes", password=PASSWORD),
    ]
    assert [page.headers["Cache-Control"] for page in pages] == ["no-store"] * 4
    assert App.reading(pages[1].text).code(site.now()) == phone.code(site.now())


def test_a_password_alone_makes_no_browser_known(browser: Browser, site: Site, staff: Staff) -> None:
    """S-05: who knows the password only would else have tries of their own."""
    phone, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    assert browser.client.get_cookie("known") is None
    browser.post("/login/code", code=phone.code(site.now()))
    assert browser.client.get_cookie("known") is not None


def test_who_knows_the_password_only_cannot_use_up_the_owners_codes(
    browser: Browser, app: Flask, site: Site, staff: Staff, clock: Clock
) -> None:
    """S-05: thirty wrong codes a day bar whoever gave them, not the browser that the owner used before."""
    phone, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    browser.post("/login/code", code=phone.code(site.now()))
    browser.post("/logout")
    for _ in range(30):
        app.extensions[LIMITS].note_wrong_at(Step.CODE, EMAIL)
    clock.advance(minutes=1)
    thief = Browser(app)
    thief.log_in(EMAIL)
    assert thief.post("/login/code", code=phone.code(site.now())).status_code == 429
    browser.log_in(EMAIL)
    assert browser.post("/login/code", code=phone.code(site.now())).location == "/discs"
