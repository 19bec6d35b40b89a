"""What the viewer is told of a share."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from app.accounts.models import Organisation
from app.shares.models import Right, Share
from app.site import Site
from app.studies.models import Disc, DisplayState, Instance
from app.viewer.manifest import manifest
from app.viewer.pictures import PENDING
from tests import viewing
from tests.factories import a_disc, a_share

ALL = frozenset(Right)
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(site: Site, organisation: Organisation) -> Told:
    """Share a disc and return what the viewer is told of it."""

    def tell(disc_id: str, rights: frozenset[Right] = ALL) -> dict[str, Any]:
        share_id = a_share(site, organisation, disc_id).share_id
        with site.sessions() as session:
            share = session.get_one(Share, share_id)
            found: dict[str, Any] = json.loads(
                manifest(session, share, organisation, rights, site.now()).text
            )
            return found

    return tell


def entries(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        entry for study in found["studies"] for series in study["series"] for entry in series["instances"]
    ]


@pytest.fixture
def shown(site: Site, organisation: Organisation) -> str:
    disc_id = a_disc(site, organisation, slices=5)
    viewing.show(site, disc_id)
    return disc_id


def test_it_tells_whose_pictures_these_are_and_from_when(told: Told, shown: str) -> None:
    found = told(shown)
    assert found["patient"]["name"] == "Patient Test"
    assert found["patient"]["birth_date"] == "1961-05-03"
    assert found["studies"][0]["date"] == "2026-03-12"
    assert found["counts"] == {"images": 5, "shown": 5, "pending": 0, "missing": 0}


def test_a_picture_comes_with_all_that_drawing_it_takes(told: Told, shown: str) -> None:
    found = told(shown)
    entry = entries(found)[2]
    assert entry["frames"][0]["url"] == f"/view/{found['share_id']}/frames/{entry['id']}/0"
    assert entry["frames"][0]["encoding"] in ("htj2k", "raw")
    assert (entry["frames"][0]["bits"], entry["frames"][0]["signed"]) == (16, True)
    assert entry["rescale"] == {"slope": 1.0, "intercept": 0.0}
    assert (entry["windows"][0]["center"], entry["windows"][0]["width"]) == (40.0, 400.0)
    assert (entry["rows"], entry["columns"], entry["plane"]["spacing"]) == (16, 16, [0.7, 0.7])
    assert entry["shown"] is True
    assert entry["reason"] is None


def test_the_middle_slice_is_first_with_its_preview(told: Told, shown: str) -> None:
    found = told(shown)
    middle = entries(found)[2]
    assert found["first"]["instance_id"] == middle["id"]
    assert found["first"]["preview"] == middle["preview"]
    assert found["studies"][0]["series"][0]["preview"] == middle["preview"]


def test_what_is_not_ready_yet_says_so(told: Told, site: Site, organisation: Organisation) -> None:
    found = told(a_disc(site, organisation, slices=2))
    assert [entry["reason"] for entry in entries(found)] == [PENDING, PENDING]
    assert found["counts"]["pending"] == 2
    assert found["first"] is None


def test_what_cannot_be_shown_says_why_and_can_be_had(told: Told, site: Site, shown: str) -> None:
    with site.sessions.begin() as session:
        instance = session.query(Instance).filter_by(disc_id=shown, number=2).one()
        instance.display_state, instance.display = DisplayState.NOT_SHOWN, None
        instance.display_reason = "Its picture is damaged."
    found = told(shown)
    [entry] = [entry for entry in entries(found) if not entry["shown"]]
    assert entry["reason"] == "Its picture is damaged."
    assert entry["original"] == f"/view/{found['share_id']}/instances/{entry['id']}"
    assert entry["frames"] == []
    assert found["counts"]["shown"] == 4


def test_without_the_right_to_download_no_original_is_offered(told: Told, shown: str) -> None:
    found = told(shown, frozenset({Right.VIEW}))
    assert {entry["original"] for entry in entries(found)} == {None}
    assert found["allow"] == ["view"]


def test_images_that_the_disc_listed_but_lacked_are_counted(told: Told, site: Site, shown: str) -> None:
    with site.sessions.begin() as session:
        session.get_one(Disc, shown).missing = ["DICOM/A", "DICOM/B"]
    assert told(shown)["counts"]["missing"] == 2


def test_it_takes_few_queries_however_many_pictures(
    site: Site, organisation: Organisation, shown: str
) -> None:
    share_id = a_share(site, organisation, shown).share_id
    statements: list[str] = []
    with site.sessions() as session:
        share = session.get_one(Share, share_id)
        count = lambda *args: statements.append(args[2])  # noqa: E731 - the event's own form
        event.listen(site.sessions.engine, "before_cursor_execute", count)
        manifest(session, share, organisation, ALL, site.now())
        event.remove(site.sessions.engine, "before_cursor_execute", count)
    assert len(statements) <= 8


def test_what_a_version_shows_is_read_once_and_again_when_its_pictures_were_made(
    site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation, slices=3)
    share_id = a_share(site, organisation, disc_id).share_id

    def look() -> tuple[dict[str, Any], list[str]]:
        statements: list[str] = []
        count = lambda *args: statements.append(args[2])  # noqa: E731 - the event's own form
        with site.sessions() as session:
            share = session.get_one(Share, share_id)
            event.listen(site.sessions.engine, "before_cursor_execute", count)
            found = json.loads(manifest(session, share, organisation, ALL, site.now()).text)
            event.remove(site.sessions.engine, "before_cursor_execute", count)
        return found, [one for one in statements if "instance.facts" in one]

    assert look()[0]["counts"]["pending"] == 3
    assert look()[1] == []
    viewing.show(site, disc_id)
    found, read = look()
    assert found["counts"]["shown"] == 3
    assert len(read) == 1


def test_a_visitor_without_the_right_is_never_told_another_visitors_downloads(told: Told, shown: str) -> None:
    assert entries(told(shown, ALL))[0]["original"]
    assert entries(told(shown, frozenset({Right.VIEW})))[0]["original"] is None
