"""What joins a link after it was made, series by series: explicit, seen by both sides, there at once."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.jobs.models import Job
from app.shares.models import Share
from app.shares.newer import series_not_shown
from app.shares.orders import NewKey
from app.site import Site
from app.studies.models import DiscState, Series
from tests import viewing
from tests.conftest import Clock
from tests.documents import PDF
from tests.factories import ROOT, a_disc, a_series, a_share, an_attachment
from tests.staff import Browser, a_member


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    """A disc with two pictures of one patient and two of somebody else."""
    disc_id = a_disc(site, organisation, slices=2, patients=2)
    viewing.show(site, disc_id)
    return disc_id


@pytest.fixture
def key(site: Site, organisation: Organisation, disc_id: str) -> NewKey:
    return a_share(site, organisation, disc_id, study_uids=[f"{ROOT}1"])


@pytest.fixture
def later(site: Site, disc_id: str, key: NewKey) -> str:
    """The id of a series of another study of the patient's, which no link shows; it has a report."""
    series_id = a_series(
        site,
        disc_id,
        slices=3,
        StudyInstanceUID=f"{ROOT}5",
        SeriesInstanceUID=f"{ROOT}5.1",
        SeriesDescription="Later",
    )
    viewing.show(site, disc_id)
    an_attachment(site, disc_id, PDF, study_uid=f"{ROOT}5", title="Later report")
    return series_id


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Browser:
    return Browser.of(app, site, a_member(site, organisation))


def add(desk: Browser, key: NewKey, **what: Any) -> int:
    return desk.post(f"/shares/{key.share_id}/attachments", **what).status_code


def manifest(client: FlaskClient, key: NewKey) -> dict[str, Any]:
    found = client.get(f"/view/{key.share_id}/manifest.json").get_json()
    assert isinstance(found, dict)
    return found


def new_series(client: FlaskClient, key: NewKey) -> dict[str, bool]:
    studies = manifest(client, key)["studies"]
    return {series["description"]: series["is_new"] for study in studies for series in study["series"]}


def test_an_open_visit_sees_added_series_with_its_next_request_marked_as_new(
    client: FlaskClient, desk: Browser, key: NewKey, later: str
) -> None:
    viewing.enter(client, key)
    assert new_series(client, key) == {"Axial": False}
    page = desk.get(f"/shares/{key.share_id}").text
    assert "Not in this link" in page
    assert "Later" in page
    assert add(desk, key, series=later) == 303
    assert new_series(client, key) == {"Axial": False, "Later": True}
    (series,) = [
        one for study in manifest(client, key)["studies"] for one in study["series"] if one["is_new"]
    ]
    assert client.get(series["instances"][0]["frames"][0]["url"]).status_code == 200
    assert client.get(f"/view/{key.share_id}/bundle.zip").status_code == 200


def test_both_sides_and_the_log_are_told(
    client: FlaskClient, site: Site, desk: Browser, key: NewKey, later: str
) -> None:
    viewing.enter(client, key)
    assert add(desk, key, series=later) == 303
    assert "Added: 3 images" in desk.get(f"/shares/{key.share_id}").text
    assert "Added by the hospital: 3 pictures" in client.get(f"/view/{key.share_id}/history").text
    with site.sessions() as session:
        entry = session.scalars(select(AuditEntry).filter_by(action="share_version_added")).one()
        newest = session.get_one(Share, key.share_id).versions[-1].id
        planned = session.scalars(select(Job.payload).where(Job.kind == "plan_bundle")).all()
    assert entry.details["version"] == 2
    assert (entry.details["images"], entry.details["instances"], entry.details["reports"]) == (3, 3, 0)
    assert {"version_id": newest} in planned


def test_the_report_of_a_study_follows_once_the_study_is_in_the_link(
    client: FlaskClient, desk: Browser, key: NewKey, later: str
) -> None:
    viewing.enter(client, key)
    assert "Later report" not in desk.get(f"/shares/{key.share_id}").text
    add(desk, key, series=later)
    assert "Later report" in desk.get(f"/shares/{key.share_id}").text


def test_somebody_elses_pictures_are_never_offered_nor_added(
    site: Site, organisation: Organisation, desk: Browser, key: NewKey, later: str
) -> None:
    """I-03, I-07: only what the page offers can be added, whatever is sent."""
    with site.sessions() as session:
        offered = [one.series.id for one in series_not_shown(session, session.get_one(Share, key.share_id))]
        others = [one.id for one in session.scalars(select(Series)) if one.id not in offered]
    assert offered == [later]
    assert len(others) == 2
    assert add(desk, key, series=[*others, "unknown"]) == 400
    with site.sessions() as session:
        assert len(session.get_one(Share, key.share_id).versions) == 1


def test_a_new_version_is_another_bundle(client: FlaskClient, desk: Browser, key: NewKey, later: str) -> None:
    """T-14: what was begun of the old one is not continued with bytes of the new."""
    viewing.enter(client, key)
    address = f"/view/{key.share_id}/bundle.zip"
    old = client.head(address).headers
    add(desk, key, series=later)
    new = client.head(address).headers
    assert old["ETag"] != new["ETag"]
    rest = client.get(address, headers={"Range": "bytes=100-", "If-Range": old["ETag"]})
    assert rest.status_code == 200
    assert len(rest.data) == int(new["Content-Length"])


def test_nothing_joins_a_link_that_ended_or_still_waits(
    site: Site, organisation: Organisation, clock: Clock, desk: Browser, key: NewKey, later: str
) -> None:
    waiting = a_share(site, organisation, a_disc(site, organisation, state=DiscState.INGESTING))
    with site.sessions() as session:
        assert series_not_shown(session, session.get_one(Share, waiting.share_id)) == []
    assert add(desk, waiting, series=later) == 403
    clock.advance(days=15)
    other = Browser.of(
        desk.client.application, site, a_member(site, organisation, email="other@test.example")
    )
    assert add(other, key, series=later) == 403


def test_whoever_opens_a_link_before_anything_joined_it_sees_nothing_marked(
    client: FlaskClient, key: NewKey
) -> None:
    viewing.enter(client, key)
    assert new_series(client, key) == {"Axial": False}
