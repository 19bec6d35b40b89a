"""Sharing at the desk: the defaults, the one page with the secrets, and what a link's page tells later."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Organisation
from app.accounts.passwords import hash_password
from app.audit.models import AuditEntry
from app.shares import pins
from app.shares.models import Share, ShareKey
from app.site import Site
from app.studies.models import DiscPatient, DiscState, Instance
from tests import viewing
from tests.documents import photo
from tests.factories import ROOT, a_disc, a_series, a_share, an_attachment
from tests.staff import Browser, a_member


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Browser:
    """A browser in which an uploader is logged in."""
    return Browser.of(app, site, a_member(site, organisation))


def the_share(site: Site) -> Share:
    with site.sessions() as session:
        share = session.scalars(select(Share)).one()
        _ = share.keys, share.versions
        return share


@pytest.mark.parametrize(
    ("fields", "last_day", "allow"),
    [
        ({"purpose": "patient_copy"}, (2027, 1, 23), {"view", "download", "give"}),
        ({"purpose": "appointment"}, (2027, 1, 23), {"view", "download"}),
        ({"purpose": "appointment", "visit_on": "2026-12-03"}, (2026, 12, 17), {"view", "download"}),
        ({"purpose": "emergency"}, (2026, 12, 1), {"view", "download", "dicomweb"}),
        ({"purpose": "emergency", "until": "2026-11-24"}, (2026, 11, 24), {"view", "download", "dicomweb"}),
    ],
)
def test_a_purpose_has_its_end_and_its_rights(
    desk: Browser,
    site: Site,
    organisation: Organisation,
    fields: dict[str, str],
    last_day: tuple[int, int, int],
    allow: set[str],
) -> None:
    answer = desk.post(f"/discs/{a_disc(site, organisation)}/share", channel="slip", **fields)
    assert answer.status_code == 200
    share = the_share(site)
    assert share.expires_at == datetime(*last_day, 23, 59, 59, tzinfo=UTC)
    assert set(share.allow) == allow
    assert share.keys[0].channel == "slip"


def test_the_page_with_the_secrets_is_kept_nowhere(
    desk: Browser, app: Flask, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation)
    answer = desk.post(f"/discs/{disc_id}/share", purpose="patient_copy", channel="telephone")
    assert answer.headers["Cache-Control"] == "no-store"
    token = re.search(r"/s/([\w.=-]+)", answer.text)
    pin = re.search(r'class="pin-digits">(\d{4} \d{4})<', answer.text)
    assert token
    assert pin
    assert app.test_client().post(f"/s/{token[1]}", data={"pin": pin[1]}).status_code == 303
    share = the_share(site)
    later = "".join(desk.get(page).text for page in (f"/shares/{share.id}", "/shares", f"/discs/{disc_id}"))
    with site.sessions() as session:
        log = str([vars(entry) for entry in session.scalars(select(AuditEntry))])
    for secret in (token[1], pin[1], pin[1].replace(" ", "")):
        assert secret not in later + log


def test_no_screen_shows_the_code_and_the_pin_together(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    for channel in ("slip", "telephone"):
        page = desk.post(
            f"/discs/{a_disc(site, organisation)}/share", purpose="patient_copy", channel=channel
        ).text
        assert re.search(r'id="pin" hidden', page)
        assert bool(re.search(r'id="code"\s+hidden', page)) == (channel == "slip")


def test_nobody_waits_for_the_database_while_a_pin_is_hashed(
    desk: Browser, site: Site, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W-04: at the desk, making a link and a further key take the write lock only once the PIN is hashed."""
    disc_id, hashed, hash_for_real = a_disc(site, organisation), [], hash_password

    def hash_while_another_writes(pin: str) -> str:
        with site.sessions.begin() as session:
            session.execute(update(Share).values(reference="written meanwhile"))
        hashed.append(pin)
        return hash_for_real(pin)

    monkeypatch.setattr(pins, "hash_password", hash_while_another_writes)
    monkeypatch.setattr("app.db.BUSY_MS", 1)
    assert desk.post(f"/discs/{disc_id}/share", purpose="patient_copy", channel="slip").status_code == 200
    assert desk.post(f"/shares/{the_share(site).id}/keys", channel="reprint").status_code == 200
    assert len(hashed) == 2


def test_the_slip_names_nobody(desk: Browser, site: Site, organisation: Organisation) -> None:
    page = desk.post(
        f"/discs/{a_disc(site, organisation)}/share", purpose="patient_copy", channel="slip"
    ).text
    slip = page.split('<article class="slip"')[1]
    for private in ("Patient Test", "TEST-1", "chest", "CT"):
        assert private not in re.sub(r'src="data:[^"]+"|"slip-code">[^<]+', "", slip)
    for said in (organisation.name, "localhost/go", "23 January 2027", "+1 555 0100", "Tear here"):
        assert said in slip


def test_the_slip_speaks_the_recipients_language(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    page = desk.post(
        f"/discs/{a_disc(site, organisation)}/share", purpose="patient_copy", channel="slip", language="de"
    ).text
    screen, slip = page.split('<article class="slip"')
    assert "Works until 23 January 2027." in screen
    assert "Gilt bis zum 23. Januar 2027." in slip
    assert 'lang="de"' in slip


def test_without_mail_the_page_says_that_nothing_was_sent(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    asked = {"purpose": "patient_copy", "channel": "mail", "email": "reader@example.org"}
    answer = desk.post(f"/discs/{a_disc(site, organisation)}/share", **asked)
    assert answer.status_code == 200
    assert "Not sent: e-mail isn&#39;t set up. Print the slip." in answer.text


def test_an_e_mail_needs_an_address(desk: Browser, site: Site, organisation: Organisation) -> None:
    disc_id = a_disc(site, organisation)
    answer = desk.post(f"/discs/{disc_id}/share", purpose="patient_copy", channel="mail")
    assert answer.status_code == 400
    assert "Type the e-mail address that the link goes to." in answer.text
    with site.sessions() as session:
        assert not session.scalars(select(Share)).all()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reference": "Mr Patient"}, "The reference can be read before the PIN"),
        ({"reference": "03.05.1961"}, "The reference can be read before the PIN"),
        ({"reference": "no. TEST-1"}, "The reference can be read before the PIN"),
        ({"until": "2027-02-23"}, "90 days away at most"),
        ({"until": "2026-11-23"}, "from today on"),
        ({"until": "soon"}, "year, month, day"),
        ({"purpose": "fun"}, "Choose what the link is for."),
        ({"chose_studies": "1"}, "Choose at least one study."),
    ],
)
def test_what_will_not_do_is_said_and_what_was_written_stays(
    desk: Browser, site: Site, organisation: Organisation, fields: dict[str, str], said: str
) -> None:
    asked = {"purpose": "appointment", "channel": "slip", "recipient": "Valley Clinic", **fields}
    answer = desk.post(f"/discs/{a_disc(site, organisation)}/share", **asked)
    assert answer.status_code == 400
    assert said in answer.text
    assert 'value="Valley Clinic"' in answer.text
    with site.sessions() as session:
        assert not session.scalars(select(Share)).all()


def test_of_several_patients_one_must_be_chosen(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation, patients=2)
    asked = {"purpose": "patient_copy", "channel": "slip"}
    assert desk.post(f"/discs/{disc_id}/share", **asked).status_code == 400
    with site.sessions() as session:
        patient = session.scalars(select(DiscPatient).where(DiscPatient.patient_id == "TEST-2")).one().id
    assert desk.post(f"/discs/{disc_id}/share", patient=patient, **asked).status_code == 200
    assert the_share(site).disc_patient_id == patient


def test_a_link_made_while_the_disc_arrives_waits(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation, state=DiscState.INGESTING)
    page = desk.post(f"/discs/{disc_id}/share", purpose="patient_copy", channel="slip").text
    assert "It opens by itself when the disc is checked." in page
    assert "Waiting for the disc" in desk.get("/shares").text


def test_fields_that_the_form_does_not_have_change_nothing(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    """I-09."""
    extra = {
        "organisation_id": "x",
        "allow": "dicomweb",
        "max_uses": "99",
        "created_by": "x",
        "pin": "00000000",
    }
    desk.post(f"/discs/{a_disc(site, organisation)}/share", purpose="appointment", channel="slip", **extra)
    share = the_share(site)
    assert (share.organisation_id, share.max_uses) == (organisation.id, None)
    assert set(share.allow) == {"view", "download"}


def test_a_further_key_is_a_way_of_its_own(desk: Browser, site: Site, organisation: Organisation) -> None:
    key = a_share(site, organisation, a_disc(site, organisation))
    answer = desk.post(f"/shares/{key.share_id}/keys", channel="reprint")
    assert answer.status_code == 200
    assert key.code not in answer.text
    with site.sessions() as session:
        assert sorted(session.scalars(select(ShareKey.channel))) == ["reprint", "slip"]
    page = desk.get(f"/shares/{key.share_id}").text
    assert "Slip, printed again" in page


def test_revoking_ends_a_link_and_the_list_says_so(
    desk: Browser, app: Flask, site: Site, organisation: Organisation
) -> None:
    key = a_share(site, organisation, a_disc(site, organisation))
    assert desk.post(f"/shares/{key.share_id}/revoke").status_code == 303
    assert app.test_client().get(f"/s/{key.token}").status_code == 410
    assert key.share_id in desk.get("/shares?state=revoked").text
    assert key.share_id not in desk.get("/shares?state=live").text
    assert desk.post(f"/shares/{key.share_id}/keys", channel="slip").status_code == 403


def test_another_last_day_counts_at_once(desk: Browser, site: Site, organisation: Organisation) -> None:
    key = a_share(site, organisation, a_disc(site, organisation))
    assert desk.post(f"/shares/{key.share_id}/extend", until="2026-11-25").status_code == 303
    assert the_share(site).expires_at == datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC)
    assert desk.post(f"/shares/{key.share_id}/extend", until="2026-11-23").status_code == 400
    assert desk.post(f"/shares/{key.share_id}/extend", until="").status_code == 400


def test_links_are_found_by_recipient_reference_or_name(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    key = a_share(site, organisation, a_disc(site, organisation), recipient="Valley Clinic", reference="A-77")
    for words in ("valley", "a-77", "patient test", "clinic test"):
        assert key.share_id in desk.get("/shares", query_string={"q": words}).text, words
    assert key.share_id not in desk.get("/shares?q=mountain").text


def test_a_link_to_one_series_shows_and_gives_away_that_series_alone(
    app: Flask, desk: Browser, site: Site, organisation: Organisation
) -> None:
    """I-06: pages, pictures, ZIP with DICOMDIR, and ISO."""
    disc_id = a_disc(site, organisation, slices=1)
    a_series(site, disc_id, slices=2, SeriesInstanceUID=f"{ROOT}1.2", SeriesDescription="Thin")
    an_attachment(site, disc_id, photo(), media_type="image/jpeg", kind="photo", title="Knee")
    viewing.show(site, disc_id)
    assert "Only single series of it" in desk.get(f"/discs/{disc_id}/share").text
    fields = {"purpose": "appointment", "channel": "slip", "chose_studies": "1", "study": f"{ROOT}1"}
    made = desk.post(f"/discs/{disc_id}/share", series=f"{ROOT}1.2", **fields)
    pin = re.search(r"\b\d{4} \d{4}\b", made.text)
    link = re.search(r"/s/[\w.-]+", made.text)
    assert pin
    assert link
    app.config["WTF_CSRF_ENABLED"] = False
    visitor = app.test_client()
    view = str(visitor.post(link[0], data={"pin": pin[0]}).location)
    manifest = visitor.get(f"{view}/manifest.json").get_json()
    assert [one["series_uid"] for study in manifest["studies"] for one in study["series"]] == [f"{ROOT}1.2"]
    assert manifest["documents"] == []
    for which in ("zip", "iso"):
        data = visitor.get(f"{view}/bundle.{which}").data
        assert f"{ROOT}1.2.1".encode() in data
        assert f"{ROOT}1.1.1".encode() not in data
    with site.sessions() as session:
        left_out = session.scalars(select(Instance).where(Instance.instance_uid == f"{ROOT}1.1.1")).one()
    for what in (f"frames/{left_out.id}/0", f"previews/{left_out.id}.webp", f"instances/{left_out.id}"):
        assert visitor.get(f"{view}/{what}").status_code == 404
