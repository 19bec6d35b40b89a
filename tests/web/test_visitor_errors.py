"""What a visitor reads when the viewer cannot go on: the link page's layout and language, never staff's."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.shares import service
from app.site import Site
from tests import factories
from tests.asked import Sender, a_request
from tests.conftest import Clock
from tests.staff import an_organisation


@pytest.fixture
def new(site: Site, organisation: Organisation, client: FlaskClient) -> service.NewKey:
    """A share with a visit to it."""
    key = factories.a_share(site, organisation, factories.a_disc(site, organisation))
    client.post(f"/s/{key.token}", data={"pin": key.pin})
    return key


def test_an_ended_visit_says_what_to_do(client: FlaskClient, new: service.NewKey, clock: Clock) -> None:
    clock.advance(hours=4)
    answer = client.get(f"/view/{new.share_id}", headers={"Accept": "text/html", "Accept-Language": "es"})
    assert answer.status_code == 410
    assert "<h1>Ha pasado un rato</h1>" in answer.text
    assert "Abra de nuevo su enlace y ponga su PIN." in answer.text
    assert "Virtual CD</title>" not in answer.text


def test_an_ended_share_names_whom_to_ask(
    site: Site, organisation: Organisation, client: FlaskClient, new: service.NewKey
) -> None:
    with site.sessions.begin() as session:
        service.revoke(session, organisation.id, new.share_id, by=OPERATOR, user_id=None, now=site.now())
    answer = client.get(f"/view/{new.share_id}", headers={"Accept": "text/html"})
    assert answer.status_code == 410
    assert "Ask Test Hospital for a new one." in answer.text
    assert 'href="tel:+15550100"' in answer.text


def test_where_several_hospitals_live_an_ended_visit_still_names_its_own(
    app: Flask, site: Site, organisation: Organisation, client: FlaskClient, new: service.NewKey, clock: Clock
) -> None:
    an_organisation(site)
    sender = Sender.of(app, a_request(site, organisation))
    clock.advance(hours=4)
    for page in (client.get(f"/view/{new.share_id}", headers={"Accept": "text/html"}), sender.page()):
        assert page.status_code == 410
        assert "Test Hospital" in page.text
        assert 'href="tel:+15550100"' in page.text
    stranger = app.test_client().get(f"/view/{new.share_id}", headers={"Accept": "text/html"})
    assert "Test Hospital" not in stranger.text


def test_a_sender_whose_browser_was_closed_is_told_what_to_do(
    site: Site, organisation: Organisation, client: FlaskClient
) -> None:
    key = a_request(site, organisation)
    spanish = {"Accept": "text/html", "Accept-Language": "es"}
    pages = [client.get(f"/send/{one}", headers=spanish) for one in (key.request_id, "nothing")]
    assert [page.status_code for page in pages] == [404, 404]
    assert "Abra de nuevo su enlace y ponga su PIN." in pages[0].text
    assert pages[0].text == pages[1].text, "whether there is such a request is not told"


def test_strangers_and_programs_get_their_own_answer(app_client: FlaskClient, new: service.NewKey) -> None:
    page = app_client.get(f"/view/{new.share_id}", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "Open your link again and enter your PIN." in page.text, (
        "their browser may have been closed meanwhile"
    )
    assert 'href="/go"' in page.text
    data = app_client.get(f"/view/{new.share_id}/manifest.json", headers={"Accept": "application/json"})
    assert (data.status_code, data.mimetype) == (404, "application/problem+json")


@pytest.fixture
def app_client(client: FlaskClient) -> FlaskClient:
    """A client without cookies."""
    stranger: FlaskClient = client.application.test_client()
    return stranger
