"""Asking for a new link from one that ended or froze: told kindly, put on a list, no way to guess."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.shares import service
from app.shares.models import LinkRequest, Proof, RequestState, ShareKey, ShareState
from app.site import Site
from tests.conftest import Clock
from tests.factories import a_disc, a_share, wrong_pin
from tests.staff import Browser, a_member, an_organisation

Ask = Callable[..., TestResponse]


@pytest.fixture
def key(site: Site, organisation: Organisation) -> service.NewKey:
    return a_share(site, organisation, a_disc(site, organisation), reference="RAD-118")


@pytest.fixture
def ask(client: FlaskClient, key: service.NewKey) -> Ask:
    return lambda **fields: client.post(f"/s/{key.token}/ask", data=fields)


@pytest.fixture
def ended(key: service.NewKey, clock: Clock) -> service.NewKey:
    """A link whose time is over."""
    clock.advance(days=15)
    return key


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation, ended: service.NewKey) -> Browser:
    return Browser.of(app, site, a_member(site, organisation))


def requests(site: Site) -> list[LinkRequest]:
    with site.sessions() as session:
        return list(session.scalars(select(LinkRequest)))


def actions(site: Site, share_id: str) -> list[str]:
    with site.sessions() as session:
        entries = select(AuditEntry).where(AuditEntry.share_id == share_id).order_by(AuditEntry.number)
        return [entry.action for entry in session.scalars(entries)]


def state(site: Site, organisation: Organisation, share_id: str) -> ShareState:
    with site.sessions() as session:
        return service.state_of(service.find_share(session, organisation.id, share_id), site.now())


def test_an_ended_link_offers_to_ask_for_a_new_one(client: FlaskClient, ended: service.NewKey) -> None:
    page = client.get(f"/s/{ended.token}")
    assert page.status_code == 410
    assert "Ask for a new link" in page.text
    assert f'action="/s/{ended.token}/ask"' in page.text


def test_whoever_asks_is_told_so_and_stands_on_the_list(site: Site, ended: service.NewKey, ask: Ask) -> None:
    answer = ask(call_back="+1 555 0123")
    assert answer.status_code == 200
    assert "Test Hospital has your request." in answer.text
    (request,) = requests(site)
    assert (request.state, request.proof, request.call_back) == (
        RequestState.OPEN,
        Proof.CALL_BACK,
        "+1 555 0123",
    )
    assert actions(site, ended.share_id)[-1] == "link_asked"


def test_the_old_pin_proves_the_asker_and_the_answer_does_not_tell(
    site: Site, ended: service.NewKey, ask: Ask
) -> None:
    """F-01: no oracle."""
    wrong, nothing = ask(pin=wrong_pin(ended.pin)), ask()
    assert [request.proof for request in requests(site)] == [Proof.CALL_BACK]
    right = ask(pin=f"{ended.pin[:4]} {ended.pin[4:]}")
    assert [request.proof for request in requests(site)] == [Proof.PIN]
    assert right.text == wrong.text == nothing.text
    assert actions(site, ended.share_id).count("link_asked") == 2


def test_only_five_pins_are_ever_checked_as_a_proof(site: Site, ended: service.NewKey, ask: Ask) -> None:
    """F-01, F-02: the worklist is no way round the freeze."""
    for number in range(1, 6):
        ask(pin=wrong_pin(ended.pin, number))
    assert ask(pin=ended.pin).status_code == 200
    (request,) = requests(site)
    assert (request.proof, request.tries) == (Proof.CALL_BACK, 5)


@pytest.mark.parametrize(
    "fields", [{"pin": "abc"}, {"call_back": "call\r\nBcc: me"}, {"call_back": "1" * 41}]
)
def test_what_cannot_be_a_pin_or_a_number_is_told(
    site: Site, ended: service.NewKey, ask: Ask, fields: dict[str, str]
) -> None:
    answer = ask(**fields)
    assert answer.status_code == 400
    assert "A PIN has eight digits." in answer.text
    assert requests(site) == []


def test_a_link_that_still_opens_leads_back_to_its_page(site: Site, key: service.NewKey, ask: Ask) -> None:
    assert ask().location == f"/s/{key.token}"
    assert requests(site) == []


def test_a_frozen_link_can_be_asked_for_too(site: Site, key: service.NewKey, ask: Ask) -> None:
    with site.sessions.begin() as session:
        session.get_one(ShareKey, key.key_id).frozen_at = site.now()
    assert ask(pin=key.pin).status_code == 200
    assert [request.proof for request in requests(site)] == [Proof.PIN]


def test_an_unknown_link_and_a_foreign_page_ask_for_nothing(
    site: Site, client: FlaskClient, ended: service.NewKey
) -> None:
    assert client.post(f"/s/{site.signer.new()[0]}/ask").status_code == 404
    foreign = client.post(f"/s/{ended.token}/ask", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert requests(site) == []


def test_the_desk_sees_who_waits_and_renews_in_one_click(
    app: Flask, site: Site, organisation: Organisation, desk: Browser, ended: service.NewKey, ask: Ask
) -> None:
    ask(pin=ended.pin)
    page = desk.get("/shares?state=asked").text
    for told in ("Asked for (1)", "The old PIN was given", "RAD-118"):
        assert told in page
    made = desk.post(f"/shares/{ended.share_id}/renew", channel="telephone")
    assert made.status_code == 200
    assert "The link is made" in made.text
    assert state(site, organisation, ended.share_id) is ShareState.LIVE
    assert [request.state for request in requests(site)] == [RequestState.RENEWED]
    assert "Asked for (1)" not in desk.get("/shares").text
    assert app.test_client().get(f"/s/{ended.token}").status_code == 410, "the old slip stays closed"
    thread = actions(site, ended.share_id)
    assert [a for a in thread if "key" not in a and a != "link_asked"] == [
        "share_created",
        "share_extended",
        "link_request_settled",
    ]


def test_every_page_of_the_desk_tells_that_somebody_waits_for_a_link(
    app: Flask, site: Site, desk: Browser, ended: service.NewKey, ask: Ask
) -> None:
    told = '1<span class="visually-hidden"> waiting for a new link</span>'
    elsewhere = Browser.of(app, site, a_member(site, an_organisation(site), email="else@test.example"))
    assert told not in desk.get("/discs").text
    ask()
    assert told in desk.get("/discs").text
    assert told not in elsewhere.get("/discs").text
    desk.post(f"/shares/{ended.share_id}/close-request")
    assert told not in desk.get("/discs").text


def test_the_desk_can_close_a_request(site: Site, desk: Browser, ended: service.NewKey, ask: Ask) -> None:
    ask()
    assert desk.post(f"/shares/{ended.share_id}/close-request").status_code == 303
    assert [request.state for request in requests(site)] == [RequestState.CLOSED]
    ask()
    assert [request.state for request in requests(site)] == [RequestState.CLOSED, RequestState.OPEN]


def test_what_was_closed_for_good_is_not_renewed(
    site: Site, organisation: Organisation, desk: Browser, ended: service.NewKey
) -> None:
    desk.post(f"/shares/{ended.share_id}/revoke")
    assert desk.post(f"/shares/{ended.share_id}/renew", channel="slip").status_code == 403
    assert state(site, organisation, ended.share_id) is ShareState.REVOKED
