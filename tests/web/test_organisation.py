"""The organisation's settings: what an admin changes, and what the log keeps of it."""

import re
from html import unescape

import pytest
from flask import Flask

from app.accounts.models import Organisation, Role
from app.audit.models import AuditEntry
from app.site import Site
from tests.factories import a_disc, a_share
from tests.staff import Browser, a_member

PAGE = "/admin/organisation"


@pytest.fixture
def admin(app: Flask, site: Site, organisation: Organisation) -> Browser:
    return Browser.of(app, site, a_member(site, organisation, Role.ADMIN))


def form(admin: Browser) -> dict[str, str]:
    """Return what the page's form holds, as a browser would send it untouched."""
    page = admin.get(PAGE).text
    fields = {
        found["name"]: unescape(found["value"])
        for found in re.finditer(r'<input [^>]*name="(?P<name>\w+)"[^>]*? value="(?P<value>[^"]*)"', page)
        if 'type="radio"' not in found[0]
    }
    chosen = re.finditer(r'<input type="radio" name="(\w+)" value="(\w+)" checked', page)
    selected = re.finditer(r'<select [^>]*name="(\w+)".*?<option(?: value="(\w+)")? selected>([^<]*)', page)
    return (
        fields
        | {found[1]: found[2] for found in chosen}
        | {found[1]: found[2] or found[3] for found in selected}
    )


def kept(site: Site, organisation: Organisation) -> Organisation:
    with site.sessions() as session:
        found = session.get_one(Organisation, organisation.id)
        session.expunge(found)
    return found


def changes(site: Site) -> list[dict[str, object]]:
    with site.sessions() as session:
        entries = session.query(AuditEntry).filter_by(action="organisation_changed").all()
        return [entry.details["changed"] for entry in entries]


def test_a_time_zone_is_chosen_among_places_and_an_older_choice_stays(
    admin: Browser, site: Site, organisation: Organisation
) -> None:
    options = re.findall(r"<option *(?:selected)?>([^<]+)</option>", admin.get(PAGE).text)
    assert {"Europe/Paris", "America/Argentina/Buenos_Aires", "UTC"} < set(options)
    assert not {"localtime", "Factory", "EST5EDT", "Etc/GMT+5", "GB"} & set(options)
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).time_zone = "GB"
    assert form(admin)["time_zone"] == "GB"


def test_who_administers_is_told_what_visitors_miss(
    app: Flask, admin: Browser, site: Site, organisation: Organisation
) -> None:
    told = "no telephone number"
    clerk = Browser.of(app, site, a_member(site, organisation, email="clerk@test.example"))
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).telephone = ""
    assert told in admin.get("/discs").text
    assert told not in clerk.get("/discs").text
    admin.post(PAGE, **(form(admin) | {"telephone": "+1 555 0100"}))
    assert told not in admin.get("/discs").text


def test_a_page_sent_back_as_it_came_changes_nothing(
    admin: Browser, site: Site, organisation: Organisation
) -> None:
    sent = form(admin)
    assert {"name", "time_zone", "language", "addresses", "asks_birth_date", "seen"} < set(sent)
    assert admin.post(PAGE, **sent).status_code == 303
    assert "Nothing was changed." in admin.get(PAGE).text
    assert changes(site) == []


def test_what_an_admin_saves_is_kept_and_told_with_what_stood_there_before(
    admin: Browser, site: Site, organisation: Organisation
) -> None:
    new = {
        "name": "Clinic  of <Tests>",
        "telephone": "+33 1 55 01 00 00",
        "hours": "Mon–Fri 8–17",
        "colour": "#FFD400",
        "language": "fr",
        "time_zone": "Europe/Paris",
        "measuring": "no",
        "reslicing": "yes",
        "reduces_viewing": "yes",
        "asks_birth_date": "no",
        "addresses": "none",
        "desk_mailbox": "Desk@Test.example",
        "privacy_telephone": "",
    }
    before = kept(site, organisation)
    assert admin.post(PAGE, **form(admin) | new).status_code == 303
    assert "Saved." in admin.get(PAGE).text
    after = kept(site, organisation)
    assert (after.name, after.colour, after.desk_mailbox) == (
        "Clinic of <Tests>",
        "#ffd400",
        "desk@test.example",
    )
    assert (after.measuring, after.reslicing, after.asks_birth_date) == (False, True, False)
    assert after.reduces_viewing is True
    (told,) = changes(site)
    assert told["name"] == {"old": before.name, "new": "Clinic of <Tests>"}
    assert told["time_zone"] == {"old": before.time_zone, "new": "Europe/Paris"}
    assert "privacy_telephone" not in told


def test_visitors_read_the_new_name_and_number_at_once(
    admin: Browser, app: Flask, site: Site, organisation: Organisation
) -> None:
    share = a_share(site, organisation, a_disc(site, organisation, slices=1))
    admin.post(PAGE, **form(admin) | {"name": "Test Clinic", "telephone": "+33 1 55 01"})
    page = app.test_client().get(f"/s/{share.token}").text
    assert "Test Clinic has images for you." in page
    assert 'href="tel:+3315501"' in page


def test_what_cannot_be_kept_is_said_and_what_was_typed_stays(admin: Browser, site: Site) -> None:
    sent = form(admin) | {"telephone": "at the desk", "hours": "Mondays"}
    answer = admin.post(PAGE, **sent)
    assert answer.status_code == 400
    assert "Telephone: write it with digits" in answer.text
    assert 'value="at the desk"' in answer.text
    assert 'value="Mondays"' in answer.text
    assert changes(site) == []


@pytest.mark.parametrize("field", ["language", "addresses", "measuring", "time_zone"])
def test_only_what_the_page_offers_can_be_chosen(admin: Browser, site: Site, field: str) -> None:
    assert admin.post(PAGE, **form(admin) | {field: "other"}).status_code == 400
    assert changes(site) == []


@pytest.mark.parametrize("corrects", [False, True])
def test_of_two_admins_at_once_the_second_is_told(
    admin: Browser, site: Site, organisation: Organisation, corrects: bool
) -> None:
    second = form(admin)
    admin.post(PAGE, **form(admin) | {"hours": "Mondays"})
    if corrects:
        assert admin.post(PAGE, **second | {"name": ""}).status_code in (303, 400)
    assert admin.post(PAGE, **second | {"telephone": "+33 155"}).status_code == 303
    assert "Somebody else changed these settings meanwhile." in admin.get(PAGE).text
    assert (kept(site, organisation).hours, kept(site, organisation).telephone) == (
        "Mondays",
        organisation.telephone,
    )


def test_a_form_that_shows_no_page_was_seen_changes_nothing(admin: Browser, site: Site) -> None:
    assert admin.post(PAGE, name="Other").status_code == 303
    assert changes(site) == []


def test_the_way_there_stands_in_the_admins_menu(admin: Browser) -> None:
    assert f'href="{PAGE}"' in admin.get("/discs").text


def test_how_much_is_kept_is_shown_and_its_bound_is_not_the_admins_to_move(
    admin: Browser, site: Site, organisation: Organisation
) -> None:
    assert "Room for discs" not in admin.get(PAGE).text
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).quota_bytes = 2_000_000_000
    assert "0 bytes of 2.0 GB used" in admin.get(PAGE).text
    admin.post(PAGE, **form(admin) | {"quota_bytes": "9000000000000"})
    assert kept(site, organisation).quota_bytes == 2_000_000_000
    assert changes(site) == []
