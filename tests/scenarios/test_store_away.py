"""A store that is away: who needs it just then reads that nothing is lost, programs when to come back."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Organisation
from app.config import Config
from app.site import Site, make_store
from app.web import create_app
from app.web.errors import AWAY, TITLES
from tests import viewing
from tests.documents import PDF
from tests.factories import a_disc, a_share, an_attachment
from tests.ports import free_port


@pytest.fixture
def app(config: Config, site: Site, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The product before a bucket whose server refuses connections."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    away = make_store(f"s3://bucket?endpoint=http://127.0.0.1:{free_port()}&region=us-east-1")
    return create_app(config, replace(site, store=away))


@pytest.fixture
def address(client: FlaskClient, site: Site, organisation: Organisation) -> str:
    """Where a visitor reads a report."""
    disc_id = a_disc(site, organisation, slices=1)
    attachment_id = an_attachment(site, disc_id, PDF, title="Chest, final report")
    return f"{viewing.enter(client, a_share(site, organisation, disc_id))}/attachments/{attachment_id}"


def test_a_visitor_reads_in_their_language_that_nothing_is_lost(client: FlaskClient, address: str) -> None:
    answer = client.get(address, headers={"Accept": "text/html", "Accept-Language": "de"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "120")
    assert "<h1>Der Speicher ist nicht erreichbar</h1>" in answer.text
    assert "Nichts ist verloren. Versuchen Sie es in einigen Minuten noch einmal" in answer.text


def test_a_program_is_told_when_to_come_back(client: FlaskClient, address: str) -> None:
    answer = client.get(address, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "120")
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json() == {"type": "about:blank", "title": TITLES[503], "status": 503, "detail": AWAY}
