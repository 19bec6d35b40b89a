"""Whose disc is it: the decision page, the birth date before the first share, the emergency release."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.shares.models import Share
from app.site import Site
from app.studies.models import Disc, DiscPatient
from tests.conftest import Clock
from tests.factories import a_collision, a_dicomdir, a_disc, ct_bytes, ct_series, imported_disc, two_patients
from tests.staff import Browser, a_member, an_organisation

BORN = date(1961, 5, 3)


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Browser:
    """A browser in which an uploader is logged in."""
    return Browser.of(app, site, a_member(site, organisation))


def expecting(site: Site, organisation: Organisation, folder: Path, **expected: Any) -> str:
    ct_series(folder, 1)
    return imported_disc(site, organisation, folder, **expected)


def of(site: Site, disc_id: str) -> DiscPatient:
    with site.sessions() as session:
        return session.scalars(select(DiscPatient).where(DiscPatient.disc_id == disc_id)).one()


def actions(site: Site) -> list[str]:
    with site.sessions() as session:
        return [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.number))]


def test_what_differs_is_marked_letter_by_letter_and_told_in_words(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    disc_id = expecting(
        site, organisation, tmp_path, name="Tost, Patient", birth_date=BORN, patient_id="X-77"
    )
    page = desk.get(f"/discs/{disc_id}").text
    for said in (
        "T<mark>o</mark>st, Patient",
        "Patient T<mark>e</mark>st",
        "Nearly the same: compare every letter",
        "Same date",
        "Another ID",
        "Probably the person you expected",
    ):
        assert said in page, said


def test_one_click_keeps_a_variant_of_the_name_for_the_expected_person(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    disc_id = expecting(site, organisation, tmp_path, name="Sample^Patient", birth_date=BORN)
    assert 'name="reason" value="Married name"' in desk.get(f"/discs/{disc_id}").text
    key = of(site, disc_id).id
    answer = desk.post(f"/discs/{disc_id}/decide", reason="Married name", **{f"patient-{key}": "expected"})
    assert answer.status_code == 303
    page = desk.get(f"/discs/{disc_id}").text
    for said in ("Ready to share", "Patient Sample", "According to staff. The images say:", "Patient Test"):
        assert said in page, said
    assert of(site, disc_id).name == "Test^Patient"


def test_somebody_else_is_kept_in_ones_own_words_only(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    disc_id = expecting(site, organisation, tmp_path, name="Other^Person", birth_date=date(1984, 9, 22))
    page = desk.get(f"/discs/{disc_id}").text
    assert "A different person" in page
    assert "Married name" not in page


def test_a_decision_is_taken_back_with_a_button(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    disc_id = expecting(site, organisation, tmp_path, name="Test, Patientt", birth_date=BORN)
    key = of(site, disc_id).id
    desk.post(f"/discs/{disc_id}/decide", reason="Typing error", **{f"patient-{key}": "expected"})
    assert "Take back" in desk.get(f"/discs/{disc_id}").text
    assert desk.post(f"/discs/{disc_id}/undo").status_code == 303
    assert "Needs your decision" in desk.get(f"/discs/{disc_id}").text


def test_a_disc_is_sent_back_with_its_reason_and_can_return(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    two_patients(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    assert desk.post(f"/discs/{disc_id}/send-back").status_code == 400, "a reason is asked for"
    assert desk.post(f"/discs/{disc_id}/send-back", reason="Wrong disc in the case").location == "/discs"
    page = desk.get("/discs").text
    assert "Wrong disc in the case" in page
    assert "Bring back" in page
    assert desk.post(f"/discs/{disc_id}/restore").status_code == 303
    assert "Needs your decision" in desk.get(f"/discs/{disc_id}").text
    assert actions(site).count("disc_sent_back") == 1


def test_the_index_of_the_disc_is_heard(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1)
    a_dicomdir(tmp_path, ["IM000001"], patients=[("Other^Person<b>", "TEST-7")])
    page = desk.get(f"/discs/{imported_disc(site, organisation, tmp_path)}").text
    assert "The disc&#39;s own index says <strong>Person&lt;b&gt; Other, TEST-7</strong>" in page


def test_a_collision_leads_to_the_other_disc(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "A", 1)
    (tmp_path / "B").mkdir()
    (tmp_path / "B" / "IM1").write_bytes(ct_bytes(1, SeriesDescription="Changed"))
    first = imported_disc(site, organisation, tmp_path / "A")
    page = desk.get(f"/discs/{imported_disc(site, organisation, tmp_path / 'B')}").text
    assert "has the number of another image" in page
    assert f'<a href="/discs/{first}">The other disc' in page
    assert "Also on the disc received" in page
    assert "conflict" in page


def test_a_collision_on_one_disc_is_kept_by_a_reason(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    a_collision(tmp_path)
    disc_id = imported_disc(site, organisation, tmp_path)
    key = of(site, disc_id).id
    desk.post(f"/discs/{disc_id}/decide", reason="Checked an ID", **{f"patient-{key}": "keep"})
    assert "Ready to share" in desk.get(f"/discs/{disc_id}").text


def test_the_same_study_on_another_organisations_disc_is_not_told(
    app: Flask, desk: Browser, site: Site, organisation: Organisation
) -> None:
    a_disc(site, an_organisation(site))
    assert "Also on" not in desk.get(f"/discs/{a_disc(site, organisation)}").text
    other = a_disc(site, organisation)
    assert f"/discs/{other}" in desk.get(f"/discs/{a_disc(site, organisation)}").text


def test_the_birth_date_is_hidden_until_it_is_typed(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation, checked=False)
    for address in ("/discs", f"/discs/{disc_id}", f"/discs/{disc_id}/birth-date"):
        assert "3 May 1961" not in desk.get(address).text, address
    assert desk.get(f"/discs/{disc_id}/share").location == f"/discs/{disc_id}/birth-date"
    made = desk.post(f"/discs/{disc_id}/share", purpose="patient_copy", channel="slip")
    assert made.location == f"/discs/{disc_id}/birth-date"
    wrong = desk.post(f"/discs/{disc_id}/birth-date", birth_date="1961-03-05")
    assert wrong.status_code == 409
    assert "Stop. The images have another birth date than 5 March 1961." in wrong.text
    right = desk.post(f"/discs/{disc_id}/birth-date", birth_date="1961-05-03")
    assert right.location == f"/discs/{disc_id}/share"
    assert desk.get(f"/discs/{disc_id}/share").status_code == 200
    assert "3 May 1961" in desk.get(f"/discs/{disc_id}").text
    assert [what for what in actions(site) if what.startswith("birth")] == [
        "birth_date_wrong",
        "birth_date_checked",
    ]


def test_three_wrong_birth_dates_need_a_decision(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation, checked=False)
    answers = [
        desk.post(f"/discs/{disc_id}/birth-date", birth_date=f"197{n}-01-01").status_code for n in range(3)
    ]
    assert answers == [409, 409, 303]
    assert "Needs your decision" in desk.get(f"/discs/{disc_id}").text
    key = of(site, disc_id).id
    desk.post(f"/discs/{disc_id}/decide", reason="Checked an ID", **{f"patient-{key}": "keep"})
    assert desk.get(f"/discs/{disc_id}/share").status_code == 200, "the person who decided has compared"


def test_what_was_said_at_the_upload_is_not_asked_again(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    disc_id = expecting(site, organisation, tmp_path, birth_date=BORN)
    assert desk.get(f"/discs/{disc_id}/share").status_code == 200


def test_a_date_typed_while_the_disc_arrives_is_compared_by_the_review(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation, state="receiving", checked=False)
    assert desk.post(f"/discs/{disc_id}/birth-date", birth_date="1961-05-08").status_code == 303
    with site.sessions() as session:
        assert session.get_one(Disc, disc_id).expected_birth_date == date(1961, 5, 8)
    assert desk.get(f"/discs/{disc_id}/share").status_code == 200


def test_an_organisation_can_do_without(app: Flask, site: Site, organisation: Organisation) -> None:
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).asks_birth_date = False
    desk = Browser.of(app, site, a_member(site, organisation))
    disc_id = a_disc(site, organisation, checked=False)
    assert desk.get(f"/discs/{disc_id}/share").status_code == 200
    assert "3 May 1961" in desk.get("/discs").text


def test_in_an_emergency_a_disc_is_shared_undecided_for_a_week(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path, clock: Clock
) -> None:
    disc_id = expecting(site, organisation, tmp_path, name="Other^Person")
    address = f"/discs/{disc_id}/release"
    assert desk.post(address, because="stroke", channel="telephone").status_code == 400, "whom to call back?"
    assert desk.post(address, call_back="Dr Test", channel="telephone").status_code == 400, "why?"
    assert desk.post(address, because="stroke", call_back="Dr Test", channel="slip").status_code == 200
    with site.sessions() as session:
        share = session.scalars(select(Share)).one()
        assert (share.released_because, share.call_back, share.purpose) == ("stroke", "Dr Test", "emergency")
        assert (share.expires_at - clock.now).days == 6
    assert "disc_released" in actions(site)
    assert "Needs your decision" in desk.get(f"/discs/{disc_id}").text


def test_the_page_says_that_an_emergency_link_is_open_until_it_is_closed(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    disc_id = expecting(site, organisation, tmp_path, name="Other^Sample", birth_date=date(1984, 9, 22))
    assert "Nothing of this disc can be opened before you decide." in desk.get(f"/discs/{disc_id}").text
    desk.post(f"/discs/{disc_id}/release", because="Trauma", call_back="Dr Test, 100", channel="slip")
    page = desk.get(f"/discs/{disc_id}").text
    assert "An emergency link is open until" in page
    assert "Nothing of this disc can be opened" not in page
    with site.sessions() as session:
        (share,) = session.scalars(select(Share))
    desk.post(f"/shares/{share.id}/revoke")
    assert "Nothing of this disc can be opened before you decide." in desk.get(f"/discs/{disc_id}").text


def test_a_disc_that_is_ready_needs_no_release(desk: Browser, site: Site, organisation: Organisation) -> None:
    answer = desk.post(f"/discs/{a_disc(site, organisation)}/release", because="stroke", call_back="Dr Test")
    assert answer.status_code == 403
