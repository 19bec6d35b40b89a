"""The copy without compression: asked for by a visitor, made by a worker, taken like any bundle; its end."""

import random
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import imagecodecs
import pydicom
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG2MPML, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLSLossless
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit import Action
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.bundles.manifest import read
from app.jobs import Job, JobState
from app.shares import service as shares
from app.shares.models import Share
from app.shares.notes import erase_notes
from app.shares.orders import NewKey
from app.site import Site
from app.storage import keys
from app.studies import retention
from app.studies.models import Disc, DiscPatient, Original, PlainCopy, Study
from app.studies.plain_copies import GRACE, KEPT, sweep_copies
from app.workers import handlers
from app.workers.work import work_once
from tests import viewing
from tests.conftest import Clock
from tests.corpus import dicom_folders
from tests.factories import a_share, ct_bytes, ct_dataset, part10, ramp, readers, ready_disc
from tests.unit.bundles.bundle_checks import faults, objects_of_entities, standard_faults

SIDE = 64


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def jpeg_ls(number: int) -> bytes:
    frame = bytes(imagecodecs.jpegls_encode(ramp(number, SIDE).view("u2")))
    return part10(
        ct_dataset(number, side=SIDE, PixelData=encapsulate([frame])), transfer_syntax_uid=JPEGLSLossless
    )


def a_video(number: int) -> bytes:
    frames = encapsulate([b"\0\0\1\xb3" * 9])
    return part10(ct_dataset(number, PixelData=frames), transfer_syntax_uid=MPEG2MPML)


@pytest.fixture
def key(site: Site, organisation: Organisation, tmp_path: Path) -> NewKey:
    """A share of a disc on which everything is written differently."""
    folder = tmp_path / "disc"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"LS{number}").write_bytes(jpeg_ls(number))
    (folder / "IMPLICIT").write_bytes(part10(ct_dataset(3), transfer_syntax_uid=ImplicitVRLittleEndian))
    (folder / "PLAIN").write_bytes(ct_bytes(4))
    (folder / "VIDEO").write_bytes(a_video(5))
    return a_share(site, organisation, ready_disc(site, organisation, folder))


@pytest.fixture
def visitor(client: FlaskClient, key: NewKey) -> FlaskClient:
    viewing.enter(client, key)
    return client


@pytest.fixture
def work(site: Site) -> Callable[[], int]:
    """Do all jobs that are due about copies; return how many there were."""

    def do() -> int:
        count, stopping = 0, threading.Event()
        with site.sessions.begin() as session:
            for job in session.scalars(select(Job).where(Job.kind != "make_plain_copies")):
                job.state = JobState.DONE
        while work_once(site, readers(), stopping):
            count += 1
        return count

    return do


def page(key: NewKey) -> str:
    return f"/view/{key.share_id}/compatible"


def address(key: NewKey, form: str = "zip") -> str:
    return f"/view/{key.share_id}/bundle.{form}?compatible=yes"


def ask(visitor: FlaskClient, key: NewKey) -> None:
    answer = visitor.post(page(key))
    assert answer.status_code == 303
    assert answer.location == page(key)


def told(visitor: FlaskClient, key: NewKey) -> dict[str, object]:
    found: dict[str, object] = visitor.get(page(key), headers={"Accept": "application/json"}).get_json()
    return found


def test_a_visitor_has_it_made_watches_it_and_takes_it(
    visitor: FlaskClient, key: NewKey, work: Callable[[], int], site: Site
) -> None:
    assert visitor.get(address(key)).status_code == 404
    assert "Have it made" in visitor.get(page(key)).text
    ask(visitor, key)
    waiting = visitor.get(page(key)).text
    assert '<meta http-equiv="refresh" content="5">' in waiting
    assert "0 of 4 files are ready." in waiting
    assert told(visitor, key) | {"text": ""} == {
        "total": 4, "done": 0, "making": True, "failed": False, "ready": False, "text": ""
    }  # fmt: skip
    assert work() == 1
    assert told(visitor, key)["ready"] is True
    ready = visitor.get(page(key)).text
    assert "1 file could not be written anew" in ready
    assert "Kept until 1 December 2026" in ready
    with site.sessions() as session:
        asked = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.COPY_ASKED)).one()
        assert (asked.share_id, asked.key_id) == (key.share_id, key.key_id)


def test_everything_listed_is_explicit_little_endian_with_the_same_pixels(
    visitor: FlaskClient, key: NewKey, work: Callable[[], int], site: Site
) -> None:
    ask(visitor, key)
    work()
    answer = visitor.get(address(key))
    assert answer.headers["Content-Disposition"].endswith('-compatible.zip"')
    found = ZipFile(BytesIO(answer.data))
    assert standard_faults(found) == []
    listed = {
        dataset.InstanceNumber: dataset
        for name in found.namelist()
        if name.startswith("PT")
        for dataset in [pydicom.dcmread(BytesIO(found.read(name)))]
    }
    assert set(listed) == {1, 2, 3, 4}
    assert {one.file_meta.TransferSyntaxUID for one in listed.values()} == {ExplicitVRLittleEndian}
    assert listed[2].PixelData == ramp(2, SIDE).tobytes()
    assert found.read("UNLISTED/UN000000") == a_video(5)
    said = " ".join(found.read("README.TXT").decode().split())
    assert "UNLISTED/UN000000 Its picture is damaged, or compressed in a way that cannot be undone" in said
    assert "written anew" in said
    with site.sessions() as session:
        share = session.get_one(Share, key.share_id)
        assert read(found.read("MANIFEST.JSN")).version_id == share.versions[-1].id
    plain = ZipFile(BytesIO(visitor.get(f"/view/{key.share_id}/bundle.zip").data))
    assert plain.read("PT000000/ST000000/SE000000/IM000000") == jpeg_ls(1)
    assert plain.read("DICOMDIR") != found.read("DICOMDIR")


@pytest.mark.parametrize("form", ["zip", "iso"])
def test_it_has_a_length_a_tag_and_ranges_and_ends_with_the_link(
    form: str,
    visitor: FlaskClient,
    key: NewKey,
    work: Callable[[], int],
    site: Site,
    organisation: Organisation,
) -> None:
    ask(visitor, key)
    work()
    head, whole = visitor.head(address(key, form)), visitor.get(address(key, form))
    assert int(head.headers["Content-Length"]) == len(whole.data)
    chance = random.Random(3)
    for _ in range(20):
        start = chance.randrange(len(whole.data))
        asked = {"Range": f"bytes={start}-", "If-Range": head.headers["ETag"]}
        rest = visitor.get(address(key, form), headers=asked)
        assert (rest.status_code, rest.data) == (206, whole.data[start:])
    with site.sessions.begin() as session:
        shares.revoke(session, organisation.id, key.share_id, by=OPERATOR, user_id=None, now=site.now())
    assert visitor.get(address(key, form)).status_code == 410
    assert visitor.get(page(key)).status_code == 410
    assert visitor.post(page(key)).status_code == 410


def test_long_work_goes_on_behind_what_others_asked_for(
    visitor: FlaskClient, key: NewKey, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(visitor, key)
    ask(visitor, key)
    monkeypatch.setattr(handlers, "TURN", 0.0)
    count = 0

    def after_a_turn() -> float:
        nonlocal count
        count += 1
        return 0.0 if count % 3 else float(count)

    monkeypatch.setattr("app.workers.handlers.time.monotonic", after_a_turn)
    assert work() > 1
    assert told(visitor, key)["ready"] is True


def test_a_copy_is_made_once_for_all_links_and_goes_after_its_time(
    visitor: FlaskClient, key: NewKey, work: Callable[[], int], site: Site, clock: Clock
) -> None:
    ask(visitor, key)
    work()
    tag = visitor.head(address(key, "iso")).headers["ETag"]
    ask(visitor, key)
    assert work() == 0
    clock.advance(days=KEPT / timedelta(days=1))
    viewing.enter(visitor, key)
    assert visitor.get(address(key)).status_code == 404
    assert sweep_copies(site.sessions, site.store, site.now()) == 0
    clock.advance(days=GRACE / timedelta(days=1))
    assert sweep_copies(site.sessions, site.store, site.now()) == 4
    assert stored_copies(site) == []
    viewing.enter(visitor, key)
    ask(visitor, key)
    work()
    assert visitor.head(address(key, "iso")).headers["ETag"] == tag


def stored_copies(site: Site) -> list[str]:
    with site.sessions() as session:
        originals = session.scalars(select(Original)).all()
    folders = [keys.display_folder(one.organisation_id, one.sha256) for one in originals]
    return [key for folder in folders for key in site.store.keys(folder) if "plain-" in key]


def test_asking_again_keeps_it_for_longer(
    visitor: FlaskClient, key: NewKey, work: Callable[[], int], site: Site, clock: Clock
) -> None:
    ask(visitor, key)
    work()
    clock.advance(days=6)
    viewing.enter(visitor, key)
    ask(visitor, key)
    clock.advance(days=3)
    viewing.enter(visitor, key)
    assert visitor.get(address(key)).status_code == 200


def test_copies_go_when_the_disc_is_purged(
    visitor: FlaskClient, key: NewKey, work: Callable[[], int], site: Site, clock: Clock
) -> None:
    ask(visitor, key)
    work()
    assert len(stored_copies(site)) == 3
    with site.sessions.begin() as session:
        disc = session.scalars(select(Disc)).one()
        retention.delete_disc(session, disc, by=OPERATOR, now=site.now())
    clock.advance(hours=25)
    retention.purge_due(site.sessions, site.store, site.now(), erase_notes)
    with site.sessions() as session:
        assert session.scalars(select(PlainCopy)).all() == []
    assert not list((site.config.data_dir / "store").rglob("plain-*"))


def test_a_lost_original_is_told_and_can_be_tried_again(
    visitor: FlaskClient, key: NewKey, work: Callable[[], int], site: Site
) -> None:
    with site.sessions() as session:
        original = session.scalars(select(Original).where(Original.encoding == "identity")).first()
        assert original is not None
    lost = keys.original(original.organisation_id, original.sha256)
    with site.store.open(lost) as file:
        body = file.read()
    site.store.delete(lost)
    ask(visitor, key)
    work()
    found = told(visitor, key)
    assert (found["failed"], found["making"], found["ready"]) == (True, False, False)
    assert "could not be finished" in visitor.get(page(key)).text
    site.store.put(lost, BytesIO(body))
    ask(visitor, key)
    work()
    assert told(visitor, key)["ready"] is True


def test_asking_takes_a_token_that_only_our_page_has(app: Flask, visitor: FlaskClient, key: NewKey) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert visitor.post(page(key)).status_code == 400
    found = re.search('name="csrf_token" value="([^"]+)"', visitor.get(page(key)).text)
    assert found is not None
    assert visitor.post(page(key), data={"csrf_token": found[1]}).status_code == 303


def test_a_disc_that_needs_no_copy_is_ready_at_once(
    client: FlaskClient, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "ONE").write_bytes(ct_bytes(1))
    key = a_share(site, organisation, ready_disc(site, organisation, tmp_path / "plain"))
    viewing.enter(client, key)
    assert told(client, key)["ready"] is True
    with ZipFile(BytesIO(client.get(address(key)).data)) as found:
        assert found.read("PT000000/ST000000/SE000000/IM000000") == ct_bytes(1)


def test_who_may_only_look_cannot_have_it_made(
    client: FlaskClient, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "ONE").write_bytes(ct_bytes(1))
    disc_id = ready_disc(site, organisation, tmp_path / "plain")
    key = a_share(site, organisation, disc_id, allow=("view",))
    viewing.enter(client, key)
    assert client.get(page(key)).status_code == 403
    assert client.post(page(key)).status_code == 403


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, of what real files spell wrongly
@pytest.mark.parametrize("folder", dicom_folders()[:4], ids=lambda folder: folder.name)
def test_validators_find_no_more_in_a_copy_of_a_real_disc_than_in_the_bundle_as_received(
    site: Site,
    organisation: Organisation,
    client: FlaskClient,
    work: Callable[[], int],
    folder: Path,
    tmp_path: Path,
) -> None:
    disc_id = ready_disc(site, organisation, folder)
    with site.sessions() as session:
        patient = session.query(DiscPatient).filter_by(disc_id=disc_id).order_by(DiscPatient.id).first()
        assert patient is not None
        studies = [study.study_uid for study in session.query(Study).filter_by(disc_patient_id=patient.id)]
    key = a_share(site, organisation, disc_id, study_uids=studies)
    viewing.enter(client, key)
    if "Have it made" in client.get(page(key)).text:
        ask(client, key)
        work()
    found = []
    for which, path in (("received", f"/view/{key.share_id}/bundle.zip"), ("plain", address(key))):
        bundle = ZipFile(BytesIO(client.get(path, buffered=True).data))
        assert standard_faults(bundle) == []
        found.append((faults(bundle), objects_of_entities(bundle, tmp_path / which)))
    received, plain = found
    assert plain == received
