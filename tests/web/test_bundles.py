"""Saving a share's bundle: who may, in what pieces, how many at once, and what the log says of it."""

import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile
from zlib import crc32

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit import Action
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.bundles import manifest
from app.bundles.stream import CHUNK, Damaged
from app.shares import service as shares
from app.shares.models import Share, ShareKey
from app.shares.notes import erase_notes
from app.shares.orders import NewKey
from app.shares.visits import begin_visit
from app.site import Site
from app.storage import keys
from app.storage.blocks import block_sums
from app.studies.models import Disc, Instance, Series
from app.studies.retention import UNDO, delete_disc, purge_due
from app.web import create_app, download
from app.web.download import Stopped
from app.web.slots import PER_HOST, PER_KEY, RETRY_AFTER, StreamSlots
from tests.factories import ROOT, a_disc, a_share, ct_series, ready_disc
from tests.unit.bundles.bundle_checks import faults

SLICES = 6
Open = Callable[[NewKey], FlaskClient]


@pytest.fixture
def key(site: Site, organisation: Organisation) -> NewKey:
    """A share of a disc with six slices."""
    return a_share(site, organisation, a_disc(site, organisation, slices=SLICES))


@pytest.fixture
def visiting(app: Flask, site: Site) -> Open:
    """Return a browser that has given the key's PIN."""

    def visit(new: NewKey) -> FlaskClient:
        with site.sessions.begin() as session:
            secret = begin_visit(session, session.get_one(ShareKey, new.key_id), site.now())
        browser = app.test_client()
        browser.set_cookie(f"v-{new.share_id}", secret)
        return browser

    return visit


def address(key: NewKey, form: str = "zip") -> str:
    return f"/view/{key.share_id}/bundle.{form}"


both_forms = pytest.mark.parametrize("form", ["zip", "iso"])


def logged(site: Site, action: Action) -> list[AuditEntry]:
    with site.sessions() as session:
        found = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.number)
        return list(session.scalars(found))


def test_a_visitor_saves_the_whole_bundle(key: NewKey, visiting: Open) -> None:
    answer = visiting(key).get(address(key))
    assert answer.status_code == 200
    assert answer.content_type == "application/zip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="medical-images-2026-11-24.zip"'
    with ZipFile(BytesIO(answer.data)) as found:
        assert found.testzip() is None
        assert len([name for name in found.namelist() if name.startswith("PT000000/")]) == SLICES


@both_forms
def test_what_comes_after_a_break_is_the_rest(form: str, key: NewKey, visiting: Open) -> None:
    browser = visiting(key)
    whole = browser.get(address(key, form))
    chance = random.Random(1)
    for _ in range(20):
        start = chance.randrange(len(whole.data))
        headers = {"Range": f"bytes={start}-", "If-Range": whole.headers["ETag"]}
        rest = browser.get(address(key, form), headers=headers)
        assert rest.status_code == 206
        assert rest.data == whole.data[start:]
        assert rest.headers["Content-Range"] == f"bytes {start}-{len(whole.data) - 1}/{len(whole.data)}"


@both_forms
def test_a_bundle_speaks_the_visitors_language_and_goes_on_in_it(
    form: str, key: NewKey, visiting: Open
) -> None:
    browser, german = visiting(key), {"Accept-Language": "de-AT,de;q=0.9"}
    english, whole = browser.get(address(key, form)), browser.get(address(key, form), headers=german)
    assert whole.headers["ETag"] != english.headers["ETag"]
    read_me = ZipFile(BytesIO(whole.data)).read("README.TXT") if form == "zip" else whole.data
    assert b"VERTRAULICH\r\n" in read_me
    wanted = german | {"Range": "bytes=900-", "If-Range": whole.headers["ETag"]}
    rest = browser.get(address(key, form), headers=wanted)
    assert (rest.status_code, rest.data) == (206, whole.data[900:])
    other = browser.get(address(key, form), headers=wanted | {"Accept-Language": "en"})
    assert (other.status_code, other.data) == (200, english.data)


@both_forms
def test_another_worker_sends_the_same_bytes(form: str, key: NewKey, visiting: Open, site: Site) -> None:
    first = visiting(key)
    other = create_app(site.config, site).test_client()
    other.set_cookie(f"v-{key.share_id}", first.get_cookie(f"v-{key.share_id}").value)  # type: ignore[union-attr]
    one, two = first.get(address(key, form)), other.get(address(key, form))
    assert one.data == two.data
    assert one.headers["ETag"] == two.headers["ETag"]


@pytest.mark.parametrize("if_range", ['"another"', "W/{}", "Tue, 24 Nov 2026 09:00:00 GMT"])
def test_a_range_of_something_else_gives_the_whole(key: NewKey, visiting: Open, if_range: str) -> None:
    browser = visiting(key)
    tag = browser.head(address(key)).headers["ETag"]
    answer = browser.get(address(key), headers={"Range": "bytes=5-", "If-Range": if_range.format(tag)})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "asked", ["bytes=999999999-", "bytes=5-2", "bytes=-0", "bytes=0-1,4-5", "bytes=-", "bytes=x"]
)
def test_a_range_that_cannot_be_is_refused(key: NewKey, visiting: Open, asked: str) -> None:
    browser = visiting(key)
    answer = browser.get(address(key), headers={"Range": asked})
    assert answer.status_code == 416
    length = browser.head(address(key)).headers["Content-Length"]
    assert answer.headers["Content-Range"] == f"bytes */{length}"


@both_forms
def test_the_last_bytes_can_be_asked_for(form: str, key: NewKey, visiting: Open) -> None:
    browser = visiting(key)
    whole = browser.get(address(key, form)).data
    assert browser.get(address(key, form), headers={"Range": "bytes=-22"}).data == whole[-22:]
    assert browser.get(address(key, form), headers={"Range": "bytes=3-999999999"}).data == whole[3:]


@both_forms
def test_asking_for_the_length_leaves_no_trace(form: str, key: NewKey, visiting: Open, site: Site) -> None:
    answer = visiting(key).head(address(key, form), headers={"Range": "bytes=0-5"})
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > 0
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert not answer.headers["ETag"].startswith("W/")
    assert logged(site, Action.DOWNLOADED) == []


def test_a_download_is_logged_when_it_starts_and_when_it_ends(
    key: NewKey, visiting: Open, site: Site
) -> None:
    answer = visiting(key).get(address(key), buffered=True)
    (start,), (end,) = logged(site, Action.DOWNLOADED), logged(site, Action.DOWNLOAD_ENDED)
    assert (start.share_id, start.key_id, start.actor_id) == (key.share_id, key.key_id, key.key_id)
    assert start.details["instances"] == SLICES
    assert len(start.details["study_uids"]) == 1
    assert end.details == {"bytes": len(answer.data), "outcome": "complete"}


def test_a_visitor_who_goes_away_frees_the_slot_and_is_logged(
    key: NewKey, visiting: Open, site: Site
) -> None:
    """D-03."""
    browser = visiting(key)
    for _ in range(PER_KEY + 1):
        answer = browser.get(address(key), buffered=False)
        next(answer.iter_encoded())
        answer.close()
    assert [entry.details["outcome"] for entry in logged(site, Action.DOWNLOAD_ENDED)] == ["aborted"] * 3


@both_forms
def test_a_stranger_finds_nothing(form: str, key: NewKey, client: FlaskClient) -> None:
    assert client.get(address(key, form)).status_code == 404
    assert client.head(address(key, form)).status_code == 404


@both_forms
def test_a_link_for_viewing_only_refuses_and_logs_it(
    form: str, site: Site, organisation: Organisation, visiting: Open
) -> None:
    key = a_share(site, organisation, a_disc(site, organisation), allow=("view",))
    assert visiting(key).get(address(key, form)).status_code == 403
    assert [entry.share_id for entry in logged(site, Action.DOWNLOAD_DENIED)] == [key.share_id]


def revoke(site: Site, organisation: Organisation, key: NewKey) -> None:
    with site.sessions.begin() as session:
        shares.revoke(session, organisation.id, key.share_id, by=OPERATOR, user_id=None, now=site.now())


@both_forms
def test_after_revocation_nothing_can_be_resumed(
    form: str, key: NewKey, visiting: Open, site: Site, organisation: Organisation
) -> None:
    """T-14."""
    browser = visiting(key)
    tag = browser.head(address(key, form)).headers["ETag"]
    revoke(site, organisation, key)
    answer = browser.get(address(key, form), headers={"Range": "bytes=100-", "If-Range": tag})
    assert answer.status_code == 410


@both_forms
def test_revocation_cuts_a_download_that_is_under_way(
    form: str,
    key: NewKey,
    visiting: Open,
    site: Site,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "CHECK_EVERY", 0.0)
    make_large(site, key)
    answer = visiting(key).get(address(key, form), buffered=False)
    chunks = answer.iter_encoded()
    assert len(next(chunks)) >= CHUNK
    revoke(site, organisation, key)
    with pytest.raises(Stopped):
        next(chunks)
    answer.close()
    assert logged(site, Action.DOWNLOAD_ENDED)[0].details["outcome"] == "stopped"


def make_large(site: Site, key: NewKey) -> None:
    """Let every original of the share stand for 60 000 bytes, so that the bundle has several chunks."""
    with site.sessions.begin() as session:
        share = session.get_one(Share, key.share_id)
        for instance in shares.shared_instances(session, share):
            original = session.merge(instance.original)
            body = bytes(60_000)
            original.size = original.stored_size = len(body)
            original.crc32, original.block_sums = crc32(body), block_sums(BytesIO(body))
            site.store.put(keys.original(original.organisation_id, original.sha256), BytesIO(body))


@both_forms
def test_a_purge_under_a_download_stops_it_before_a_wrong_byte(
    form: str, key: NewKey, visiting: Open, site: Site, organisation: Organisation
) -> None:
    """Between two looks at the database, too."""
    make_large(site, key)
    browser = visiting(key)
    whole = browser.get(address(key, form), buffered=True).data
    answer = browser.get(address(key, form), buffered=False)
    chunks = answer.iter_encoded()
    received = [next(chunks)]
    purge(site, key)
    with pytest.raises(Damaged, match="its object is missing"):
        received.extend(chunks)
    answer.close()
    assert whole.startswith(b"".join(received))
    assert len(b"".join(received)) < len(whole)
    outcomes = [entry.details["outcome"] for entry in logged(site, Action.DOWNLOAD_ENDED)]
    assert outcomes == ["complete", "failed"]
    assert browser.get(address(key, form)).status_code == 410
    assert list((site.config.data_dir / "run" / "streams").iterdir()) == []
    left = [
        one for folder in ("originals", "bundles") for one in site.store.keys(f"{folder}/{organisation.id}/")
    ]
    assert left == []


def purge(site: Site, key: NewKey) -> None:
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, session.get_one(Share, key.share_id).disc_id)
        delete_disc(session, disc, by=OPERATOR, now=site.now())
    assert purge_due(site.sessions, site.store, site.now() + UNDO, erase_notes) == 1


def test_the_iso_is_named_and_typed_as_one(key: NewKey, visiting: Open) -> None:
    answer = visiting(key).get(address(key, "iso"))
    assert answer.content_type == "application/x-iso9660-image"
    assert answer.headers["Content-Disposition"].endswith('.iso"')
    assert answer.data[0x8001:0x8006] == b"CD001"
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_missing_original_stops_the_download_and_tells_the_operator(
    key: NewKey, visiting: Open, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with site.sessions() as session:
        instance = session.scalars(select(Instance)).first()
        assert instance is not None
        site.store.delete(keys.original(instance.organisation_id, instance.sha256))
    with pytest.raises(Exception, match="its object is missing"):
        visiting(key).get(address(key))
    assert f"ALERT: the bundle of share {key.share_id} stops" in caplog.text
    (alert,) = logged(site, Action.ORIGINAL_DAMAGED)
    assert alert.share_id == key.share_id
    assert alert.details["reason"] == "its object is missing"
    assert logged(site, Action.DOWNLOAD_ENDED)[0].details["outcome"] == "failed"


@both_forms
def test_a_third_download_of_a_link_waits(form: str, key: NewKey, visiting: Open, site: Site) -> None:
    """D-04."""
    slots = StreamSlots(site.config.data_dir / "run" / "streams")
    held = [slots.take(key.key_id) for _ in range(PER_KEY)]
    browser = visiting(key)
    answer = browser.get(address(key, form))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(RETRY_AFTER)
    assert logged(site, Action.DOWNLOAD_DENIED)[0].details == {"reason": "too_many_at_once"}
    held[0].release()
    assert browser.get(address(key, form)).status_code == 200


def test_a_full_host_asks_everybody_to_wait(key: NewKey, visiting: Open, site: Site) -> None:
    slots = StreamSlots(site.config.data_dir / "run" / "streams")
    held = [slots.take(f"other{number}") for number in range(PER_HOST)]
    browser = visiting(key)
    assert browser.get(address(key)).status_code == 429
    assert browser.head(address(key)).status_code == 200
    for slot in held:
        slot.release()
    assert browser.get(address(key), buffered=True).status_code == 200
    assert list((site.config.data_dir / "run" / "streams").iterdir()) == []


@pytest.fixture
def two_series(site: Site, organisation: Organisation, tmp_path: Path) -> NewKey:
    """A share of a disc with two series, of three slices and of two."""
    ct_series(tmp_path / "disc" / "A", 3)
    ct_series(tmp_path / "disc" / "B", 2, SeriesInstanceUID=f"{ROOT}1.2", SeriesNumber=2)
    return a_share(site, organisation, ready_disc(site, organisation, tmp_path / "disc"))


def series_of(site: Site, number: int) -> str:
    with site.sessions() as session:
        return session.scalars(select(Series.id).where(Series.number == number)).one()


@both_forms
def test_some_series_alone_are_a_whole_bundle_of_their_own(
    form: str, two_series: NewKey, visiting: Open, site: Site
) -> None:
    browser = visiting(two_series)
    some = f"{address(two_series, form)}?series={series_of(site, 2)}"
    answer = browser.get(some)
    assert answer.headers["Content-Disposition"].endswith(f'-some.{form}"')
    assert answer.headers["ETag"] != browser.head(address(two_series, form)).headers["ETag"]
    other = create_app(site.config, site).test_client()
    other.set_cookie(f"v-{two_series.share_id}", browser.get_cookie(f"v-{two_series.share_id}").value)  # type: ignore[union-attr]
    assert other.get(some).data == answer.data
    rest = browser.get(some, headers={"Range": "bytes=700-", "If-Range": answer.headers["ETag"]})
    assert (rest.status_code, rest.data) == (206, answer.data[700:])
    assert logged(site, Action.DOWNLOADED)[0].details["choice"] == f"series {series_of(site, 2)}"


def test_some_series_say_that_they_are_not_all(two_series: NewKey, visiting: Open, site: Site) -> None:
    browser = visiting(two_series)
    whole = ZipFile(BytesIO(browser.get(address(two_series)).data))
    answer = browser.get(f"{address(two_series)}?series={series_of(site, 2)}")
    found = ZipFile(BytesIO(answer.data))
    assert faults(found) == []
    assert len([name for name in found.namelist() if name.startswith("PT")]) == 2
    assert "These are 1 of 2 series" in found.read("README.TXT").decode()
    assert "These are 1 of 2 series" in found.read("INDEX.HTM").decode()
    assert found.read("DICOMDIR") != whole.read("DICOMDIR")
    versions = {manifest.read(one.read("MANIFEST.JSN")).version_id for one in (whole, found)}
    assert len(versions) == 1


@pytest.mark.parametrize(("asked", "status"), [("aaaaaaaaaaaaaaaa", 404), ("../x", 400), ("A" * 16, 400)])
def test_series_that_a_link_does_not_show_are_not_told_of(
    two_series: NewKey, visiting: Open, asked: str, status: int
) -> None:
    assert visiting(two_series).get(f"{address(two_series)}?series={asked}").status_code == status
