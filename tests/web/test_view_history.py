"""A visitor's own history: what became of their code, in plain words, and nothing of anybody else's."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Addresses, Organisation
from app.audit import Action
from app.shares import service
from app.shares.attempts import REASONS
from app.shares.history import Event, shortened
from app.shares.models import Share
from app.shares.states import ENDED
from app.site import Site
from app.studies.models import Instance
from app.web import view_history
from tests import viewing
from tests.conftest import Clock
from tests.documents import PDF
from tests.factories import a_disc, a_key, a_share, an_attachment, wrong_pin
from tests.staff import Browser, a_member


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def key(site: Site, organisation: Organisation) -> service.NewKey:
    disc_id = a_disc(site, organisation, slices=1)
    viewing.show(site, disc_id)
    return a_share(site, organisation, disc_id, allow=("view", "download", "give"))


@pytest.fixture
def patient(app: Flask, key: service.NewKey) -> FlaskClient:
    client = app.test_client()
    viewing.enter(client, key)
    return client


def told(client: FlaskClient, key: service.NewKey, **options: str) -> list[str]:
    """Return the history's lines, the newest first."""
    page = client.get(f"/view/{key.share_id}/history", query_string=options).text
    return re.findall(r"<li[^>]*>\s*<strong>(.*?)</strong>", page)


def look(client: FlaskClient, key: service.NewKey) -> None:
    series = client.get(f"/view/{key.share_id}/manifest.json").json["studies"][0]["series"][0]  # type: ignore[index]
    assert client.get(series["instances"][0]["frames"][0]["url"]).data


def test_what_happened_is_told_in_plain_words(app: Flask, patient: FlaskClient, key: service.NewKey) -> None:
    look(patient, key)
    assert patient.get(f"/view/{key.share_id}/bundle.zip").data
    app.test_client().post(f"/s/{key.token}", data={"pin": wrong_pin(key.pin)})
    lines = told(patient, key)
    assert lines[0] == "Not opened: the PIN was wrong"
    assert re.fullmatch(r"A copy was saved, [\d.]+ kB", lines[1])
    assert lines[2:] == ["Looked at CT of the chest: Axial", "Opened", "Your link was made"]


def test_one_file_that_was_saved_is_told_to_both_sides(
    app: Flask, site: Site, organisation: Organisation, key: service.NewKey
) -> None:
    with site.sessions() as session:
        disc_id = session.get_one(Share, key.share_id).disc_id
    attachment_id = an_attachment(site, disc_id, PDF)
    with_report = a_share(site, organisation, disc_id)
    client = app.test_client()
    view = viewing.enter(client, with_report)
    with site.sessions() as session:
        instance_id = session.scalars(select(Instance.id)).first()
    for address in (f"attachments/{attachment_id}/original", f"instances/{instance_id}"):
        with client.get(f"{view}/{address}") as answer:
            assert answer.data
    assert told(client, with_report)[:2] == ["One file was saved"] * 2
    desk = Browser.of(app, site, a_member(site, organisation))
    page = desk.get(f"/shares/{with_report.share_id}").text
    assert page.count("One file saved") == 2
    assert "Download begun" not in page


def test_a_broken_off_copy_is_told_as_such(patient: FlaskClient, key: service.NewKey) -> None:
    answer = patient.get(f"/view/{key.share_id}/bundle.zip", buffered=False)
    next(answer.iter_encoded())
    answer.close()
    assert told(patient, key)[0].startswith("A copy was broken off after ")


@pytest.mark.parametrize(("language", "said"), [("de", "Geöffnet"), ("es", "Abierto"), ("en", "Opened")])
def test_it_speaks_the_visitors_language(
    patient: FlaskClient, key: service.NewKey, language: str, said: str
) -> None:
    assert told(patient, key, lang=language)[0] == said


def test_the_giver_sees_what_became_of_the_code_and_the_doctor_only_their_own(
    app: Flask, site: Site, organisation: Organisation, patient: FlaskClient, key: service.NewKey
) -> None:
    look(patient, key)
    given = patient.post(f"/view/{key.share_id}/give", headers={"Accept": "application/json"}).json
    assert given
    doctor = app.test_client()
    token = given["url"].rpartition("/")[2]
    assert doctor.post(f"/s/{token}", data={"pin": given["pin"]}).status_code == 303
    assert told(doctor, key) == ["Opened", "A code for a doctor was made"]
    page = patient.get(f"/view/{key.share_id}/history").text
    assert "with the code that you gave on" in page
    assert told(patient, key)[:2] == ["Opened", "A code for a doctor was made"]
    desk = Browser.of(app, site, a_member(site, organisation))
    assert "Passed on by the visitor" in desk.get(f"/shares/{key.share_id}").text


def test_other_ways_into_the_same_share_are_other_peoples(
    app: Flask, site: Site, organisation: Organisation, patient: FlaskClient, key: service.NewKey
) -> None:
    """I-02: a specialist's key tells the patient nothing, and the patient's tells the specialist nothing."""
    with site.sessions.begin() as session:
        other = a_key(session, site, key.share_id, channel="mail")
    specialist = app.test_client()
    viewing.enter(specialist, other)
    assert told(specialist, key) == ["Opened", "Your link was made"]
    assert len(told(patient, key)) == 2


@pytest.mark.parametrize(
    ("policy", "to_staff", "to_visitors"),
    [
        (Addresses.NETWORK, "127.0.0.x", "127.0.0.x"),
        (Addresses.FULL, "127.0.0.1", "127.0.0.x"),
        (Addresses.NONE, "", ""),
    ],
)
def test_addresses_are_shown_as_the_organisation_wants(
    app: Flask,
    site: Site,
    organisation: Organisation,
    patient: FlaskClient,
    key: service.NewKey,
    policy: str,
    to_staff: str,
    to_visitors: str,
) -> None:
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).addresses = policy
    desk = Browser.of(app, site, a_member(site, organisation))
    for client, address, expected in (
        (desk.client, f"/shares/{key.share_id}", to_staff),
        (patient, f"/view/{key.share_id}/history", to_visitors),
    ):
        found = set(re.findall(r"from (127[^<\s]*)", client.get(address).text))
        assert found == ({expected} if expected else set())


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.x"), ("2001:db8:1:2::7", "2001:db8:1::/48"), (None, ""), ("unknown", "")],
)
def test_a_shortened_address_names_no_household(address: str | None, network: str) -> None:
    assert shortened(address) == network


def test_several_looks_of_one_visit_at_a_study_are_one_line(
    app: Flask, site: Site, organisation: Organisation, clock: Clock
) -> None:
    disc_id = a_disc(site, organisation, slices=3)
    viewing.show(site, disc_id)
    key = a_share(site, organisation, disc_id)
    client = app.test_client()
    viewing.enter(client, key)
    look(client, key)
    look(client, key)
    clock.advance(minutes=1)
    again = app.test_client()
    viewing.enter(again, key)
    look(again, key)
    assert told(client, key).count("Looked at CT of the chest: Axial") == 2


def test_every_reason_for_a_denial_has_words(app: Flask) -> None:
    """What is written as a reason anywhere in the product can be told."""
    written = {*REASONS.values(), *map(str, ENDED), "not_allowed", "too_many_at_once"}
    with app.test_request_context("/view/x/history"):
        for reason in written:
            for action in (Action.OPEN_DENIED, Action.DOWNLOAD_DENIED):
                event = Event(None, action, "", True, None, "", {"reason": reason})  # type: ignore[arg-type]
                assert view_history.words(event, {}, {})
