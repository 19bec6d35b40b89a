"""The second factor at the login: asked for, set up, moved to another phone, lost and found again."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation, Role, SecondFactor
from app.accounts.rights import Staff
from app.audit import Action
from app.audit.models import AuditEntry
from app.site import Site
from app.web.limits import Step
from tests.conftest import Clock
from tests.postbox import sent_letters
from tests.second_factors import EMAIL, OWN, App, set_up, take_over
from tests.staff import PASSWORD, Browser, a_member


def actions(site: Site) -> list[str]:
    with site.sessions() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.at, AuditEntry.number)))


def recovery_codes(page: str) -> list[str]:
    return re.findall(r"<code>([a-z0-9-]+)</code>", page)


def test_the_password_asks_for_the_code_and_the_code_lets_in(
    browser: Browser, site: Site, staff: Staff
) -> None:
    """S-04."""
    app, _ = set_up(site, staff)
    answer = browser.log_in(EMAIL, next="/shares")
    assert (answer.status_code, answer.location) == (303, "/login/code?next=/shares")
    assert Action.LOGGED_IN not in actions(site)
    answer = browser.post("/login/code", code=app.code(site.now()), next="/shares")
    assert (answer.status_code, answer.location) == (303, "/shares")
    assert browser.get("/shares").status_code == 200
    with site.sessions() as session:
        entry = session.scalars(select(AuditEntry).filter_by(action=Action.LOGGED_IN)).one()
    assert entry.details == {"second_factor": "app"}


def test_the_code_begins_another_session_than_the_password(
    browser: Browser, site: Site, staff: Staff
) -> None:
    """S-03."""
    app, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    with browser.client.session_transaction() as cookie:
        half = dict(cookie)
    browser.post("/login/code", code=app.code(site.now()))
    with browser.client.session_transaction() as cookie:
        assert cookie["_user_id"] != half["_user_id"]
        cookie.update(half)
    assert browser.get("/discs").location == "/login?next=/discs"


def test_the_page_for_the_code_says_nothing_of_the_hospital(
    browser: Browser, site: Site, staff: Staff
) -> None:
    set_up(site, staff)
    browser.log_in(EMAIL)
    page = browser.get("/login/code").text
    assert staff.organisation.name not in page
    assert EMAIL not in page


def test_a_wrong_code_is_told_and_logged(browser: Browser, site: Site, staff: Staff) -> None:
    set_up(site, staff)
    browser.log_in(EMAIL)
    answer = browser.post("/login/code", code="000000")
    assert answer.status_code == 401
    assert "not right" in answer.text
    assert browser.get("/discs").location == "/login/code?next=/discs"
    assert actions(site)[-1] == Action.SECOND_FACTOR_DENIED


def test_enter_without_a_code_is_no_wrong_code(browser: Browser, site: Site, staff: Staff) -> None:
    set_up(site, staff)
    browser.log_in(EMAIL)
    answer = browser.post("/login/code", code=" ")
    assert answer.status_code == 400
    assert "Type the code first" in answer.text
    assert Action.SECOND_FACTOR_DENIED not in actions(site)


def test_a_wrong_recovery_code_is_told_as_one_and_its_field_stays_open(
    browser: Browser, site: Site, staff: Staff
) -> None:
    set_up(site, staff)
    browser.log_in(EMAIL)
    answer = browser.post("/login/code", code="aaaaa-bbbbb-ccccc-ddddd")
    assert "That recovery code is not right" in answer.text
    assert re.search(r"<details[^>]* open>", answer.text)
    assert not re.search(r"<details[^>]* open>", browser.post("/login/code", code="12345").text)


def test_the_password_must_be_typed_again_when_the_code_comes_too_late(
    browser: Browser, site: Site, staff: Staff, clock: Clock
) -> None:
    app, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    clock.advance(minutes=9, seconds=59)
    assert browser.get("/login/code").status_code == 200
    clock.advance(seconds=1)
    assert browser.post("/login/code", code=app.code(site.now())).status_code == 401


def test_a_sixth_code_in_a_minute_must_wait_even_the_right_one(
    browser: Browser, site: Site, staff: Staff
) -> None:
    """S-04."""
    app, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    for _ in range(5):
        assert browser.post("/login/code", code="000000").status_code == 401
    answer = browser.post("/login/code", code=app.code(site.now()))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_thirty_wrong_codes_a_day_are_the_most_for_an_account(
    app: Flask, site: Site, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-04."""
    limits = app.extensions["virtual-cd login limits"]
    phone, _ = set_up(site, staff)
    for _ in range(30):
        limits.note_wrong_at(Step.CODE, EMAIL)
    browser = Browser(app)
    browser.log_in(EMAIL)
    answer = browser.post("/login/code", code=phone.code(site.now()))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 3600
    assert "somebody else is trying" in answer.text


def test_a_recovery_code_lets_in_once_and_says_how_many_are_left(
    browser: Browser, site: Site, staff: Staff, app: Flask
) -> None:
    """S-04."""
    _, codes = set_up(site, staff)
    browser.log_in(EMAIL)
    assert browser.post("/login/code", code=codes[0]).status_code == 303
    assert "7 are left" in browser.get("/discs").text
    elsewhere = Browser(app)
    elsewhere.log_in(EMAIL)
    assert elsewhere.post("/login/code", code=codes[0]).status_code == 401


def test_after_idle_minutes_the_same_browser_needs_the_password_only(
    browser: Browser, site: Site, staff: Staff, clock: Clock
) -> None:
    app, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    browser.post("/login/code", code=app.code(site.now()))
    for _ in range(2):
        clock.advance(hours=5)
        assert browser.get("/discs").location == "/login?next=/discs"
        assert browser.log_in(EMAIL).location == "/discs"
    clock.advance(hours=2)
    assert browser.log_in(EMAIL).location == "/login/code?next=/discs"


def test_after_logging_out_the_code_is_asked_again(browser: Browser, site: Site, staff: Staff) -> None:
    app, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    browser.post("/login/code", code=app.code(site.now()))
    with browser.client.session_transaction() as cookie:
        copied = dict(cookie)
    browser.post("/logout")
    with browser.client.session_transaction() as cookie:
        cookie.update(copied)
    assert browser.log_in(EMAIL).location == "/login/code?next=/discs"


def test_one_persons_code_does_not_stand_in_for_anothers(
    browser: Browser, site: Site, staff: Staff, organisation: Organisation, clock: Clock
) -> None:
    app, _ = set_up(site, staff)
    set_up(site, a_member(site, organisation, email="other@test.example"))
    browser.log_in(EMAIL)
    browser.post("/login/code", code=app.code(site.now()))
    clock.advance(minutes=20)
    assert browser.log_in("other@test.example").location == "/login/code?next=/discs"


def test_it_is_set_up_with_a_code_and_shows_the_recovery_codes_once(
    browser: Browser, site: Site, app: Flask
) -> None:
    elsewhere = Browser(app)
    elsewhere.log_in(EMAIL)
    browser.log_in(EMAIL)
    assert "Not set up" in browser.get("/second-factor").text
    phone, sent = take_over(browser)
    answer = browser.post("/second-factor/new", code=phone.code(site.now()), password=PASSWORD, **sent)
    assert answer.status_code == 200
    codes = recovery_codes(answer.text)
    assert len(codes) == 8
    assert browser.get("/discs").status_code == 200
    assert elsewhere.get("/discs").location == "/login?next=/discs"
    page = browser.get("/second-factor").text
    assert "An authenticator app" in page
    assert not recovery_codes(page)
    assert elsewhere.log_in(EMAIL).location == "/login/code?next=/discs"
    assert elsewhere.post("/login/code", code=codes[3]).location == "/discs"


def test_a_wrong_first_code_keeps_the_picture_that_was_scanned(browser: Browser, site: Site) -> None:
    browser.log_in(EMAIL)
    phone, sent = take_over(browser)
    answer = browser.post("/second-factor/new", code="000000", password=PASSWORD, **sent)
    assert answer.status_code == 400
    assert "does not fit" in answer.text
    again = App.reading(answer.text)
    assert again.code(site.now()) == phone.code(site.now())
    sealed = re.search(r'name="sealed" value="([^"]+)"', answer.text)
    assert sealed
    assert (
        browser.post(
            "/second-factor/new", code=phone.code(site.now()), password=PASSWORD, sealed=sealed[1]
        ).status_code
        == 200
    )


@pytest.mark.parametrize("sealed", ["", "x", "AAAA", "é", "A" * 3000])
def test_a_secret_of_somebodys_own_making_is_not_taken(browser: Browser, site: Site, sealed: str) -> None:
    browser.log_in(EMAIL)
    assert (
        browser.post("/second-factor/new", code="000000", password=PASSWORD, sealed=sealed).status_code == 400
    )
    with site.sessions() as session:
        assert session.scalars(select(SecondFactor)).first() is None


def test_another_phone_asks_for_the_password(browser: Browser, site: Site, staff: Staff) -> None:
    app, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    browser.post("/login/code", code=app.code(site.now()))
    phone, sent = take_over(browser)
    code = phone.code(site.now())
    assert browser.post("/second-factor/new", code=code, **sent).status_code == 400
    assert browser.post("/second-factor/new", code=code, password=PASSWORD, **sent).status_code == 200
    assert browser.get("/discs").status_code == 200


def test_new_recovery_codes_ask_for_the_password(browser: Browser, site: Site, staff: Staff) -> None:
    app, old = set_up(site, staff)
    browser.log_in(EMAIL)
    browser.post("/login/code", code=app.code(site.now()))
    assert browser.post("/second-factor/codes", password="wrong").status_code == 400
    answer = browser.post("/second-factor/codes", password=PASSWORD)
    assert answer.status_code == 200
    assert len(recovery_codes(answer.text)) == 8
    assert not set(old) & set(recovery_codes(answer.text))


def test_without_a_second_factor_there_are_no_recovery_codes(browser: Browser) -> None:
    browser.log_in(EMAIL)
    answer = browser.post("/second-factor/codes", password=PASSWORD)
    assert answer.status_code == 400
    assert "Set up two-step login first" in answer.text


def test_it_is_taken_away_with_the_password_where_the_organisation_allows(
    browser: Browser, site: Site, staff: Staff
) -> None:
    app, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    browser.post("/login/code", code=app.code(site.now()))
    assert browser.post("/second-factor/remove", password="wrong").status_code == 400
    with site.sessions.begin() as session:
        session.get_one(Organisation, staff.organisation.id).asks_second_factor = True
    answer = browser.post("/second-factor/remove", password=PASSWORD)
    assert answer.status_code == 400
    assert "asks everybody" in answer.text
    with site.sessions.begin() as session:
        session.get_one(Organisation, staff.organisation.id).asks_second_factor = False
    assert browser.post("/second-factor/remove", password=PASSWORD).location == "/second-factor"
    browser.post("/logout")
    assert browser.log_in(EMAIL).location == "/discs"
    assert Action.SECOND_FACTOR_REMOVED in actions(site)


def test_changing_the_password_does_not_ask_for_the_code_again(
    browser: Browser, site: Site, staff: Staff
) -> None:
    app, _ = set_up(site, staff)
    browser.log_in(EMAIL)
    browser.post("/login/code", code=app.code(site.now()))
    assert browser.post("/password", old=PASSWORD, new=OWN, again=OWN).location == "/discs"
    assert browser.get("/discs").status_code == 200


def test_when_an_organisation_asks_for_it_everybody_sets_it_up_at_the_next_click(
    app: Flask, site: Site, organisation: Organisation, browser: Browser
) -> None:
    browser.log_in(EMAIL)
    admin = Browser.of(app, site, a_member(site, organisation, Role.ADMIN, "admin@test.example"))
    seen = re.search(r'name="seen" value="([^"]+)"', admin.get("/admin/organisation").text)
    assert seen
    admin.post("/admin/organisation", asks_second_factor="yes", seen=seen[1])
    for somebody in (admin, browser):
        assert somebody.get("/discs").location == "/second-factor/new"
        phone, sent = take_over(somebody)
        assert "Not now" not in somebody.get("/second-factor/new").text
        code = phone.code(site.now())
        answer = somebody.post("/second-factor/new", code=code, password=PASSWORD, **sent)
        assert answer.status_code == 200
        assert somebody.get("/discs").status_code == 200


def test_what_was_left_empty_is_said_to_be_missing(browser: Browser, site: Site) -> None:
    browser.log_in(EMAIL)
    phone, sent = take_over(browser)
    code = phone.code(site.now())
    for fields, said in (
        ({"code": "", "password": PASSWORD}, "Type the code that the app shows."),
        ({"code": code, "password": ""}, "Type your password, too."),
    ):
        answer = browser.post("/second-factor/new", **fields, **sent)
        assert answer.status_code == 400
        assert said in answer.text
    assert browser.post("/second-factor/new", code=code, password=PASSWORD, **sent).status_code == 200
    assert "Type your password, too." in browser.post("/second-factor/codes", password="").text


def test_whoever_owns_the_account_is_told_by_e_mail_of_each_change(
    browser: Browser, site: Site, app: Flask
) -> None:
    browser.log_in(EMAIL)
    phone, sent = take_over(browser)
    codes = recovery_codes(
        browser.post("/second-factor/new", code=phone.code(site.now()), password=PASSWORD, **sent).text
    )
    browser.post("/second-factor/codes", password=PASSWORD)
    browser.post("/password", old=PASSWORD, new=OWN, again=OWN)
    browser.post("/second-factor/remove", password=OWN)
    letters = sent_letters(site)
    assert [letter["To"] for letter in letters] == [EMAIL] * 4
    assert {letter.get_content().splitlines()[0] for letter in letters} == {
        "Two-step login was set up for it, with an authenticator app.",
        "New recovery codes were made for it.",
        "Its password was changed.",
        "Two-step login was turned off for it.",
    }
    for letter in letters:
        assert not any(secret in letter.as_string() for secret in (*codes, PASSWORD, OWN))


def test_who_logs_in_by_an_address_that_no_mail_server_takes_changes_the_password_all_the_same(
    site: Site, organisation: Organisation, app: Flask
) -> None:
    a_member(site, organisation, email="ärztin@test.example")
    browser = Browser(app)
    browser.log_in("ärztin@test.example")
    assert browser.post("/password", old=PASSWORD, new=OWN, again=OWN).location == "/discs"
    assert sent_letters(site) == []


def test_a_login_with_a_recovery_code_is_told_by_e_mail(browser: Browser, site: Site, staff: Staff) -> None:
    _, codes = set_up(site, staff)
    browser.log_in(EMAIL)
    browser.post("/login/code", code="wrong")
    before = len(sent_letters(site))
    browser.post("/login/code", code=codes[0])
    letter = sent_letters(site)[before]
    assert "logged in to it with a recovery code" in letter.get_content()


def test_a_secret_whose_key_is_gone_is_said_with_what_to_do(
    browser: Browser, site: Site, staff: Staff
) -> None:
    app, _ = set_up(site, staff)
    with site.sessions.begin() as session:
        session.scalars(select(SecondFactor)).one().sealed_secret = b"of another key"
    browser.log_in(EMAIL)
    answer = browser.post("/login/code", code=app.code(site.now()))
    assert answer.status_code == 403
    assert "Ask the person who runs Virtual CD" in answer.text
