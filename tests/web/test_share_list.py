"""The list of links: found by state, time, patient and recipient; closed by the dozen; saved as a table."""

import csv
import re
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.shares import listing
from app.shares.models import Share, ShareKey
from app.shares.orders import NewKey
from app.site import Site
from app.studies.models import DiscPatient
from app.web import share_list
from tests.factories import a_disc, a_share
from tests.staff import Browser, a_member, an_organisation

STATES: dict[str, dict[str, Any]] = {
    state: {"recipient": f"Clinic {state}", **order}
    for state, order in {
        "live": {"max_uses": 5},
        "waiting": {},
        "frozen": {},
        "used_up": {"max_uses": 1},
        "expired": {},
        "revoked": {},
        "all keys closed": {},
    }.items()
}
"""What is ordered of a link in each state."""


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Browser:
    return Browser.of(app, site, a_member(site, organisation))


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    return a_disc(site, organisation, slices=1)


def listed(desk: Browser, **asked: str) -> set[str]:
    return _ids(desk.get("/shares", query_string=asked).text)


def closed(site: Site) -> set[str]:
    with site.sessions() as session:
        return set(session.scalars(select(Share.id).where(Share.revoked_at.is_not(None))))


def test_several_links_are_closed_at_once(
    desk: Browser, site: Site, organisation: Organisation, disc_id: str
) -> None:
    first, second, third = (a_share(site, organisation, disc_id).share_id for _ in range(3))
    answer = desk.post("/shares/revoke", share=[first, second])
    assert answer.status_code == 303
    assert "2 links are revoked." in desk.get(answer.location).text
    assert closed(site) == {first, second}
    assert listed(desk, state="live") == {third}
    with site.sessions() as session:
        told = session.scalars(select(AuditEntry.share_id).where(AuditEntry.action == "share_revoked"))
        assert set(told) == {first, second}


def test_with_somebody_elses_link_among_them_none_is_closed(
    desk: Browser, site: Site, organisation: Organisation, disc_id: str
) -> None:
    """I-01: all of them or none."""
    other = an_organisation(site)
    theirs = a_share(site, other, a_disc(site, other, slices=1))
    mine = a_share(site, organisation, disc_id)
    assert desk.post("/shares/revoke", share=[mine.share_id, theirs.share_id]).status_code == 404
    assert closed(site) == set()


def test_what_ends_soon_and_what_nobody_opened_can_be_listed(
    app: Flask, desk: Browser, site: Site, organisation: Organisation, disc_id: str
) -> None:
    soon, late = (a_share(site, organisation, disc_id, days=days) for days in (3, 30))
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client().post(f"/s/{late.token}", data={"pin": late.pin})
    assert listed(desk, state="soon") == {soon.share_id}
    assert listed(desk, state="unopened") == {soon.share_id}
    assert listed(desk) == {soon.share_id, late.share_id}


@pytest.mark.parametrize("at_once", [1, 200])
def test_every_link_is_found_by_its_state_however_many_were_made_since(
    desk: Browser,
    site: Site,
    organisation: Organisation,
    disc_id: str,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr(listing, "AT_ONCE", at_once)
    coming = a_disc(site, organisation, slices=1, state="ingesting")
    made = {
        state: a_share(site, organisation, coming if state == "waiting" else disc_id, **order)
        for state, order in STATES.items()
    }
    now = site.now()
    with site.sessions.begin() as session:
        session.get_one(ShareKey, made["frozen"].key_id).frozen_at = now
        session.get_one(Share, made["used_up"].share_id).uses = 1
        session.get_one(Share, made["revoked"].share_id).revoked_at = now
        session.get_one(Share, made["expired"].share_id).ended_at = now
        session.get_one(ShareKey, made["all keys closed"].key_id).revoked_at = now
    for state in ("live", "waiting", "frozen"):
        assert listed(desk, state=state) == {made[state].share_id}, state
    assert listed(desk, state="expired") == {made[one].share_id for one in ("expired", "used_up")}
    assert listed(desk, state="revoked") == {made[one].share_id for one in ("revoked", "all keys closed")}
    assert listed(desk, q="clinic frozen") == {made["frozen"].share_id}
    assert listed(desk, q="clinic", state="live") == {made["live"].share_id}
    assert listed(desk) == {key.share_id for key in made.values()}


def test_a_long_list_has_pages(
    desk: Browser, site: Site, organisation: Organisation, disc_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share_list, "PAGE", 2)
    made = {a_share(site, organisation, disc_id).share_id for _ in range(5)}
    pages = [listed(desk, page=str(number)) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert set.union(*pages) == made
    assert len(list(csv.DictReader(StringIO(desk.get("/shares.csv?page=2").text)))) == 5


def test_a_table_that_cannot_hold_all_links_says_so_in_its_last_line(
    desk: Browser, site: Site, organisation: Organisation, disc_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share_list, "MOST", 2)
    for made in (1, 2, 3):
        a_share(site, organisation, disc_id)
        told = [row for row in csv.reader(StringIO(desk.get("/shares.csv").text)) if len(row) == 1]
        assert bool(told) == (made > 2)
    assert told == [["Only the newest 2 links stand here. Narrow the list for the others."]]


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 20, "9" * 5000])
def test_a_page_that_no_list_has_is_empty_or_the_first(
    desk: Browser, site: Site, organisation: Organisation, disc_id: str, page: str
) -> None:
    """W-05."""
    key = a_share(site, organisation, disc_id)
    for address, there in (("/shares", key.share_id), ("/discs", disc_id)):
        answer = desk.get(address, query_string={"page": page})
        assert answer.status_code == 200, address
        assert (there in answer.text) == (not page.startswith("9") or len(page) > 4300), address


def test_a_links_page_leads_to_all_of_its_patient_and_of_its_recipient(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    one, other = (a_disc(site, organisation, slices=1, patients=count) for count in (1, 2))
    ours = a_share(site, organisation, one, recipient="Valley Clinic")
    also = a_share(site, organisation, one, recipient="Dr Other")
    with site.sessions() as session:
        second = select(DiscPatient.id).filter_by(disc_id=other, patient_id="TEST-2")
        somebody = session.scalars(second).one()
    third = a_share(site, organisation, other, recipient="Valley Clinic", patient_key=somebody)
    page = desk.get(f"/shares/{ours.share_id}").text
    to_patient, to_recipient = re.findall(r'href="(/shares\?q=[^"]+)"', page)
    assert _ids(desk.get(to_patient).text) == {ours.share_id, also.share_id}
    assert _ids(desk.get(to_recipient).text) == {ours.share_id, third.share_id}


def test_no_cell_of_the_saved_table_is_a_formula(
    desk: Browser, site: Site, organisation: Organisation, disc_id: str
) -> None:
    """A-05."""
    for words in ("=1+1", "+SUM(A1)", "-2", "@cmd", "\t=1", "Dr Test"):
        a_share(site, organisation, disc_id, recipient=words)
    answer = desk.get("/shares.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert len(rows) == 6
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {"'=1+1", "Dr Test"} <= set(cells)


def test_no_list_search_or_table_tells_of_another_hospital(
    app: Flask, site: Site, organisation: Organisation, disc_id: str
) -> None:
    """I-10."""
    key: NewKey = a_share(site, organisation, disc_id, recipient="Valley Clinic", reference="A-77")
    stranger = Browser.of(app, site, a_member(site, an_organisation(site), email="other@test.example"))
    for words in ("valley", "a-77", "patient", key.share_id, ""):
        page = stranger.get("/shares", query_string={"q": words}).text
        assert "Valley" not in page
        assert key.share_id not in page.replace(f'value="{key.share_id}"', "")
    assert len(stranger.get("/shares.csv").text.splitlines()) == 1


def _ids(page: str) -> set[str]:
    return set(re.findall(r'class="row-main" href="/shares/([a-z2-7]{16})"', page))
