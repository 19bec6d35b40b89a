"""Two members of staff at one link: who decides from an older page is told, and nothing happens."""

import re
from threading import Barrier, Thread

import pytest
from flask import Flask

from app.accounts.models import Organisation
from app.shares import service
from app.site import Site
from tests import viewing
from tests.documents import PDF
from tests.factories import ROOT, a_disc, a_share, an_attachment, wrong_pin
from tests.staff import Browser, a_member


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    return a_disc(site, organisation, slices=1)


@pytest.fixture
def key(site: Site, organisation: Organisation, disc_id: str) -> service.NewKey:
    return a_share(site, organisation, disc_id, study_uids=[f"{ROOT}1"])


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Browser:
    return Browser.of(app, site, a_member(site, organisation))


def mark_on_page(desk: Browser, key: service.NewKey) -> str:
    """Return the mark that the forms of the link's page carry."""
    marks = set(re.findall(r'name="seen" value="([0-9a-f]+)"', desk.get(f"/shares/{key.share_id}").text))
    (mark,) = marks
    return str(mark)


@pytest.mark.parametrize("deed", ["attachments", "extend", "replace", "renew"])
def test_of_two_people_at_one_link_the_second_is_told(
    desk: Browser, site: Site, organisation: Organisation, disc_id: str, key: service.NewKey, deed: str
) -> None:
    late = an_attachment(site, disc_id, PDF)
    seen = mark_on_page(desk, key)
    assert desk.post(f"/shares/{key.share_id}/extend", until="2026-12-20", seen=seen).status_code == 303
    fields = {"until": "2026-12-01", "channel": "reprint", "attachment": late}
    answer = desk.post(f"/shares/{key.share_id}/{deed}", seen=seen, **fields)
    assert answer.status_code == 303
    assert answer.location == f"/shares/{key.share_id}"
    assert "Somebody else changed this link meanwhile." in desk.get(answer.location).text
    with site.sessions() as session:
        share = service.find_share(session, organisation.id, key.share_id)
        assert (share.expires_at.day, len(share.keys), len(share.versions)) == (20, 1, 1)


def test_who_looks_again_may_go_on(desk: Browser, key: service.NewKey) -> None:
    for day in ("2026-12-20", "2026-12-01"):
        seen = mark_on_page(desk, key)
        assert desk.post(f"/shares/{key.share_id}/extend", until=day, seen=seen).status_code == 303
    assert "1 December 2026" in desk.get(f"/shares/{key.share_id}").text


def test_what_visitors_do_makes_no_page_out_of_date(app: Flask, desk: Browser, key: service.NewKey) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    before = mark_on_page(desk, key)
    client = app.test_client()
    client.post(f"/s/{key.token}", data={"pin": wrong_pin(key.pin)})
    viewing.enter(client, key)
    assert mark_on_page(desk, key) == before


def test_of_two_deeds_at_the_same_moment_one_is_done(
    app: Flask, site: Site, organisation: Organisation, desk: Browser, key: service.NewKey
) -> None:
    other = Browser.of(app, site, a_member(site, organisation, email="other@test.example"))
    seen, together = mark_on_page(desk, key), Barrier(2)
    answers: list[int] = []

    def replace(browser: Browser, token: str) -> None:
        together.wait()
        answer = browser.client.post(
            f"/shares/{key.share_id}/replace",
            data={"csrf_token": token, "channel": "reprint", "seen": seen},
        )
        answers.append(answer.status_code)

    both = [Thread(target=replace, args=(browser, browser.token())) for browser in (desk, other)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(answers) == [200, 303]
    with site.sessions() as session:
        share = service.find_share(session, organisation.id, key.share_id)
        assert [bool(one.revoked_at) for one in share.keys] == [True, False]


def test_where_no_mail_goes_out_no_key_asks_for_a_code_by_mail(desk: Browser, key: service.NewKey) -> None:
    refused = desk.post(
        f"/shares/{key.share_id}/keys", channel="mail", email="doctor@test.example", factor="mail"
    )
    assert refused.status_code == 400
    assert "Choose a PIN" in refused.text
