"""Links for looking only, where the organisation wants their pictures reduced: no exact value leaves."""

import re
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.dicom import blobs
from app.shares import service
from app.site import Site
from app.storage import keys
from app.studies.models import DisplayState, Instance
from tests import viewing
from tests.factories import a_disc, a_series, a_share

SIDE = 700


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    """A small picture, a large one, and a large one in colour."""
    disc_id = a_disc(site, organisation, slices=1)
    shades = np.linspace(0, 255, SIDE).astype(np.uint8)
    colours = np.stack([*np.meshgrid(shades, shades), np.full((SIDE, SIDE), 128, np.uint8)], axis=2)
    values = (np.add.outer(np.arange(SIDE), np.arange(SIDE)) - 500).astype("<i2")
    a_series(site, disc_id, slices=1, SeriesInstanceUID="2.25.1", side=SIDE, PixelData=values.tobytes())
    a_series(
        site,
        disc_id,
        slices=1,
        SeriesInstanceUID="2.25.2",
        side=SIDE,
        SamplesPerPixel=3,
        PhotometricInterpretation="RGB",
        PlanarConfiguration=0,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        PixelData=colours.tobytes(),
    )
    viewing.show(site, disc_id)
    return disc_id


@pytest.fixture
def reducing(site: Site, organisation: Organisation) -> None:
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).reduces_viewing = True


def get(client: FlaskClient, address: str) -> TestResponse:
    return client.get(address, buffered=True)


def manifest_of(client: FlaskClient, view: str) -> dict[str, Any]:
    found: dict[str, Any] = get(client, f"{view}/manifest.json").get_json()
    return found


def entries(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the instances, the largest first."""
    [study] = manifest["studies"]
    found = [entry for series in study["series"] for entry in series["instances"]]
    return sorted(found, key=lambda entry: (-entry["rows"], entry["frames"][0]["samples"]))


def exact_bytes(site: Site, instance: Instance) -> list[bytes]:
    """Return the original and the display frames of an instance, as they are kept."""
    owner, sha256 = instance.organisation_id, instance.sha256
    frames = range(len(blobs.stored(instance.display or {})))
    found = []
    for key in (keys.original(owner, sha256), *(keys.display_frame(owner, sha256, one) for one in frames)):
        with site.store.open(key) as file:
            found.append(file.read())
    return found


@pytest.fixture
def looking(client: FlaskClient, site: Site, organisation: Organisation, disc_id: str, reducing: None) -> str:
    """The viewer of a link without download."""
    return viewing.enter(client, a_share(site, organisation, disc_id, allow=["view"]))


def test_no_exact_value_leaves_by_any_address(
    app: Flask, client: FlaskClient, site: Site, looking: str, disc_id: str
) -> None:
    share_id = looking.rpartition("/")[2]
    with site.sessions() as session:
        instance = session.query(Instance).filter_by(disc_id=disc_id, rows=16).one()
        values = {
            "share_id": share_id,
            "instance_id": instance.id,
            "attachment_id": "none",
            "index": 0,
            "note_id": "none",
        }
        secret = [
            data
            for one in session.query(Instance).filter_by(disc_id=disc_id)
            for data in exact_bytes(site, one)
        ]
    answers = {}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/view/") or "GET" not in (rule.methods or ()):
            continue
        with app.test_request_context():
            bound = app.url_map.bind("localhost")
            address = bound.build(rule.endpoint, {name: values[name] for name in rule.arguments})
        answer = get(client, str(address))
        answers[rule.endpoint] = answer.status_code
        assert not any(data[-4000:] in answer.data for data in secret), rule.endpoint
    assert {name for name, status in answers.items() if status == 403} == {
        "view.frame",
        "view.original",
        "view_give.ask",
        "view_notes.show",
        "view_compatible.page",
        "view_papers.attachment_original",
        "view_papers.report",
        "bundles.bundle_zip",
        "bundles.bundle_iso",
        "takes.pictures_zip",
        "takes.pictures_pdf",
    }
    assert answers["view.reduced_frame"] == answers["view.preview"] == 200


def test_what_is_sent_instead_is_small_lossy_and_as_the_picture_is_first_shown(
    client: FlaskClient, looking: str
) -> None:
    for entry, side in zip(entries(manifest_of(client, looking)), (512, 512, 16), strict=True):
        [frame] = entry["frames"]
        answer = get(client, frame["url"])
        assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/jpeg", "no-store")
        image = Image.open(BytesIO(answer.data))
        assert image.format == "JPEG"
        assert image.size == (entry["columns"], entry["rows"]) == (side, side)
        assert {1: "L", 3: "RGB"}[frame["samples"]] == image.mode
        preview = Image.open(BytesIO(get(client, entry["preview"]).data)).convert(image.mode)
        difference = np.abs(np.asarray(image, np.int16) - np.asarray(preview, np.int16))
        assert difference.mean() < 6


def test_the_manifest_tells_of_no_exact_value_and_keeps_lengths_true(
    client: FlaskClient, app: Flask, site: Site, organisation: Organisation, disc_id: str, looking: str
) -> None:
    told = manifest_of(client, looking)
    whole = app.test_client()
    exact = manifest_of(whole, viewing.enter(whole, a_share(site, organisation, disc_id)))
    assert (told["reduced"], exact["reduced"]) == (True, False)
    assert told["organisation"]["measuring"] is told["organisation"]["reslicing"] is False
    assert told["tables"] == {}
    for entry, before in zip(entries(told), entries(exact), strict=True):
        assert entry["reduced"]
        assert entry["lossy"]
        assert entry["unit"] == ""
        assert entry["rescale"] == {"slope": 1, "intercept": 0}
        assert entry["original"] is None
        across, was = entry["plane"]["spacing"][1], before["plane"]["spacing"][1]
        assert across * entry["columns"] == pytest.approx(was * before["columns"])
    assert "/frames/" not in get(client, looking).text


def test_a_key_that_may_download_sees_every_picture_exactly(
    client: FlaskClient, site: Site, organisation: Organisation, disc_id: str, reducing: None
) -> None:
    view = viewing.enter(client, a_share(site, organisation, disc_id))
    told = manifest_of(client, view)
    assert [frame["encoding"] for entry in entries(told) for frame in entry["frames"]] != ["jpeg"] * 3
    assert {get(client, entry["frames"][0]["url"]).status_code for entry in entries(told)} == {200}


def test_unless_the_organisation_says_so_looking_only_is_exact(
    client: FlaskClient, site: Site, organisation: Organisation, disc_id: str
) -> None:
    view = viewing.enter(client, a_share(site, organisation, disc_id, allow=["view"]))
    told = manifest_of(client, view)
    assert told["reduced"] is False
    assert get(client, entries(told)[0]["frames"][0]["url"]).status_code == 200


def test_the_page_says_in_every_language_that_pictures_are_reduced(
    app: Flask, site: Site, organisation: Organisation, disc_id: str, reducing: None
) -> None:
    said = {}
    for language in ("en", "es", "de", "fr"):
        client = app.test_client()
        key = a_share(site, organisation, disc_id, allow=["view"])
        page = client.get(
            viewing.enter(client, key), headers={"Accept-Language": language}, buffered=True
        ).text
        assert "not been cleared" in page or language != "en"
        said[language] = re.search(r"<strong>(.+?)</strong>", page)
    texts = {found[1] for found in said.values() if found}
    assert len(texts) == 4
    assert all("Test Hospital" in text for text in texts)


def test_the_exact_picture_that_was_refused_is_in_the_log_and_the_look_at_a_reduced_one_too(
    client: FlaskClient, site: Site, looking: str
) -> None:
    [first, *_] = entries(manifest_of(client, looking))
    assert get(client, f"{looking}/frames/{first['id']}/0").status_code == 403
    assert get(client, first["frames"][0]["url"]).status_code == 200
    with site.sessions() as session:
        told = [
            (entry.action, entry.details.get("right"))
            for entry in session.query(AuditEntry).order_by(AuditEntry.number)
        ]
    assert told[-2:] == [("download_denied", "download"), ("viewed", None)]


def test_no_marks_are_kept_on_reduced_pictures(app: Flask, client: FlaskClient, looking: str) -> None:
    """They lie in the pixels of the exact one."""
    app.config["WTF_CSRF_ENABLED"] = False
    assert "notes" not in manifest_of(client, looking)
    assert client.post(f"{looking}/notes", data={"text": "here", "marks": "{}"}).status_code == 403


def test_there_is_no_reduced_picture_after_the_last(client: FlaskClient, looking: str) -> None:
    [first, *_] = entries(manifest_of(client, looking))
    assert get(client, f"{looking}/reduced/{first['id']}/1.jpg").status_code == 404
    assert get(client, f"{looking}/reduced/{first['id']}/-1.jpg").status_code == 404


def test_a_picture_that_was_lost_is_made_again(client: FlaskClient, site: Site, looking: str) -> None:
    [first, *_] = entries(manifest_of(client, looking))
    with site.sessions() as session:
        instance = session.get_one(Instance, first["id"])
        site.store.delete(keys.display_folder(instance.organisation_id, instance.sha256))
    answer = get(client, first["frames"][0]["url"])
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    with site.sessions() as session:
        assert session.get_one(Instance, first["id"]).display_state == DisplayState.PENDING


def test_a_patient_gives_no_more_than_they_see(
    client: FlaskClient, app: Flask, site: Site, organisation: Organisation, disc_id: str, reducing: None
) -> None:
    """The key passed on is narrower: what its parent sees reduced it does too."""
    key = a_share(site, organisation, disc_id, allow=["view", "give"])
    viewing.enter(client, key)
    with site.sessions.begin() as session:
        parent = service.find_key(session, site.signer, key.token, site.now())
        cut = service.cut_key(site.signer)
        given = service.give(session, cut, parent, by=OPERATOR, now=site.now())
    doctor = app.test_client()
    told = manifest_of(doctor, viewing.enter(doctor, given))
    assert told["reduced"]
    assert get(doctor, f"/view/{key.share_id}/frames/{entries(told)[0]['id']}/0").status_code == 403
