"""The link page and the short code: what strangers, visitors and machines get."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.shares import codes, service
from app.shares.models import Share, ShareKey, VisitorSession
from app.site import Site
from app.studies.models import Disc
from app.web import pin_limits
from app.web.answers import LIMITS
from tests import factories
from tests.conftest import Clock

PREVIEWERS = (
    "Slackbot-LinkExpanding 1.0",
    "WhatsApp/2.23",
    "Microsoft Outlook",
    "facebookexternalhit/1.1",
    "curl/8.5",
)


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    return factories.a_disc(site, organisation)


@pytest.fixture
def new(site: Site, organisation: Organisation, disc_id: str) -> service.NewKey:
    return factories.a_share(site, organisation, disc_id, reference="RAD-118")


@pytest.fixture
def enter(client: FlaskClient) -> Callable[[service.NewKey, str], TestResponse]:
    return lambda new, pin: client.post(f"/s/{new.token}", data={"pin": pin})


Enter = Callable[[service.NewKey, str], TestResponse]


def counters(site: Site) -> list[object]:
    with site.sessions() as session:
        keys = session.execute(
            select(ShareKey.uses, ShareKey.failures, ShareKey.failed_at, ShareKey.opened_at)
        ).all()
        shares = session.execute(select(Share.uses, Share.expires_at, Share.revoked_at)).all()
        entries = session.scalars(select(AuditEntry.number)).all()
        visits = session.scalars(select(VisitorSession.id)).all()
        return [keys, shares, entries, visits]


def entries(site: Site) -> int:
    with site.sessions() as session:
        return len(session.scalars(select(AuditEntry.number)).all())


def revoke(site: Site, organisation: Organisation, share_id: str) -> None:
    with site.sessions.begin() as session:
        service.revoke(session, organisation.id, share_id, by=OPERATOR, user_id=None, now=site.now())


def test_the_page_says_whose_images_they_are_and_nothing_of_the_patient(
    client: FlaskClient, new: service.NewKey
) -> None:
    response = client.get(f"/s/{new.token}")
    assert response.status_code == 200
    page = response.text
    for word in ("Test Hospital", "+1 555 0100", "RAD-118", "8 December 2026", "We never ask for passwords"):
        assert word in page
    for secret in ("Test^", "Patient", "1961", "TEST-1", "chest", "CT", "og:", new.pin, new.code):
        assert secret not in re.sub(r'<svg.*?</svg>|(?:href|src|action)="[^"]*"', "", page, flags=re.DOTALL)


def test_the_page_needs_no_script_and_asks_for_eight_visible_digits(
    client: FlaskClient, new: service.NewKey
) -> None:
    page = client.get(f"/s/{new.token}").text
    field = re.search(r'<input id="pin"[^>]*>', page)
    assert field
    assert 'inputmode="numeric"' in field[0]
    assert 'type="password"' not in field[0]
    assert re.search(rf'<form method="post" action="/s/{re.escape(new.token)}"', page)


def test_looking_changes_nothing(client: FlaskClient, site: Site, new: service.NewKey) -> None:
    """T-16."""
    before = counters(site)
    for previewer in PREVIEWERS * 10:
        headers = {"User-Agent": previewer}
        assert client.get(f"/s/{new.token}", headers=headers).status_code == 200
        assert client.head(f"/s/{new.token}", headers=headers).data == b""
        assert client.options(f"/s/{new.token}", headers=headers).data == b""
    assert client.open(f"/s/{new.token}", method="TRACE").status_code == 405
    assert counters(site) == before
    assert client.get_cookie("vcd") is None


def test_every_answer_keeps_the_link_to_itself(
    client: FlaskClient, new: service.NewKey, enter: Enter
) -> None:
    """T-19."""
    answers = [
        client.get(f"/s/{new.token}"),
        client.get("/s/unknown"),
        client.get(f"/s/{new.token}/x.css"),
        enter(new, factories.wrong_pin(new.pin)),
        enter(new, new.pin),
        client.get("/go"),
    ]
    for answer in answers:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text)


def test_the_right_pin_leads_to_an_address_without_the_token(
    client: FlaskClient, new: service.NewKey, enter: Enter
) -> None:
    response = enter(new, f"{new.pin[:4]} {new.pin[4:]}")
    assert (response.status_code, response.headers["Location"]) == (303, f"/view/{new.share_id}")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith(f"v-{new.share_id}=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert new.token not in response.text


@pytest.mark.parametrize(
    ("typed", "status"),
    [("abc", 400), ("", 400), ("1" * 60_000, 400), ("4821 09", 400)],
    ids=["letters", "nothing", "long", "short"],
)
def test_a_malformed_pin_is_told_and_not_counted(
    site: Site, new: service.NewKey, enter: Enter, typed: str, status: int
) -> None:
    before = counters(site)
    response = enter(new, typed)
    assert response.status_code == status
    assert "eight digits" in response.text
    assert counters(site) == before


def test_without_a_field_it_is_malformed_too(client: FlaskClient, new: service.NewKey) -> None:
    assert client.post(f"/s/{new.token}").status_code == 400


def test_wrong_then_too_soon_then_frozen(
    site: Site, clock: Clock, client: FlaskClient, new: service.NewKey, enter: Enter
) -> None:
    """F-01."""
    for number in range(1, 11):
        response = enter(new, factories.wrong_pin(new.pin, number))
        assert response.status_code == 403
        if 3 <= number < 10:
            early = enter(new, new.pin)
            assert early.status_code == 429
            assert int(early.headers["Retry-After"]) == min(2 ** (number - 3), 60)
            clock.advance(seconds=int(early.headers["Retry-After"]))
    assert "Closed for safety" in response.text
    clock.advance(hours=1)
    right, wrong = enter(new, new.pin), enter(new, factories.wrong_pin(new.pin, 11))
    assert right.status_code == wrong.status_code == client.get(f"/s/{new.token}").status_code == 403
    assert right.text == wrong.text
    assert "Set-Cookie" not in right.headers


def test_an_ended_link_says_so_kindly(
    site: Site,
    organisation: Organisation,
    clock: Clock,
    client: FlaskClient,
    new: service.NewKey,
    enter: Enter,
) -> None:
    """T-05, T-11."""
    clock.advance(days=14, seconds=-1)
    assert client.get(f"/s/{new.token}").status_code == 200
    clock.advance(seconds=1)
    for answer in (client.get(f"/s/{new.token}"), enter(new, new.pin), enter(new, "abc")):
        assert answer.status_code == 410
        assert "This link has ended" in answer.text
        assert "Ask for a new link" in answer.text


def test_a_revoked_or_stopped_link_is_gone_at_once(
    site: Site, organisation: Organisation, disc_id: str, client: FlaskClient, enter: Enter
) -> None:
    revoked, stopped = (factories.a_share(site, organisation, disc_id) for _ in range(2))
    revoke(site, organisation, revoked.share_id)
    assert enter(revoked, revoked.pin).status_code == client.get(f"/s/{revoked.token}").status_code == 410
    assert client.get(f"/s/{stopped.token}").status_code == 200
    with site.sessions.begin() as session:
        session.get_one(Disc, disc_id).blocked_at = site.now()
    assert enter(stopped, stopped.pin).status_code == client.get(f"/s/{stopped.token}").status_code == 410


def test_a_used_up_link_is_gone(site: Site, organisation: Organisation, disc_id: str, enter: Enter) -> None:
    new = factories.a_share(site, organisation, disc_id, max_uses=1)
    assert enter(new, new.pin).status_code == 303
    assert enter(new, new.pin).status_code == 410


def test_a_waiting_link_says_that_images_are_being_checked(
    site: Site, organisation: Organisation, client: FlaskClient, enter: Enter
) -> None:
    new = factories.a_share(site, organisation, factories.a_disc(site, organisation, state="ingesting"))
    for answer in (client.get(f"/s/{new.token}"), enter(new, new.pin)):
        assert answer.status_code == 200
        assert "Your link is right; images are still being checked." in answer.text
        assert "Set-Cookie" not in answer.headers
    assert enter(new, factories.wrong_pin(new.pin)).status_code == 403


def test_forged_and_unknown_links_are_alike(client: FlaskClient, site: Site, new: service.NewKey) -> None:
    """T-01, T-02: never an error, never a hint."""
    never_kept, _ = site.signer.new()
    middle = len(new.token) // 2
    swapped = "A" if new.token[middle] != "A" else "B"
    forged = new.token[:middle] + swapped + new.token[middle + 1 :]
    unknown = [never_kept, forged, "x", "a" * 3000, quote("\0é"), "eyJhbGciOiJub25lIn0.e30."]
    pages = {client.get(f"/s/{token}").text.replace(f"/s/{token}?", "") for token in unknown[:4]}
    assert len(pages) == 1
    for token in unknown:
        assert client.get(f"/s/{token}").status_code == 404
        assert client.post(f"/s/{token}", data={"pin": new.pin}).status_code == 404


def test_variants_of_the_address_are_the_same_link_or_nothing(
    client: FlaskClient, new: service.NewKey
) -> None:
    """T-21: no unguarded route, no cacheable neighbour."""
    token = new.token
    for path in (
        f"/S/{token}",
        f"/s/{token}/",
        f"/s/{token}/x.css",
        f"/s/{token};x",
        f"/s/{token}.css",
        f"/s//{token}",
        f"/s/./{token}",
        f"/s/{token.swapcase()}",
        f"/s/{token}%2f",
        f"/s/%00{token}",
    ):
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code in (200, 404), path
        if answer.status_code == 200:
            assert "Test Hospital has images for you" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_on_a_foreign_page_is_refused(client: FlaskClient, site: Site, new: service.NewKey) -> None:
    before = counters(site)
    for where in ("cross-site", "same-site"):
        answer = client.post(f"/s/{new.token}", data={"pin": new.pin}, headers={"Sec-Fetch-Site": where})
        assert answer.status_code == 403
    assert counters(site) == before
    own = client.post(f"/s/{new.token}", data={"pin": new.pin}, headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 303


def test_over_tls_the_cookie_is_bound_to_the_host(
    app: Flask, site: Site, new: service.NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-03."""
    object.__setattr__(site.config, "base_url", "https://localhost")
    secure = app.test_client().post(f"https://localhost/s/{new.token}", data={"pin": new.pin})
    cookie = secure.headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-v-{new.share_id}=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_the_code_leads_to_the_same_page(client: FlaskClient, new: service.NewKey) -> None:
    response = client.post("/go", data={"code": new.code.lower().replace("-", " ")})
    assert response.status_code == 303
    address = response.headers["Location"]
    assert new.token not in address
    assert "Test Hospital has images for you" in client.get(address).text
    assert client.post(address, data={"pin": "abc"}).status_code == 400
    assert client.post(address, data={"pin": new.pin}).headers["Location"] == f"/view/{new.share_id}"


def test_code_and_link_share_the_counters(
    client: FlaskClient, new: service.NewKey, enter: Enter, clock: Clock
) -> None:
    address = client.post("/go", data={"code": new.code}).headers["Location"]
    for number in range(1, 6):
        assert client.post(address, data={"pin": factories.wrong_pin(new.pin, 2 * number)}).status_code == 403
        clock.advance(seconds=61)
        assert enter(new, factories.wrong_pin(new.pin, 2 * number + 1)).status_code == 403
        clock.advance(seconds=61)
    assert client.get(address).status_code == client.get(f"/s/{new.token}").status_code == 403


def test_a_typed_code_is_good_for_a_quarter_of_an_hour(
    client: FlaskClient, new: service.NewKey, clock: Clock
) -> None:
    address = client.post("/go", data={"code": new.code}).headers["Location"]
    clock.advance(minutes=15)
    for answer in (client.get(address), client.post(address, data={"pin": new.pin})):
        assert answer.status_code == 410
        assert "Please type your code again" in answer.text


def test_typing_errors_in_a_code_are_told_and_do_not_count(
    client: FlaskClient, site: Site, new: service.NewKey
) -> None:
    before = counters(site)
    swapped = new.code[1] + new.code[0] + new.code[2:]
    for typed in ("", "KM4T", "x" * 5000, "0O1I-LU00-0000-0", swapped if swapped != new.code else "1"):
        for _ in range(10):
            answer = client.post("/go", data={"code": typed})
            assert answer.status_code == 400
            assert "typing error" in answer.text
    assert counters(site) == before
    assert client.post("/go", data={"code": new.code}).status_code == 303


def test_what_was_typed_comes_back_as_text(client: FlaskClient) -> None:
    page = client.post("/go", data={"code": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page


def test_an_unknown_code_asks_again(client: FlaskClient) -> None:
    answer = client.post("/go", data={"code": codes.new_code()})
    assert answer.status_code == 404
    assert 'name="code"' in answer.text


def test_thirty_wrong_answers_from_one_network_close_it_for_a_while(
    site: Site, organisation: Organisation, disc_id: str, app: Flask
) -> None:
    """F-04, F-05."""
    links = [factories.a_share(site, organisation, disc_id) for _ in range(16)]

    def answer(new: service.NewKey, pin: str, address: str) -> TestResponse:
        client = app.test_client()
        return client.post(f"/s/{new.token}", data={"pin": pin}, environ_base={"REMOTE_ADDR": address})

    statuses = [
        answer(new, factories.wrong_pin(new.pin, number), f"2001:db8:0:1::{index:x}").status_code
        for index, new in enumerate(links)
        for number in (1, 2)
    ]
    assert statuses == [403] * 30 + [429] * 2
    closed = answer(links[0], links[0].pin, "2001:db8:0:1:ffff::1")
    assert closed.status_code == 429
    assert 0 < int(closed.headers["Retry-After"]) <= 3600
    assert answer(links[0], links[0].pin, "2001:db8:0:2::1").status_code == 303


@pytest.mark.parametrize("refused", ["ended", "too soon"])
def test_nobody_fills_the_log_with_answers_that_are_not_even_heard(
    site: Site,
    organisation: Organisation,
    new: service.NewKey,
    enter: Enter,
    monkeypatch: pytest.MonkeyPatch,
    refused: str,
) -> None:
    monkeypatch.setattr(pin_limits, "UNHEARD", parse("5/hour"))
    if refused == "ended":
        revoke(site, organisation, new.share_id)
    else:
        with site.sessions.begin() as session:
            key = session.get_one(ShareKey, new.key_id)
            key.failures, key.failed_at = 8, site.now()
    before = entries(site)
    answers = [enter(new, new.pin) for _ in range(9)]
    assert entries(site) - before == 1
    assert [answer.status_code for answer in answers[5:]] == [429] * 4
    assert int(answers[-1].headers["Retry-After"]) > 3000


def test_when_the_counter_is_broken_nothing_opens(app: Flask, new: service.NewKey, enter: Enter) -> None:
    """W-06."""

    class Broken:
        def test(self, *_: object) -> bool:
            raise ConnectionError

    limits = app.extensions[LIMITS]
    app.extensions[LIMITS] = limits._replace(limiter=Broken())
    assert enter(new, new.pin).status_code == 429
    app.extensions[LIMITS] = limits
    assert enter(new, new.pin).status_code == 303


def test_neither_link_nor_code_nor_pin_is_written_to_log_or_audit(
    site: Site, client: FlaskClient, new: service.NewKey, enter: Enter, caplog: pytest.LogCaptureFixture
) -> None:
    """T-20."""
    enter(new, factories.wrong_pin(new.pin))
    enter(new, new.pin)
    client.post("/go", data={"code": new.code})
    with site.sessions() as session:
        audit = " ".join(
            str(entry.details) + str(entry.actor_id) for entry in session.scalars(select(AuditEntry))
        )
    for secret in (new.token, new.token[:40], new.code, new.pin, factories.wrong_pin(new.pin)):
        assert secret not in audit
        assert secret not in caplog.text


def test_denials_and_openings_are_in_the_log_with_their_address(
    site: Site, new: service.NewKey, enter: Enter
) -> None:
    enter(new, factories.wrong_pin(new.pin))
    enter(new, new.pin)
    with site.sessions() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.actor_kind == "visitor").order_by(AuditEntry.number)
        ).all()
    assert [(e.action, e.actor_id, e.address, e.key_id) for e in entries] == [
        ("open_denied", new.key_id, "127.0.0.1", new.key_id),
        ("opened", new.key_id, "127.0.0.1", new.key_id),
    ]


@pytest.mark.parametrize(
    ("accept", "query", "words"),
    [
        ("", "", "Test Hospital has images for you."),
        ("es-MX,es;q=0.9", "", "Test Hospital tiene imágenes para usted."),
        ("de-CH", "", "Test Hospital hat Bilder für Sie."),
        ("es", "?lang=de", "Test Hospital hat Bilder für Sie."),
        ("fr-CA,fr;q=0.9,en;q=0.5", "", "Test Hospital a des images pour vous."),
        ("it", "", "Test Hospital has images for you."),
        ("it", "?lang=../../etc", "Test Hospital has images for you."),
    ],
)
def test_the_page_speaks_the_visitors_language(
    client: FlaskClient, new: service.NewKey, accept: str, query: str, words: str
) -> None:
    assert words in client.get(f"/s/{new.token}{query}", headers={"Accept-Language": accept}).text


def test_a_chosen_language_stays_and_the_shares_goes_before_the_browsers(
    site: Site, organisation: Organisation, disc_id: str, client: FlaskClient
) -> None:
    spanish = factories.a_share(site, organisation, disc_id, language="es")
    page = client.get(f"/s/{spanish.token}", headers={"Accept-Language": "de"})
    assert 'lang="es"' in page.text
    assert "8 de diciembre de 2026" in page.text
    client.get(f"/s/{spanish.token}?lang=de")
    answer = client.post(f"/s/{spanish.token}", data={"pin": factories.wrong_pin(spanish.pin)})
    assert "Diese PIN passt nicht." in answer.text


def test_the_senders_colour_is_a_stylesheet_of_its_own(
    client: FlaskClient, site: Site, organisation: Organisation, new: service.NewKey
) -> None:
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).colour = "#ffd400"
    page = client.get(f"/s/{new.token}").text
    address = re.search(r'href="(/brand/[^"]+)"', page)
    assert address
    assert "style=" not in page
    sheet = client.get(address[1])
    assert sheet.mimetype == "text/css"
    assert "--accent: #ffd400" in sheet.text
    assert "--accent-ink: #1b2430" in sheet.text  # white on yellow could not be read
    assert client.get("/brand/nobody.css").status_code == 404


def test_every_page_of_the_layout_says_how_to_get_help(
    site: Site, organisation: Organisation, client: FlaskClient, new: service.NewKey
) -> None:
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).telephone = None
    assert "I have no PIN: ask Test Hospital." in client.get(f"/s/{new.token}").text
    revoke(site, organisation, new.share_id)
    assert "Test Hospital can give you a new one." in client.get(f"/s/{new.token}").text


def test_a_missing_link_answers_as_slowly_as_a_wrong_pin(
    site: Site, client: FlaskClient, new: service.NewKey, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-08: both cost one argon2 evaluation, which outweighs all else."""
    hashed: list[str] = []
    monkeypatch.setattr("app.shares.pins.password_matches", lambda pin, _: hashed.append(pin))
    enter(new, factories.wrong_pin(new.pin))
    assert len(hashed) == 1
    client.post(f"/s/{site.signer.new()[0]}", data={"pin": new.pin})
    assert len(hashed) == 2
    with site.sessions.begin() as session:
        session.get_one(ShareKey, new.key_id).frozen_at = site.now() - timedelta(days=1)
    enter(new, new.pin)
    assert len(hashed) == 3
