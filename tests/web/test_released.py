"""What an emergency release and a corrected identity look like to whoever holds the link."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.ingest.decisions import decide
from app.shares.models import Purpose, ShareKey
from app.shares.visits import begin_visit
from app.site import Site
from app.studies.models import Disc, DiscPatient
from tests.factories import a_share, ct_series, imported_disc

SAID = "Not checked yet whose images these are. Expected: Other Sample, born 8 May 1961. "
FOUND = "In the images: Patient Test, born 3 May 1961, TEST-1. Call back: Dr Test."


@pytest.fixture
def disc_id(site: Site, organisation: Organisation, tmp_path: Path) -> str:
    ct_series(tmp_path, 1)
    return imported_disc(site, organisation, tmp_path, name="Other Sample", birth_date=date(1961, 5, 8))


def visitor(app: Flask, site: Site, organisation: Organisation, disc_id: str, **order: Any) -> FlaskClient:
    """Return a browser that has opened a link of the disc; ``order`` says what kind of link."""
    key = a_share(site, organisation, disc_id, days=6, **order)
    client = app.test_client()
    with site.sessions.begin() as session:
        secret = begin_visit(session, session.get_one(ShareKey, key.key_id), site.now())
    client.set_cookie(f"v-{key.share_id}", secret)
    client.environ_base["share"] = f"/view/{key.share_id}"
    return client


def test_both_identities_stand_on_the_picture_and_in_the_bundle(
    app: Flask, site: Site, organisation: Organisation, disc_id: str
) -> None:
    order = {"purpose": Purpose.EMERGENCY, "released_because": "stroke", "call_back": "Dr Test"}
    client = visitor(app, site, organisation, disc_id, **order)
    view = client.environ_base["share"]
    page = client.get(view).text
    assert f'<p class="unmatched">{SAID}{FOUND}</p>' in page
    told = client.get(f"{view}/manifest.json").json
    assert told is not None
    assert told["unmatched"] == {
        "expected": {"name": "Other Sample", "birth_date": "1961-05-08", "patient_id": ""},
        "found": {"name": "Patient Test", "birth_date": "1961-05-03", "patient_id": "TEST-1"},
        "call_back": "Dr Test",
    }
    bundle = ZipFile(BytesIO(client.get(f"{view}/bundle.zip").data))
    for name in ("README.TXT", "INDEX.HTM"):
        text = bundle.read(name).decode()
        for said in ("Other Sample, 8 May 1961", "Test, Patient, 3 May 1961, TEST-1", "Dr Test"):
            assert said in text, (name, said)


def test_a_corrected_patient_is_told_by_both_names(
    app: Flask, site: Site, organisation: Organisation, disc_id: str
) -> None:
    with site.sessions.begin() as session:
        key = session.query(DiscPatient).filter_by(disc_id=disc_id).one().id
        disc = session.get_one(Disc, disc_id)
        decide(
            session,
            disc,
            keep=None,
            as_expected=[key],
            because="test",
            by=OPERATOR,
            user_id=None,
            now=site.now(),
        )
    client = visitor(app, site, organisation, disc_id)
    view = client.environ_base["share"]
    page = client.get(view).text
    assert "Other Sample</h1>" in page
    assert "In the images: Patient Test, born 3 May 1961, TEST-1" in page
    assert "unmatched" not in page.split("<script")[0]
    readme = ZipFile(BytesIO(client.get(f"{view}/bundle.zip").data)).read("README.TXT").decode()
    told = "According to Test Hospital the patient is Other Sample, 8 May 1961, TEST-1."
    assert told in " ".join(readme.split())


def test_other_links_say_nothing_of_it(
    app: Flask, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1)
    client = visitor(app, site, organisation, imported_disc(site, organisation, tmp_path))
    view = client.environ_base["share"]
    told = client.get(f"{view}/manifest.json").json
    assert told is not None
    assert (told["unmatched"], told["patient"]["in_images"]) == (None, None)
    assert 'class="unmatched"' not in client.get(view).text
