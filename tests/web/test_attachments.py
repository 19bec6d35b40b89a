"""Staff put reports and photos beside a disc: only real ones get in, and none leaves without a study."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.ingest import adding
from app.shares.models import ShareAttachment
from app.shares.notes import erase_notes
from app.shares.queries import find_share, shared_attachments
from app.site import Site
from app.storage import keys
from app.studies import queries
from app.studies.models import Attachment, Disc, DiscFile, Original, Study
from app.studies.retention import purge_due
from tests.documents import PDF, photo
from tests.factories import ROOT, a_disc, a_share, an_attachment
from tests.hostile.samples import SCRIPT, png_bomb
from tests.staff import Browser, a_member

Desk = Callable[..., TestResponse]
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.__pwn=1'/>"
PAGE = b"<html><script>window.__pwn=1</script>%PDF-1.4"


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    return a_disc(site, organisation, slices=1)


@pytest.fixture
def browser(app: Flask, site: Site, organisation: Organisation) -> Browser:
    return Browser.of(app, site, a_member(site, organisation))


@pytest.fixture
def add(browser: Browser, disc_id: str) -> Desk:
    """Return how the desk adds files: names and bytes, and what else the form says."""

    def adding_(*files: tuple[str, bytes], **form: Any) -> TestResponse:
        sent = [(BytesIO(data), name) for name, data in files]
        data = {"csrf_token": browser.token(), "file": sent, **form}
        return browser.client.post(f"/discs/{disc_id}/attachments", data=data, follow_redirects=True)

    return adding_


def rows(site: Site) -> list[Attachment]:
    with site.sessions() as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.title)))


def study_id(site: Site) -> str:
    with site.sessions() as session:
        return session.scalars(select(Study.id)).one()


def test_what_staff_add_belongs_to_the_only_study_and_is_accounted_for(
    site: Site, organisation: Organisation, disc_id: str, add: Desk
) -> None:
    page = add(("Chest_report.pdf", PDF), ("wound.jpg", photo()), ("scan.png", photo(kind="PNG", seed=2)))
    assert page.status_code == 200
    assert "3 files are added." in page.text
    found = {(one.title, one.kind, one.media_type, one.study_id) for one in rows(site)}
    assert found == {
        ("Chest report", "report", "application/pdf", study_id(site)),
        ("wound", "photo", "image/jpeg", study_id(site)),
        ("scan", "photo", "image/png", study_id(site)),
    }
    with site.sessions() as session:
        receipt = queries.receipt(session, session.get_one(Disc, disc_id))
        added = {
            (entry.action, entry.details["kind"])
            for entry in session.scalars(select(AuditEntry).where(AuditEntry.disc_id == disc_id))
            if entry.action == "attachment_added"
        }
    assert (receipt.files, receipt.instances, receipt.documents) == (4, 1, 3)
    assert added == {("attachment_added", "report"), ("attachment_added", "photo")}
    for one in rows(site):
        with site.store.open(keys.original(organisation.id, one.sha256)) as file:
            assert file.read() in (PDF, photo(), photo(kind="PNG", seed=2))


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        pytest.param("report.pdf", SVG, "must be a PDF, a JPEG or a PNG", id="U-14 SVG called PDF"),
        pytest.param("report.pdf", PAGE, "must be a PDF, a JPEG or a PNG", id="U-14 page called PDF"),
        pytest.param("a.jpg", b"MZ" + bytes(200), "must be a PDF", id="U-15 program called picture"),
        pytest.param("a.pdf", b"", "is empty", id="nothing"),
        pytest.param("a.png", png_bomb(), "100 million pixels", id="U-08 PNG bomb"),
        pytest.param("a.jpg", photo()[:4000], "is damaged", id="U-12 half a JPEG"),
        pytest.param("a.png", b"\x89PNG\r\n\x1a\n<script>", "is damaged", id="U-15 page called PNG"),
    ],
)
def test_what_is_no_report_or_photo_is_refused_and_nothing_of_it_is_kept(
    site: Site, add: Desk, name: str, data: bytes, says: str
) -> None:
    page = add((name, data))
    assert page.status_code == 200
    assert says in page.text
    assert rows(site) == []
    with site.sessions() as session:
        assert session.query(DiscFile).count() == session.query(Original).count() == 1


def test_one_bad_file_holds_up_no_good_one(site: Site, add: Desk) -> None:
    page = add(("bad.jpg", b"no picture"), ("good.pdf", PDF))
    assert "bad.jpg was not added." in page.text
    assert [one.title for one in rows(site)] == ["good"]


def test_a_polyglot_picture_is_shown_as_its_pixels_alone(
    site: Site, organisation: Organisation, browser: Browser, disc_id: str, add: Desk
) -> None:
    """U-15: a JPEG that carries a page and the place where it was taken; the copy carries neither."""
    exif = Image.Exif()
    exif[0x010E] = "52.1 N <script>window.__pwn=1</script>"
    polyglot = photo(exif=exif, comment=b"*/=window.__pwn=1/*") + b"<html><script>window.__pwn=1</script>"
    add(("a.jpg", polyglot))
    (one,) = rows(site)
    shown = browser.get(f"/discs/{disc_id}/attachments/{one.id}", buffered=True)
    assert shown.content_type == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert b"__pwn" not in shown.data
    assert b"52.1" not in shown.data
    assert Image.open(BytesIO(shown.data)).size == (640, 480)
    with site.store.open(keys.original(organisation.id, one.sha256)) as file:
        assert file.read() == polyglot


def test_a_pdf_with_a_script_is_shown_where_it_can_do_nothing(
    site: Site, browser: Browser, disc_id: str, add: Desk
) -> None:
    """U-14."""
    add(("report.pdf", SCRIPT))
    shown = browser.get(f"/discs/{disc_id}/attachments/{rows(site)[0].id}", buffered=True)
    assert shown.data == SCRIPT
    assert shown.content_type == "application/pdf"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == ("sandbox; default-src 'none'; frame-ancestors 'self'")


def test_a_title_is_shown_as_text(browser: Browser, disc_id: str, add: Desk) -> None:
    """U-03."""
    page = add(("<img src=x onerror=alert(1)>.pdf", PDF))
    assert "<img src=x" not in page.text


def test_a_file_over_the_limit_is_refused_in_a_sentence(
    site: Site, add: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W-03."""
    monkeypatch.setattr(adding, "MAX_BYTES", 1000)
    assert adding.TOO_LARGE in add(("a.pdf", PDF + bytes(1000))).text
    assert rows(site) == []


def test_a_form_over_the_limit_is_refused_before_it_is_read(browser: Browser, disc_id: str) -> None:
    """W-03."""
    answer = browser.client.post(
        f"/discs/{disc_id}/attachments",
        environ_overrides={"CONTENT_LENGTH": str(10 << 30)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413


def test_the_same_file_is_added_once(site: Site, add: Desk) -> None:
    add(("a.pdf", PDF))
    assert "on the disc already" in add(("b.pdf", PDF)).text
    assert len(rows(site)) == 1


def test_a_stopped_disc_takes_nothing(site: Site, disc_id: str, add: Desk) -> None:
    with site.sessions.begin() as session:
        session.get_one(Disc, disc_id).blocked_at = site.now()
    assert add(("a.pdf", PDF)).status_code == 403
    assert rows(site) == []


def test_without_a_study_no_link_shows_it_and_with_one_the_next_does(
    site: Site, organisation: Organisation, browser: Browser, disc_id: str
) -> None:
    attachment_id = an_attachment(site, disc_id, PDF, study_uid=None)
    before = a_share(site, organisation, disc_id)
    address = f"/discs/{disc_id}/attachments/{attachment_id}"
    said = browser.post(address, study=study_id(site), kind="report", title=" The  report ")
    assert said.status_code == 303
    after = a_share(site, organisation, disc_id)
    assert titles(site, organisation, before.share_id) == []
    assert titles(site, organisation, after.share_id) == ["The report"]


def titles(site: Site, organisation: Organisation, share_id: str) -> list[str]:
    with site.sessions() as session:
        version = find_share(session, organisation.id, share_id).versions[-1]
        return [one.title for one in shared_attachments(session, version.id)]


def test_a_share_without_the_report_takes_photos_along_and_no_report(
    site: Site, organisation: Organisation, disc_id: str
) -> None:
    an_attachment(site, disc_id, PDF, title="A report")
    an_attachment(site, disc_id, b"photo", media_type="image/jpeg", kind="photo", title="A photo")
    an_attachment(site, disc_id, b"scan", media_type="image/png", kind="report", title="A scanned report")
    key = a_share(site, organisation, disc_id, include_report=False)
    assert titles(site, organisation, key.share_id) == ["A photo"]


def test_a_share_of_one_patient_takes_nothing_of_the_other(site: Site, organisation: Organisation) -> None:
    """I-06, I-07."""
    disc_id = a_disc(site, organisation, slices=1, patients=2)
    an_attachment(site, disc_id, PDF, title="Mine")
    an_attachment(site, disc_id, PDF + b"%", title="Theirs", study_uid=f"{ROOT}2")
    an_attachment(site, disc_id, PDF + b"%%", title="Nobody's", study_uid=None)
    key = a_share(site, organisation, disc_id, study_uids=[f"{ROOT}1"])
    assert titles(site, organisation, key.share_id) == ["Mine"]


def test_a_study_of_another_disc_or_of_a_patient_left_out_takes_nothing(
    site: Site, organisation: Organisation, browser: Browser, disc_id: str
) -> None:
    """I-03."""
    attachment_id = an_attachment(site, disc_id, PDF)
    elsewhere = a_disc(site, organisation, slices=1)
    with site.sessions() as session:
        theirs = session.scalars(select(Study.id).where(Study.disc_id == elsewhere)).one()
    answer = browser.post(f"/discs/{disc_id}/attachments/{attachment_id}", study=theirs, kind="report")
    assert answer.status_code == 404
    other = browser.post(f"/discs/{elsewhere}/attachments/{attachment_id}", kind="report")
    assert other.status_code == 404


def test_what_a_link_shows_stays_as_it_is_until_the_link_is_closed(
    site: Site, organisation: Organisation, browser: Browser, disc_id: str, add: Desk
) -> None:
    add(("a.pdf", PDF))
    (one,) = rows(site)
    key = a_share(site, organisation, disc_id)
    address = f"/discs/{disc_id}/attachments/{one.id}"
    for deed in (address, f"{address}/remove"):
        answer = browser.post(deed, kind="photo")
        assert answer.status_code == 403
        assert "A link shows it." in answer.text
    assert browser.post(f"/shares/{key.share_id}/revoke").status_code == 303
    assert browser.post(f"{address}/remove").status_code == 303
    assert rows(site) == []
    with site.sessions() as session:
        assert session.query(ShareAttachment).count() == 0
        assert session.get(Original, (organisation.id, one.sha256)) is None
        assert not site.store.exists(keys.original(organisation.id, one.sha256))
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "attachment_removed"))
        assert (entry.details["attachment_id"], entry.details["sha256"]) == (one.id, one.sha256)


def test_what_came_with_the_disc_stays_accounted_for(site: Site, browser: Browser, disc_id: str) -> None:
    attachment_id = an_attachment(site, disc_id, PDF)
    answer = browser.post(f"/discs/{disc_id}/attachments/{attachment_id}/remove")
    assert answer.status_code == 403
    assert "It came with the disc" in answer.text
    assert len(rows(site)) == 1


def test_a_purged_disc_leaves_nothing_of_them(
    site: Site, organisation: Organisation, disc_id: str, tmp_path: Path
) -> None:
    """T-15, O-06."""

    an_attachment(site, disc_id, photo(), media_type="image/jpeg")
    a_share(site, organisation, disc_id)
    with site.sessions.begin() as session:
        session.get_one(Disc, disc_id).deleted_at = site.now() - timedelta(days=2)
    assert purge_due(site.sessions, site.store, site.now(), erase_notes) == 1
    assert rows(site) == []
    assert not list(site.store.keys(f"objects/{organisation.id}/"))
    assert not list(site.store.keys(f"display/{organisation.id}/"))


def test_staff_see_before_sharing_that_there_is_a_report(
    site: Site, browser: Browser, organisation: Organisation, disc_id: str
) -> None:
    asked = "Include the report"
    share_page = browser.get(f"/discs/{disc_id}/share").text
    assert asked not in share_page
    assert "None is on this disc." in share_page
    an_attachment(site, disc_id, PDF)
    an_attachment(site, disc_id, b"photo", media_type="image/jpeg", kind="photo")
    for page in (f"/discs/{disc_id}", f"/discs/{disc_id}/share"):
        told = browser.get(page).text
        assert "1 report" in told
        assert "1 photo" in told
    assert asked in told
