"""Asking whether a copy is ours: anybody may, only about what we signed, and nothing is changed by it."""

from hashlib import sha256

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Organisation
from app.bundles import manifest
from app.shares.models import Share
from app.signing import DocumentSigner
from app.site import Site
from tests.factories import a_disc, a_share

DIGEST = sha256(b"a manifest").hexdigest()


def asked(signer: DocumentSigner, version_id: str) -> dict[str, str]:
    signature = signer.sign(manifest.statement(DIGEST, version_id))
    return {"digest": DIGEST, "version_id": version_id, **signature._asdict()}


@pytest.fixture
def version_id(site: Site, organisation: Organisation) -> str:
    key = a_share(site, organisation, a_disc(site, organisation))
    with site.sessions() as session:
        return session.get_one(Share, key.share_id).versions[-1].id


def test_anybody_sees_the_page(client: FlaskClient) -> None:
    page = client.get("/verify")
    assert page.status_code == 200
    assert b"sent nowhere" in page.data


def test_what_we_signed_is_ours_and_the_latest(client: FlaskClient, site: Site, version_id: str) -> None:
    answer = client.post("/verify/known", json=asked(site.documents, version_id))
    assert answer.json == {"signed": True, "latest": True}


def test_a_link_that_is_gone_is_not_known_any_more(client: FlaskClient, site: Site) -> None:
    answer = client.post("/verify/known", json=asked(site.documents, "gone"))
    assert answer.json == {"signed": True, "latest": None}


def test_nobody_learns_of_a_link_without_our_signature(
    client: FlaskClient, site: Site, version_id: str
) -> None:
    stranger = DocumentSigner((b"another key that is long enough to be one",))
    other_version = asked(site.documents, "other") | {"version_id": version_id}
    for question in (asked(stranger, version_id), other_version, {"version_id": version_id}, {}):
        assert client.post("/verify/known", json=question).json == {"signed": False, "latest": None}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"digest": 7}', b'{"digest": "' + b"0" * 201 + b'"}'])
def test_nonsense_is_answered_in_a_sentence(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/verify/known", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
