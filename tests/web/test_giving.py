"""Give to a doctor: one narrower key, a day at most, one level, dead with its parent, seen by the sender."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.shares import service
from app.shares.cut import CutKey
from app.shares.models import Share, ShareKey
from app.site import Site
from app.web import view_give
from tests import viewing
from tests.conftest import Clock
from tests.factories import a_disc, a_share
from tests.staff import Browser, a_member

ALL = ("view", "download", "give")


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def key(site: Site, organisation: Organisation) -> service.NewKey:
    return a_share(site, organisation, a_disc(site, organisation), allow=ALL)


@pytest.fixture
def patient(app: Flask, key: service.NewKey) -> FlaskClient:
    client = app.test_client()
    viewing.enter(client, key)
    return client


def give(client: FlaskClient, key: service.NewKey) -> dict[str, Any]:
    answer = client.post(f"/view/{key.share_id}/give", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    found = answer.json
    assert isinstance(found, dict)
    return found


def doctor(app: Flask, given: dict[str, Any]) -> FlaskClient:
    client = app.test_client()
    token = given["url"].rpartition("/")[2]
    assert client.post(f"/s/{token}", data={"pin": given["pin"]}).status_code == 303
    return client


def test_a_doctor_sees_and_saves_but_cannot_give_on(
    app: Flask, patient: FlaskClient, key: service.NewKey
) -> None:
    visiting = doctor(app, give(patient, key))
    assert visiting.get(f"/view/{key.share_id}").status_code == 200
    assert visiting.get(f"/view/{key.share_id}/give").status_code == 403
    assert visiting.post(f"/view/{key.share_id}/give").status_code == 403


def test_a_doctor_reads_their_own_browsers_language_not_the_patients(
    app: Flask, site: Site, patient: FlaskClient, key: service.NewKey
) -> None:
    with site.sessions.begin() as session:
        session.get_one(Share, key.share_id).language = "es"
    given = give(patient, key)
    english = {"Accept-Language": "en-GB"}
    landing = app.test_client().get(f"/s/{given['url'].rpartition('/')[2]}", headers=english)
    assert '<html lang="en"' in landing.text
    visiting = doctor(app, given)
    assert '<html lang="en"' in visiting.get(f"/view/{key.share_id}", headers=english).text
    assert '<html lang="es"' in patient.get(f"/view/{key.share_id}", headers=english).text


def test_a_dozen_codes_an_hour_are_enough(
    app: Flask, site: Site, patient: FlaskClient, key: service.NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_give, "PACE", parse("2/hour"))
    last = [give(patient, key) for _ in range(2)][-1]
    refused = patient.post(f"/view/{key.share_id}/give", headers={"Accept": "application/json"})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    with site.sessions() as session:
        assert len(session.scalars(select(ShareKey)).all()) == 3
    assert doctor(app, last).get(f"/view/{key.share_id}").status_code == 200, "the last one goes on"


def test_whatever_else_is_sent_along_widens_nothing(
    app: Flask, site: Site, patient: FlaskClient, key: service.NewKey
) -> None:
    """I-09."""
    wishes = {"allow": [*ALL], "expires_at": "2027-06-01T00:00:00Z", "factor": "none", "share_id": "x"}
    given = patient.post(f"/view/{key.share_id}/give", json=wishes).get_json()
    with site.sessions() as session:
        made = session.scalars(select(ShareKey).where(ShareKey.parent_id == key.key_id)).one()
        assert (made.share_id, made.expires_at) == (key.share_id, site.now() + timedelta(hours=24))
    assert doctor(app, given).get(f"/view/{key.share_id}/give").status_code == 403


def test_what_was_not_allowed_is_not_given(app: Flask, site: Site, organisation: Organisation) -> None:
    narrow = a_share(site, organisation, a_disc(site, organisation), allow=("view", "give"))
    client = app.test_client()
    viewing.enter(client, narrow)
    visiting = doctor(app, give(client, narrow))
    assert visiting.get(f"/view/{narrow.share_id}/bundle.zip").status_code == 403


def test_without_the_right_nothing_is_given(app: Flask, site: Site, organisation: Organisation) -> None:
    plain = a_share(site, organisation, a_disc(site, organisation))
    client = app.test_client()
    viewing.enter(client, plain)
    assert client.get(f"/view/{plain.share_id}/give").status_code == 403
    assert client.post(f"/view/{plain.share_id}/give").status_code == 403


@pytest.mark.parametrize(("days", "hours"), [(14, 24), (0.5, 12)])
def test_it_lasts_a_day_and_never_longer_than_what_it_came_from(
    app: Flask, site: Site, organisation: Organisation, clock: Clock, days: float, hours: int
) -> None:
    parent = a_share(site, organisation, a_disc(site, organisation), allow=ALL, days=days)
    client = app.test_client()
    viewing.enter(client, parent)
    given = give(client, parent)
    assert given["expires_at"] == (site.now() + timedelta(hours=hours)).isoformat()
    token = given["url"].rpartition("/")[2]
    clock.advance(hours=hours, seconds=-1)
    assert app.test_client().get(f"/s/{token}").status_code == 200
    clock.advance(seconds=1)
    assert app.test_client().get(f"/s/{token}").status_code == 410


def test_giving_again_closes_what_was_given_before(
    app: Flask, patient: FlaskClient, key: service.NewKey
) -> None:
    first = doctor(app, give(patient, key))
    second = doctor(app, give(patient, key))
    assert first.get(f"/view/{key.share_id}").status_code == 410
    assert second.get(f"/view/{key.share_id}").status_code == 200


def test_of_several_given_at_the_same_moment_one_lives(site: Site, key: service.NewKey) -> None:
    """Two tabs, or a program: a visitor has one key out at a time."""
    cuts = [service.cut_key(site.signer) for _ in range(8)]

    def give(cut: CutKey) -> None:
        with site.sessions.begin() as session:
            service.give(session, cut, session.get_one(ShareKey, key.key_id), by=OPERATOR, now=site.now())

    with ThreadPoolExecutor(len(cuts)) as pool:
        list(pool.map(give, cuts))
    with site.sessions() as session:
        given = session.scalars(select(ShareKey).where(ShareKey.parent_id == key.key_id)).all()
    assert len(given) == len(cuts)
    assert [one.revoked_at for one in given].count(None) == 1


def test_it_dies_with_the_key_and_with_the_share_it_came_from(
    app: Flask, site: Site, organisation: Organisation, patient: FlaskClient, key: service.NewKey
) -> None:
    """T-11."""
    visiting = doctor(app, give(patient, key))
    with site.sessions.begin() as session:
        session.get_one(ShareKey, key.key_id).revoked_at = site.now()
    assert visiting.get(f"/view/{key.share_id}").status_code == 410
    with site.sessions.begin() as session:
        session.get_one(ShareKey, key.key_id).revoked_at = None
        service.revoke(session, organisation.id, key.share_id, by=OPERATOR, user_id=None, now=site.now())
    assert visiting.get(f"/view/{key.share_id}").status_code == 410


def test_the_page_works_without_script_and_hides_the_pin_at_first(
    patient: FlaskClient, key: service.NewKey
) -> None:
    assert "Make the code" in patient.get(f"/view/{key.share_id}/give").text
    made = patient.post(f"/view/{key.share_id}/give").text
    assert "data:image/svg+xml" in made
    assert "<summary>Show the PIN once the page has opened</summary>" in made
    assert "give-digits" in made.split("<summary>")[1]


def test_another_sites_page_gives_nothing(site: Site, patient: FlaskClient, key: service.NewKey) -> None:
    """S-02."""
    answer = patient.post(f"/view/{key.share_id}/give", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    with site.sessions() as session:
        assert len(session.scalars(select(ShareKey)).all()) == 1


def test_the_sender_sees_what_was_given_on(
    app: Flask, site: Site, organisation: Organisation, patient: FlaskClient, key: service.NewKey
) -> None:
    doctor(app, give(patient, key))
    page = Browser.of(app, site, a_member(site, organisation)).get(f"/shares/{key.share_id}").text
    assert "Passed on by the visitor" in page
