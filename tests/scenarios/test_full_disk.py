"""A disk that fills up in the middle: what was acknowledged is kept, the rest is said, and all goes on."""

import threading
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.config import Config
from app.ingest import receive
from app.ingest.sandbox import Sandbox
from app.jobs import Job, JobState
from app.site import Site
from app.storage import keys
from app.studies.models import Disc, DiscState
from app.studies.queries import receipt
from app.workers.work import work_once
from tests.conftest import Clock
from tests.factories import ct_bytes

FILES = [ct_bytes(number, side=512) for number in (1, 2, 3)]
"""Half a megabyte each."""


@pytest.fixture
def config(tmp_path: Path, database_url: str, small_disk: Path) -> Config:
    return Config(
        data_dir=tmp_path,
        database_url=database_url,
        storage_url=f"file://{small_disk}",
        secret_keys=(b"a key for tests that is long enough to be one",),
        base_url="http://localhost",
    )


class Upload:
    """A disc on its way in over HTTP."""

    def __init__(self, site: Site, organisation: Organisation, client: FlaskClient) -> None:
        with site.sessions.begin() as session:
            disc = receive.begin_disc(
                session, organisation.id, source="browser", by=OPERATOR, created_by=None, now=site.now()
            )
            secret = receive.grant_upload(session, disc, created_by=None, now=site.now())
            self.disc_id = disc.id
        self._client, self._headers = client, {"Authorization": f"Upload {secret}"}
        named = [{"path": f"IM{number}", "size": len(data)} for number, data in enumerate(FILES)]
        self.post("files", {"files": named, "first": 0})

    def post(self, what: str, body: dict[str, object]) -> TestResponse:
        return self._client.post(f"/uploads/{self.disc_id}/{what}", json=body, headers=self._headers)

    def put(self, number: int) -> TestResponse:
        path = f"/uploads/{self.disc_id}/files/{number}"
        return self._client.put(path, data=FILES[number], headers=self._headers)


@pytest.fixture
def upload(site: Site, organisation: Organisation, client: FlaskClient) -> Upload:
    return Upload(site, organisation, client)


def fill(disk: Path, leaving: int) -> Path:
    """Fill the disk up to ``leaving`` bytes; return what fills it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(1 << 12))
            except OSError:
                break
        file.truncate(file.tell() - leaving)
    return ballast


def state(site: Site, disc_id: str) -> str:
    with site.sessions() as session:
        return session.get_one(Disc, disc_id).state


def test_an_upload_that_fills_the_disk_goes_on_when_there_is_room(
    upload: Upload, site: Site, small_disk: Path
) -> None:
    assert upload.put(0).status_code == 204
    ballast = fill(small_disk, leaving=200_000)

    refused = upload.put(1)
    assert refused.status_code == 507
    assert refused.content_type == "application/problem+json"
    assert "full" in refused.json["detail"]  # type: ignore[index]  # a problem document
    assert str(small_disk) not in refused.text
    assert list(site.store.keys("incoming/")) == [keys.incoming(upload.disc_id, 0)]
    assert upload.post("complete", {}).status_code == 403
    assert state(site, upload.disc_id) == DiscState.RECEIVING

    ballast.unlink()
    assert [upload.put(number).status_code for number in range(3)] == [204, 204, 204]
    assert upload.post("complete", {}).status_code == 200
    assert state(site, upload.disc_id) == DiscState.INGESTING


def test_a_disk_that_is_full_while_a_disc_is_read_holds_it_up_only(
    upload: Upload, site: Site, small_disk: Path, clock: Clock
) -> None:
    assert [upload.put(number).status_code for number in range(3)] == [204, 204, 204]
    upload.post("complete", {})
    ballast = fill(small_disk, leaving=4096)
    never = threading.Event()
    with Sandbox(1) as sandbox:
        assert work_once(site, sandbox, never)
        assert state(site, upload.disc_id) == DiscState.INGESTING
        assert len(list(site.store.keys(keys.incoming_folder(upload.disc_id)))) == 3
        with site.sessions() as session:
            job = session.scalars(select(Job)).one()
            assert (job.state, job.error) == (
                JobState.QUEUED,
                "The storage is full. What arrived before is safe.",
            )

        ballast.unlink()
        clock.advance(minutes=1)
        while work_once(site, sandbox, never):
            pass
    with site.sessions() as session:
        disc = session.get_one(Disc, upload.disc_id)
        assert disc.state == DiscState.READY, disc.state_reason
        assert receipt(session, disc).instances == 3
    assert list(site.store.keys("incoming/")) == []
