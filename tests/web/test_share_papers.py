"""A report that comes later joins a link only when staff say so; both sides see that it did."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.bundles.of_share import Bundles
from app.bundles.verify import is_latest_version
from app.shares.models import Share
from app.shares.orders import NewKey
from app.site import Site
from tests import viewing
from tests.conftest import Clock
from tests.documents import PDF, photo
from tests.factories import ROOT, a_disc, a_share, an_attachment
from tests.staff import Browser, a_member


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    disc_id = a_disc(site, organisation, slices=1, patients=2)
    viewing.show(site, disc_id)
    an_attachment(site, disc_id, photo(), media_type="image/jpeg", kind="photo", title="Knee")
    return disc_id


@pytest.fixture
def key(site: Site, organisation: Organisation, disc_id: str) -> NewKey:
    return a_share(site, organisation, disc_id, study_uids=[f"{ROOT}1"])


@pytest.fixture
def browser(app: Flask, site: Site, organisation: Organisation) -> Browser:
    return Browser.of(app, site, a_member(site, organisation))


def documents_of(client: FlaskClient, key: NewKey) -> dict[str, bool]:
    """Return title and whether it is new of what the visitor sees."""
    found = client.get(f"/view/{key.share_id}/manifest.json").get_json()["documents"]
    return {one["title"]: one["is_new"] for one in found}


def names_in_bundle(site: Site, key: NewKey) -> set[str]:
    with site.sessions() as session:
        share = session.get_one(Share, key.share_id)
        plan = Bundles(site.store, site.documents, "").plan_of(session, share, share.organisation)
    return {entry.name for entry in plan.entries if entry.name.startswith(("REPORTS/", "PHOTOS/"))}


def test_a_report_that_came_later_is_added_when_staff_say_so(
    client: FlaskClient, site: Site, browser: Browser, disc_id: str, key: NewKey
) -> None:
    viewing.enter(client, key)
    late = an_attachment(site, disc_id, PDF, title="Final report")
    assert documents_of(client, key) == {"Knee": False}
    page = browser.get(f"/shares/{key.share_id}").text
    assert "Not in this link" in page
    assert "Final report" in page
    assert browser.post(f"/shares/{key.share_id}/attachments", attachment=late).status_code == 303
    assert documents_of(client, key) == {"Final report": True, "Knee": False}
    assert names_in_bundle(site, key) == {"REPORTS/RP000000.PDF", "PHOTOS/PH000000.JPG"}
    after = browser.get(f"/shares/{key.share_id}").text
    assert "Not in this link" not in after
    assert "Added: 1 report" in after
    with site.sessions() as session:
        share = session.get_one(Share, key.share_id)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "share_version_added")).one()
        assert entry.details == {
            "version": 2,
            "attachment_ids": [late],
            "reports": 1,
            "photos": 0,
            "images": 0,
            "instances": 0,
        }
        assert [is_latest_version(session, version.id) for version in share.versions] == [False, True]


def test_a_report_left_out_at_first_can_be_added_on_purpose(
    client: FlaskClient, site: Site, organisation: Organisation, browser: Browser, disc_id: str
) -> None:
    report = an_attachment(site, disc_id, PDF, title="Final report")
    key = a_share(site, organisation, disc_id, study_uids=[f"{ROOT}1"], include_report=False)
    viewing.enter(client, key)
    assert documents_of(client, key) == {"Knee": False}
    browser.post(f"/shares/{key.share_id}/attachments", attachment=report)
    assert documents_of(client, key) == {"Final report": True, "Knee": False}


def test_another_patients_report_cannot_be_added(
    site: Site, browser: Browser, disc_id: str, key: NewKey
) -> None:
    """I-07."""
    theirs = an_attachment(site, disc_id, PDF, study_uid=f"{ROOT}2", title="Theirs")
    nobodys = an_attachment(site, disc_id, PDF + b"%", study_uid=None, title="Nobody's")
    assert "Theirs" not in browser.get(f"/shares/{key.share_id}").text
    for one in (theirs, nobodys):
        assert browser.post(f"/shares/{key.share_id}/attachments", attachment=one).status_code == 400
    with site.sessions() as session:
        assert len(session.get_one(Share, key.share_id).versions) == 1


def test_an_ended_link_takes_nothing(
    app: Flask, site: Site, organisation: Organisation, disc_id: str, key: NewKey, clock: Clock
) -> None:
    late = an_attachment(site, disc_id, PDF)
    clock.advance(days=15)
    browser = Browser.of(app, site, a_member(site, organisation))
    assert browser.post(f"/shares/{key.share_id}/attachments", attachment=late).status_code == 403
