"""The viewer's routes: what a visitor gets, and that nobody else gets anything."""

import gzip
import json
import re
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.dicom import unshown
from app.shares import service
from app.shares.orders import NewKey
from app.site import Site
from app.storage import keys
from app.studies.models import DiscPatient, DisplayState, Instance, Original
from tests import viewing
from tests.conftest import Clock
from tests.factories import a_disc, a_share, ct_bytes, ramp


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    disc_id = a_disc(site, organisation, slices=3)
    viewing.show(site, disc_id)
    return disc_id


@pytest.fixture
def key(site: Site, organisation: Organisation, disc_id: str) -> NewKey:
    return a_share(site, organisation, disc_id)


@pytest.fixture
def view(client: FlaskClient, key: NewKey) -> str:
    """The viewer's address, opened with the PIN."""
    return viewing.enter(client, key)


def get(client: FlaskClient, address: str, **options: Any) -> TestResponse:
    """Ask and read to the end, as a browser does."""
    return client.get(address, buffered=True, **options)


def manifest_of(client: FlaskClient, view: str) -> dict[str, Any]:
    answer = get(client, f"{view}/manifest.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def entries(client: FlaskClient, view: str) -> list[dict[str, Any]]:
    [study] = manifest_of(client, view)["studies"]
    [series] = study["series"]
    instances: list[dict[str, Any]] = series["instances"]
    return instances


def addresses(client: FlaskClient, view: str) -> list[str]:
    entry = entries(client, view)[0]
    return [view, f"{view}/manifest.json", entry["frames"][0]["url"], entry["preview"], entry["original"]]


def actions(site: Site) -> list[str]:
    with site.sessions() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def test_the_page_holds_name_birth_date_preview_and_manifest(client: FlaskClient, view: str) -> None:
    page = get(client, view).get_data(as_text=True)
    assert "Patient Test" in page
    assert "3 May 1961" in page
    inline = re.search(r'id="manifest">(.*?)</script>', page, re.DOTALL)
    assert inline is not None
    told = json.loads(inline[1])
    assert f'src="{told["first"]["preview"]}"' in page
    assert told["studies"] == manifest_of(client, view)["studies"]


def test_the_page_is_sent_gzipped_and_never_kept(client: FlaskClient, view: str) -> None:
    answer = get(client, view, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"Patient Test" in gzip.decompress(answer.data)


def test_a_script_in_a_description_stays_text(
    client: FlaskClient, site: Site, disc_id: str, view: str
) -> None:
    evil = "</script><script>alert(1)</script><!--"
    with site.sessions.begin() as session:
        instance = session.query(Instance).filter_by(disc_id=disc_id, number=1).one()
        instance.series.description = instance.series.study.patient.name = evil
    page = get(client, view).get_data(as_text=True)
    assert "<script>alert" not in page
    assert manifest_of(client, view)["studies"][0]["series"][0]["description"] == evil


def test_a_frame_is_the_stored_values_of_its_original(client: FlaskClient, view: str) -> None:
    for number, entry in enumerate(entries(client, view), 1):
        frame = entry["frames"][0]
        answer = get(client, frame["url"], headers={"Accept-Encoding": "identity"})
        assert answer.headers["Cache-Control"] == "no-store"
        if frame["encoding"] == "htj2k":
            values = imagecodecs.htj2k_decode(answer.data)
        else:
            values = np.frombuffer(answer.data, "<i2").reshape(entry["rows"], entry["columns"])
        assert np.array_equal(values, ramp(number, 16))


def test_a_preview_is_a_webp(client: FlaskClient, view: str) -> None:
    answer = get(client, entries(client, view)[0]["preview"])
    assert answer.mimetype == "image/webp"
    assert answer.data[8:12] == b"WEBP"


@pytest.mark.parametrize("index", [1, 10**9])
def test_there_is_no_frame_after_the_last(client: FlaskClient, view: str, index: int) -> None:
    first = entries(client, view)[0]["frames"][0]["url"]
    assert get(client, first.replace("/0", f"/{index}")).status_code == 404


def test_an_original_comes_as_it_was_received(client: FlaskClient, site: Site, view: str) -> None:
    answer = get(client, entries(client, view)[0]["original"])
    assert answer.data == ct_bytes(1)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert actions(site)[-1] == "downloaded"


@pytest.mark.parametrize("accepts", ["gzip", "identity"])
def test_an_original_kept_as_gzip_comes_whole_to_every_client(
    client: FlaskClient, site: Site, disc_id: str, view: str, accepts: str
) -> None:
    with site.sessions.begin() as session:
        instance = session.query(Instance).filter_by(disc_id=disc_id, number=1).one()
        original = session.get_one(Original, (instance.organisation_id, instance.sha256))
        original.encoding = "gzip"
        key = keys.original(instance.organisation_id, instance.sha256)
    site.store.put(key, BytesIO(gzip.compress(ct_bytes(1), mtime=0)))
    answer = get(client, entries(client, view)[0]["original"], headers={"Accept-Encoding": accepts})
    assert (gzip.decompress(answer.data) if accepts == "gzip" else answer.data) == ct_bytes(1)
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_link_for_looking_only_gives_no_original(
    client: FlaskClient, site: Site, organisation: Organisation, disc_id: str
) -> None:
    view = viewing.enter(client, a_share(site, organisation, disc_id, allow=["view"]))
    entry = entries(client, view)[0]
    assert entry["original"] is None
    assert get(client, f"{view}/instances/{entry['id']}").status_code == 403
    assert "bundle.zip" not in get(client, view).get_data(as_text=True)
    assert actions(site)[-1] == "download_denied"


@pytest.mark.parametrize("allow", [["view"], ["view", "download"]])
def test_only_who_may_download_is_told_that_a_picture_not_shown_can_be(
    client: FlaskClient, site: Site, organisation: Organisation, disc_id: str, allow: list[str]
) -> None:
    with site.sessions.begin() as session:
        instance = session.query(Instance).filter_by(disc_id=disc_id, number=1).one()
        instance.display_state, instance.display_reason = DisplayState.NOT_SHOWN, unshown.DAMAGED
    page = get(client, viewing.enter(client, a_share(site, organisation, disc_id, allow=allow)))
    words = re.search(r'<script type="application/json" id="words">(.*?)</script>', page.text, re.DOTALL)
    assert words
    said = json.loads(words[1])[unshown.DAMAGED]
    assert said.startswith("Its picture is damaged")
    assert ("downloaded" in said) == ("download" in allow)


def test_a_stranger_gets_nothing(app: Flask, client: FlaskClient, view: str) -> None:
    stranger = app.test_client()
    assert {get(stranger, address).status_code for address in addresses(client, view)} == {404}
    assert stranger.post(f"{view}/leave").status_code in (400, 404)


def test_a_visitor_of_another_share_gets_nothing(
    app: Flask, client: FlaskClient, site: Site, organisation: Organisation, view: str
) -> None:
    other_disc = a_disc(site, organisation, slices=1)
    viewing.show(site, other_disc)
    visitor = app.test_client()
    own = viewing.enter(visitor, a_share(site, organisation, other_disc))
    foreign = entries(client, view)[0]
    assert {get(visitor, address).status_code for address in addresses(client, view)} == {404}
    mixed = [
        f"{own}/frames/{foreign['id']}/0",
        f"{own}/previews/{foreign['id']}.webp",
        f"{own}/instances/{foreign['id']}",
    ]
    assert {get(visitor, address).status_code for address in mixed} == {404}


def test_a_revoked_share_is_gone_at_once(
    client: FlaskClient, site: Site, organisation: Organisation, key: NewKey, view: str
) -> None:
    asked = addresses(client, view)
    with site.sessions.begin() as session:
        service.revoke(session, organisation.id, key.share_id, by=OPERATOR, user_id=None, now=site.now())
    assert {get(client, address).status_code for address in asked} == {410}


def test_an_expired_share_is_gone(client: FlaskClient, clock: Clock, view: str) -> None:
    asked = addresses(client, view)
    clock.advance(days=14)
    assert {get(client, address).status_code for address in asked} == {410}


def test_a_look_is_logged_once_a_study_and_visit(
    client: FlaskClient, site: Site, key: NewKey, view: str
) -> None:
    get(client, view)
    assert "viewed" not in actions(site)
    for entry in entries(client, view):
        get(client, entry["frames"][0]["url"])
    assert actions(site).count("viewed") == 1
    viewing.enter(client, key)
    get(client, entries(client, view)[0]["frames"][0]["url"])
    assert actions(site).count("viewed") == 2


def test_leaving_ends_the_visit(app: Flask, client: FlaskClient, view: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    asked = addresses(client, view)
    kept = client._cookies
    assert kept is not None
    cookie = next(iter(kept.values()))
    answer = client.post(f"{view}/leave")
    assert answer.status_code == 200
    assert "cache" in answer.headers["Clear-Site-Data"]
    kept[cookie._storage_key] = cookie
    assert {get(client, address).status_code for address in asked} == {410}


def test_leaving_takes_a_token_that_only_our_page_has(client: FlaskClient, view: str) -> None:
    assert client.post(f"{view}/leave").status_code == 400
    assert get(client, view).status_code == 200


def test_a_document_is_served_inert_to_whoever_may_look_and_to_nobody_else(
    client: FlaskClient, site: Site, organisation: Organisation, disc_id: str, view: str
) -> None:
    with site.sessions.begin() as session:
        instance = session.query(Instance).filter_by(disc_id=disc_id, number=1).one()
        instance.display_state, instance.display_reason = DisplayState.NOT_SHOWN, "This is a report."
        instance.display = {"document": {"kind": "pdf", "size": 5}}
        instance_id, key = instance.id, keys.display_frame(instance.organisation_id, instance.sha256, 0)
    site.store.put(key, BytesIO(b"%PDF-"))
    address = f"{view}/documents/{instance_id}"
    answer = get(client, address)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"%PDF-", "application/pdf")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'self'"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "viewed" in " ".join(actions(site))
    assert get(client, address.replace(instance_id, entries(client, view)[1]["id"])).status_code == 404
    other = viewing.enter(client, a_share(site, organisation, a_disc(site, organisation, slices=1)))
    assert get(client, f"{other}/documents/{instance_id}").status_code == 404
    assert get(client.application.test_client(), address).status_code in (401, 403, 404)


def test_how_many_images_there_are_is_told_in_the_visitors_language(client: FlaskClient, view: str) -> None:
    page = get(client, view, headers={"Accept-Language": "de"}).get_data(as_text=True)
    assert "Alle 3 Bilder vorhanden" in page


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "no birth date"), ("de", "kein Geburtsdatum"), ("fr", "date de naissance absente")],
)
def test_a_person_without_a_birth_date_is_said_to_have_none(
    client: FlaskClient, site: Site, view: str, language: str, said: str
) -> None:
    with site.sessions.begin() as session:
        session.execute(update(DiscPatient).values(birth_date=""))
    page = get(client, view, headers={"Accept-Language": language}).get_data(as_text=True)
    told = re.search(r'<p class="born">([^<·]*)', page)
    assert told is not None
    assert told[1].strip() == said
