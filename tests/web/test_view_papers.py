"""Reports and photos for visitors: what a share shows can be read, taken with the right, and nothing else."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.ingest.display import display_disc
from app.site import Site
from app.storage import keys
from app.studies.models import Attachment
from tests import documents, viewing
from tests.documents import PDF, photo
from tests.factories import ROOT, a_disc, a_share, an_attachment, ct_series, readers, ready_disc


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    disc_id = a_disc(site, organisation, slices=1, patients=2)
    viewing.show(site, disc_id)
    return disc_id


def told(client: FlaskClient, view: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{view}/manifest.json").get_json()["documents"]
    return found


def visit(client: FlaskClient, site: Site, organisation: Organisation, disc_id: str, **order: Any) -> str:
    return viewing.enter(client, a_share(site, organisation, disc_id, study_uids=[f"{ROOT}1"], **order))


def test_a_report_is_read_and_taken_as_it_was_received(
    client: FlaskClient, site: Site, organisation: Organisation, disc_id: str
) -> None:
    attachment_id = an_attachment(site, disc_id, PDF, title="Chest, final report")
    view = visit(client, site, organisation, disc_id)
    (line,) = told(client, view)
    address = f"{view}/attachments/{attachment_id}"
    assert (line["what"], line["title"], line["date"]) == (
        "Report (PDF)",
        "Chest, final report",
        "2026-03-12",
    )
    assert (line["is_report"], line["is_photo"]) == (True, False)
    assert line["document"] == {"url": address, "kind": "pdf"}
    assert line["original"] == line["pdf"] == f"{address}/original"
    read = client.get(address, buffered=True)
    assert (read.data, read.content_type) == (PDF, "application/pdf")
    assert read.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    taken = client.get(line["pdf"], buffered=True)
    assert taken.data == PDF
    assert taken.headers["Content-Disposition"] == 'attachment; filename="report.pdf"'
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    with site.sessions() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    log = [(entry.action, entry.details) for entry in entries if entry.action in ("viewed", "downloaded")]
    assert [action for action, _ in log] == ["viewed", "downloaded"]
    assert log[0][1]["study_uid"] == f"{ROOT}1"
    assert log[1][1]["attachment_id"] == attachment_id


def test_who_may_only_look_gets_no_original(
    client: FlaskClient, site: Site, organisation: Organisation, disc_id: str
) -> None:
    """Issue 6, 6: of a photo only the copy that we wrote leaves."""
    data = photo()
    attachment_id = an_attachment(site, disc_id, data, media_type="image/jpeg", kind="photo", title="Knee")
    view = visit(client, site, organisation, disc_id, allow=("view",))
    (line,) = told(client, view)
    assert (line["what"], line["is_photo"], line["original"], line["pdf"]) == ("Photo", True, None, None)
    assert line["document"]["kind"] == "photo"
    shown = client.get(line["document"]["url"], buffered=True)
    assert (shown.data, shown.content_type) == (b"a copy", "image/jpeg")
    assert client.get(f"{view}/attachments/{attachment_id}/original").status_code == 403


def test_what_the_share_does_not_show_is_not_there(
    client: FlaskClient, site: Site, organisation: Organisation, disc_id: str
) -> None:
    """I-02, I-06, I-07: the other patient's, the one of no study, the report where none was to go along."""
    hidden = [
        an_attachment(site, disc_id, PDF + b"%1", study_uid=f"{ROOT}2"),
        an_attachment(site, disc_id, PDF + b"%2", study_uid=None),
        an_attachment(site, disc_id, PDF + b"%3"),
    ]
    view = visit(client, site, organisation, disc_id, include_report=False)
    later = an_attachment(site, disc_id, photo(), media_type="image/jpeg", kind="photo")
    assert told(client, view) == []
    for attachment_id in (*hidden, later):
        for address in (
            f"{view}/attachments/{attachment_id}",
            f"{view}/attachments/{attachment_id}/original",
        ):
            assert client.get(address).status_code == 404


def test_a_photo_whose_copy_is_lost_is_not_replaced_by_its_own_bytes(
    client: FlaskClient, site: Site, organisation: Organisation, disc_id: str
) -> None:
    attachment_id = an_attachment(site, disc_id, photo(), media_type="image/jpeg", kind="photo")
    view = visit(client, site, organisation, disc_id)
    with site.sessions() as session:
        sha256 = session.get_one(Attachment, attachment_id).sha256
    site.store.delete(keys.display_folder(organisation.id, sha256))
    assert client.get(f"{view}/attachments/{attachment_id}").status_code == 404


def test_a_report_of_dicoms_is_taken_as_one_pdf(
    client: FlaskClient, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    """Issue 7, 5: the words of a structured report as pages, an encapsulated PDF as it is inside."""
    ct_series(tmp_path, 1)
    (tmp_path / "SR").write_bytes(documents.report("A (round) finding."))
    (tmp_path / "PDF").write_bytes(documents.pdf())
    disc_id = ready_disc(site, organisation, tmp_path)
    display_disc(site.sessions, site.store, readers(), disc_id, lambda: True)
    view = viewing.enter(client, a_share(site, organisation, disc_id))
    found = {line["what"]: client.get(line["pdf"], buffered=True) for line in told(client, view)}
    assert set(found) == {"Report", "Report (PDF)"}
    assert found["Report (PDF)"].data.rstrip(b"\0") == PDF
    words = found["Report"].data
    assert words.startswith(b"%PDF-1.4")
    sentences = (
        "Test Report",
        "Findings",
        "A \\(round\\) finding.",
        "Diameter: 12.5 mm",
        "not been verified",
    )
    assert [text for text in sentences if text.encode() not in words] == []
    for answer in found.values():
        assert answer.content_type == "application/pdf"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="report.pdf"'
        assert BytesIO(answer.data).read(5) == b"%PDF-"
