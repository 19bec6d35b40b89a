"""Pictures to take away: who may, which, what stands in them, and how they end."""

import re
import subprocess
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from PIL import Image
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit import Action
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.pictures import layout
from app.shares import service as shares
from app.shares.models import Purpose
from app.shares.orders import NewKey
from app.site import Site
from app.storage import keys
from app.studies.models import DisplayState, Instance, Series
from app.web import download, pace, takes
from app.web.download import Stopped
from app.web.slots import DRAWN_PER_HOST, StreamSlots
from tests import viewing
from tests.factories import a_disc, a_share, ct_dataset, ct_series, imported_disc, ramp, ready_disc

SLICES = 6
both = pytest.mark.parametrize("kind", ["zip", "pdf"])


@pytest.fixture
def key(site: Site, organisation: Organisation) -> NewKey:
    """A share of a disc with six slices that can be seen."""
    disc_id = a_disc(site, organisation, slices=SLICES)
    viewing.show(site, disc_id)
    return a_share(site, organisation, disc_id)


@pytest.fixture
def browser(app: Flask, key: NewKey) -> FlaskClient:
    """A browser that has given the PIN."""
    client = app.test_client()
    viewing.enter(client, key)
    return client


def address(key: NewKey, kind: str = "zip", **asked: Any) -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"/view/{key.share_id}/pictures.{kind}?{query}"


def files(answer: Any) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    with ZipFile(BytesIO(answer.data)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


def pixels(data: bytes) -> Any:
    return np.asarray(Image.open(BytesIO(data)))


def logged(site: Site, action: Action) -> list[AuditEntry]:
    with site.sessions() as session:
        found = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.number)
        return list(session.scalars(found))


def pdf_text(data: bytes, folder: Path) -> str:
    path = folder / "sheet.pdf"
    path.write_bytes(data)
    return subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, check=True, text=True
    ).stdout


def test_every_picture_is_there_once_and_numbered(key: NewKey, browser: FlaskClient) -> None:
    found = files(browser.get(address(key)))
    names = [f"examination-1/series-01/picture-{number:04d}.jpg" for number in range(1, SLICES + 1)]
    assert list(found) == [*names, "README.TXT"]
    assert all(Image.open(BytesIO(found[name])).format == "JPEG" for name in names)


def test_pixels_are_windowed_as_the_standard_says(key: NewKey, browser: FlaskClient) -> None:
    found = files(browser.get(address(key, form="png")))
    values = ramp(3, 16).astype(float)
    expected = np.rint((((values - 39.5) / 399) + 0.5).clip(0, 1) * 255)
    assert np.array_equal(pixels(found["examination-1/series-01/picture-0003.png"]), expected)


def test_a_series_can_be_taken_as_the_viewer_shows_it_now(
    key: NewKey, browser: FlaskClient, site: Site
) -> None:
    with site.sessions() as session:
        series_id = session.scalars(select(Series.id)).one()
    found = files(browser.get(address(key, form="png", shown=f"{series_id},-600,1500,LINEAR,1")))
    values = ramp(1, 16).astype(float)
    expected = 255 - np.rint((((values + 600.5) / 1499) + 0.5).clip(0, 1) * 255)
    assert np.array_equal(pixels(found["examination-1/series-01/picture-0001.png"]), expected)


def test_every_nth_picture_keeps_its_number(key: NewKey, browser: FlaskClient) -> None:
    found = files(browser.get(address(key, which="nth", every=4)))
    assert [name[-8:-4] for name in found if name != "README.TXT"] == ["0001", "0005"]
    assert "one of every 4" in found["README.TXT"].decode()


def test_marked_pictures_alone(key: NewKey, browser: FlaskClient, site: Site) -> None:
    with site.sessions() as session:
        marked = session.scalars(select(Instance.id).where(Instance.number == 5)).one()
    found = files(browser.get(address(key, which="marked", marks=f"{marked}/0")))
    assert [name for name in found if name != "README.TXT"] == ["examination-1/series-01/picture-0005.jpg"]


def test_key_pictures_are_those_that_the_radiologist_chose(
    site: Site, organisation: Organisation, app: Flask
) -> None:
    disc_id = a_disc(site, organisation, slices=3)
    viewing.show(site, disc_id)
    with site.sessions.begin() as session:
        _, second, third = session.scalars(select(Instance).order_by(Instance.number))
        third.sop_class_uid = "1.2.840.10008.5.1.4.1.1.88.59"
        third.facts = third.facts | _evidence(second.instance_uid)
    key = a_share(site, organisation, disc_id)
    client = app.test_client()
    viewing.enter(client, key)
    found = files(client.get(address(key, which="key")))
    assert [name[-8:-4] for name in found if name != "README.TXT"] == ["0002"]


def _evidence(uid: str) -> dict[str, Any]:
    item = {"00081155": {"vr": "UI", "Value": [uid]}}
    series = {"00081199": {"vr": "SQ", "Value": [item]}}
    return {"0040A375": {"vr": "SQ", "Value": [{"00081115": {"vr": "SQ", "Value": [series]}}]}}


@both
@pytest.mark.parametrize(
    "asked",
    [
        {"which": "none"},
        {"every": "0"},
        {"every": "x"},
        {"series": "../x"},
        {"marks": "1"},
        {"form": "bmp"},
        {"shown": "a,b"},
        {"shown": "aaaaaaaaaaaaaaaa,0,-1,LINEAR,0"},
        {"shown": "aaaaaaaaaaaaaaaa,nan,1,LINEAR_EXACT,0"},
        {"shown": "aaaaaaaaaaaaaaaa,0,1,CUBIC,0"},
    ],
)
def test_what_cannot_be_meant_is_refused(
    kind: str, asked: dict[str, str], key: NewKey, browser: FlaskClient
) -> None:
    """D-06."""
    assert browser.get(address(key, kind, **asked)).status_code == 400


@both
@pytest.mark.parametrize("asked", [{"series": "aaaaaaaaaaaaaaaa"}, {"which": "key"}, {"which": "marked"}])
def test_pictures_that_are_not_there_are_not_found(
    kind: str, asked: dict[str, str], key: NewKey, browser: FlaskClient
) -> None:
    assert browser.get(address(key, kind, **asked)).status_code == 404


@both
def test_a_series_of_another_share_is_not_there(
    kind: str, key: NewKey, browser: FlaskClient, site: Site, organisation: Organisation
) -> None:
    other = a_disc(site, organisation, slices=1)
    with site.sessions() as session:
        series_id = session.scalars(select(Series.id).where(Series.disc_id == other)).one()
    assert browser.get(address(key, kind, series=series_id)).status_code == 404


HOSTILE = {
    "StudyDescription": "../../etc/passwd\r\nX: y (Test Patient)",
    "SeriesDescription": "C:\\x\x1b[31m Test^Patient",
    "BodyPartExamined": "CHEST",
    "PatientID": "../TEST-1",
}


@pytest.fixture
def hostile(site: Site, organisation: Organisation, tmp_path: Path, app: Flask) -> tuple[NewKey, FlaskClient]:
    """U-03, D-01: a visitor of a disc whose texts would like to be paths and operators."""
    ct_series(tmp_path / "disc", 2, **HOSTILE)
    disc_id = ready_disc(site, organisation, tmp_path / "disc")
    viewing.show(site, disc_id)
    key = a_share(site, organisation, disc_id)
    client = app.test_client()
    viewing.enter(client, key)
    return key, client


def test_nothing_that_a_header_says_reaches_a_name(hostile: tuple[NewKey, FlaskClient]) -> None:
    key, client = hostile
    answer = client.get(address(key, name="yes"))
    assert answer.status_code == 200, answer.text
    assert re.fullmatch(
        r'attachment; filename="pictures-[0-9-]{10}\.zip"', answer.headers["Content-Disposition"]
    )
    names = [name for name in files(answer) if name != "README.TXT"]
    assert all(re.fullmatch(r"examination-1/series-01/picture-000[12]\.jpg", name) for name in names)


@both
def test_no_name_is_given_unless_chosen(
    kind: str, hostile: tuple[NewKey, FlaskClient], tmp_path: Path
) -> None:
    key, client = hostile
    for name, expected in (("no", False), ("yes", True)):
        answer = client.get(address(key, kind, name=name))
        text = pdf_text(answer.data, tmp_path) if kind == "pdf" else files(answer)["README.TXT"].decode()
        assert "CT of the chest" in text
        for part in ("Patient Test", "3 May 1961", "TEST-1"):
            assert (part in text) is expected, part
        for part in ("passwd", "X: y", "C:"):
            assert part not in text


def test_a_name_stands_below_the_picture_and_changes_none_of_it(key: NewKey, browser: FlaskClient) -> None:
    plain, named = (
        files(browser.get(address(key, form="png", name=name)))["examination-1/series-01/picture-0001.png"]
        for name in ("no", "yes")
    )
    without, with_name = Image.open(BytesIO(plain)), Image.open(BytesIO(named)).convert("L")
    assert with_name.height > without.height
    left = (with_name.width - without.width) // 2
    inside = (left, 0, left + without.width, without.height)
    assert np.array_equal(np.asarray(with_name.crop(inside)), np.asarray(without))


def test_the_text_accounts_for_what_is_not_there(key: NewKey, browser: FlaskClient, site: Site) -> None:
    with site.sessions.begin() as session:
        one, two, *_ = session.scalars(select(Instance).order_by(Instance.number))
        one.display_state, one.display_reason = DisplayState.NOT_SHOWN, "It is cut short."
        site.store.delete(keys.display_frame(two.organisation_id, two.sha256, 0))
    text = files(browser.get(address(key)))["README.TXT"].decode()
    assert "4 pictures." in text
    assert "Not among them: 1. It is cut short." in text
    assert "could not be made" in text
    assert "examination-1/series-01/picture-0001.jpg" in text.split("could not be made")[1]


def test_the_sheet_has_every_picture_and_its_directions(
    key: NewKey, browser: FlaskClient, tmp_path: Path
) -> None:
    answer = browser.get(address(key, "pdf"))
    assert answer.content_type == "application/pdf"
    text = pdf_text(answer.data, tmp_path)
    assert "Your pictures" in text
    assert "Test Hospital, +1 555 0100" in text
    assert "CT, 12 March 2026" in text
    assert "Series 1: 6 of 6 pictures" in text
    assert "For review only" in text
    assert "Page 1 of 1" in text
    assert {"A", "P", "L", "R"} <= set(text.split())
    listed = subprocess.run(
        ["pdfimages", "-list", tmp_path / "sheet.pdf"], capture_output=True, check=True, text=True
    ).stdout
    assert listed.count("jpeg") == SLICES


def test_a_sheet_of_many_pages_takes_every_nth_of_too_many(
    site: Site, organisation: Organisation, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disc_id = a_disc(site, organisation, slices=40)
    viewing.show(site, disc_id)
    key = a_share(site, organisation, disc_id)
    client = app.test_client()
    viewing.enter(client, key)
    monkeypatch.setattr(takes, "fewer", lambda selection: layout.fewer(selection, 20))
    text = pdf_text(client.get(address(key, "pdf")).data, tmp_path)
    assert "Series 1: 20 of 40 pictures" in text
    assert "Page 2 of 2" in text


@both
def test_the_estimate_is_near_and_costs_no_slot(
    kind: str, key: NewKey, browser: FlaskClient, site: Site
) -> None:
    told = browser.head(address(key, kind))
    assert told.headers["X-Pictures"] == str(SLICES)
    assert logged(site, Action.DOWNLOADED) == []
    length = len(browser.get(address(key, kind)).data)
    assert length / 3 < int(told.headers["X-Estimated-Length"]) < length * 3


@both
def test_a_stranger_finds_nothing(kind: str, key: NewKey, client: FlaskClient) -> None:
    assert client.get(address(key, kind)).status_code == 404


@both
def test_a_link_for_viewing_only_refuses_and_logs_it(
    kind: str, site: Site, organisation: Organisation, app: Flask
) -> None:
    disc_id = a_disc(site, organisation)
    viewing.show(site, disc_id)
    key, client = a_share(site, organisation, disc_id, allow=("view",)), app.test_client()
    viewing.enter(client, key)
    assert client.get(address(key, kind)).status_code == 403
    assert [entry.share_id for entry in logged(site, Action.DOWNLOAD_DENIED)] == [key.share_id]


@both
def test_the_log_says_what_was_taken_and_how_it_ended(
    kind: str, key: NewKey, browser: FlaskClient, site: Site
) -> None:
    answer = browser.get(address(key, kind, name="yes"), buffered=True)
    (start,), (end,) = logged(site, Action.DOWNLOADED), logged(site, Action.DOWNLOAD_ENDED)
    assert start.details["form"] == ("pictures-pdf" if kind == "pdf" else "pictures-jpeg")
    assert start.details["pictures"] == SLICES
    assert start.details["named"] is True
    assert end.details == {"bytes": len(answer.data), "outcome": "complete"}


@both
def test_who_goes_away_frees_the_slot_and_ends_the_child(
    kind: str, key: NewKey, browser: FlaskClient, site: Site
) -> None:
    for _ in range(2):
        answer = browser.get(address(key, kind), buffered=False)
        body = answer.iter_encoded()
        next(body)
        assert next(body)
        answer.close()
    assert [entry.details["outcome"] for entry in logged(site, Action.DOWNLOAD_ENDED)] == ["aborted"] * 2
    assert list((site.config.data_dir / "run" / "streams").iterdir()) == []


@both
def test_revocation_cuts_it_while_it_is_under_way(
    kind: str,
    key: NewKey,
    browser: FlaskClient,
    site: Site,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "CHECK_EVERY", 0.0)
    answer = browser.get(address(key, kind), buffered=False)
    body = answer.iter_encoded()
    next(body)
    with site.sessions.begin() as session:
        shares.revoke(session, organisation.id, key.share_id, by=OPERATOR, user_id=None, now=site.now())
    with pytest.raises(Stopped):
        next(body)
    answer.close()
    assert logged(site, Action.DOWNLOAD_ENDED)[0].details["outcome"] == "stopped"
    assert browser.get(address(key, kind)).status_code == 410


@both
def test_one_a_link_and_two_a_host_are_made_at_once(
    kind: str, key: NewKey, browser: FlaskClient, site: Site
) -> None:
    slots = StreamSlots(site.config.data_dir / "run" / "streams")
    own = slots.take_drawing(key.key_id)
    assert browser.get(address(key, kind)).status_code == 429
    assert browser.head(address(key, kind)).status_code == 200
    own.release()
    others = [slots.take_drawing(f"other{number}") for number in range(DRAWN_PER_HOST)]
    assert browser.get(address(key, kind)).status_code == 429
    others[0].release()
    assert browser.get(address(key, kind), buffered=True).status_code == 200
    others[1].release()
    assert logged(site, Action.DOWNLOAD_DENIED)[0].details == {"reason": "too_many_at_once"}
    assert list((site.config.data_dir / "run" / "streams").iterdir()) == []


def test_who_asks_too_often_waits(key: NewKey, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takes, "PACE", parse("2/hour"))
    for _ in range(takes.PACE.amount):
        browser.get(address(key, which="nth", every=1000)).close()
    answer = browser.get(address(key, which="nth", every=1000))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_counter_that_fails_makes_everybody_wait(key: NewKey, browser: FlaskClient, app: Flask) -> None:
    """W-06."""
    nowhere = storage_from_string("redis://127.0.0.1:1/0")
    app.extensions[pace.LIMITS] = MovingWindowRateLimiter(nowhere)
    assert browser.get(address(key)).status_code == 429


def test_an_emergency_release_says_so_on_every_picture_whatever_was_chosen(
    site: Site, organisation: Organisation, app: Flask, tmp_path: Path
) -> None:
    ct_series(tmp_path / "disc", 1)
    disc_id = imported_disc(
        site, organisation, tmp_path / "disc", name="Other Sample", birth_date=date(1961, 5, 8)
    )
    viewing.show(site, disc_id)
    order = {"purpose": Purpose.EMERGENCY, "released_because": "stroke", "call_back": "Dr Test"}
    key, client = a_share(site, organisation, disc_id, days=6, **order), app.test_client()
    viewing.enter(client, key)
    found = files(client.get(address(key)))
    text = found["README.TXT"].decode()
    assert "Not checked yet whose images these are. Expected: Other Sample" in text
    assert "Patient Test, born 3 May 1961" in text
    image = Image.open(BytesIO(found["examination-1/series-01/picture-0001.jpg"]))
    assert image.height > ct_dataset().Rows
    sheet = pdf_text(client.get(address(key, "pdf")).data, tmp_path)
    assert "Not checked yet whose images these are" in sheet
