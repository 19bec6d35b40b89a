"""A worker that is killed at any moment of reading a disc: another goes on, and nothing is lost."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.config import Config
from app.ingest.importing import import_path
from app.ingest.receive import Expected
from app.ingest.sandbox import Sandbox
from app.jobs import Job, JobState
from app.jobs.queries import is_idle
from app.site import Site, utc_now
from app.storage import keys
from app.studies.models import Disc, DiscFile, DiscState, Instance, Original
from app.studies.queries import receipt
from app.workers.loop import work_through
from tests import factories
from tests.conftest import Clock
from tests.held import held_up

ROOT = Path(__file__).parents[2]
SLICES = 400


@pytest.fixture
def clock() -> Clock:
    """The worker processes' clock is the machine's, so ours is too."""
    clock = Clock()
    clock.now = utc_now()
    return clock


@pytest.fixture
def disc_id(site: Site, organisation: Organisation, tmp_path: Path) -> str:
    """A disc that was received and waits for a worker."""
    factories.ct_series(tmp_path / "disc", SLICES, side=64)
    factories.text_named_dcm(tmp_path / "disc")
    return import_path(
        site.sessions,
        site.store,
        site.jobs,
        Sandbox(),
        organisation.id,
        tmp_path / "disc",
        label="",
        expected=Expected(),
        by=OPERATOR,
        created_by=None,
        now=site.now(),
        progress=lambda done, total: None,
    )


@contextmanager
def a_worker(config: Config, batches: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker process on the test's data; it stands still after so many batches until it is let go."""
    environment = os.environ | {
        "VCD_DATA_DIR": str(config.data_dir),
        "VCD_DATABASE_URL": config.database_url,
        "VCD_STORAGE_URL": config.storage_url,
        "VCD_SECRET_KEYS": config.secret_keys[0].decode(),
    }
    command = held_up(hold_of(config), "make_durable", batches, "app.workers")
    with subprocess.Popen(command, cwd=ROOT, env=environment) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def hold_of(config: Config) -> Path:
    """Return what holds a worker up."""
    return config.data_dir / "hold"


def files_read(site: Site, disc_id: str) -> int:
    with site.sessions() as session:
        read = select(func.count()).where(DiscFile.disc_id == disc_id, DiscFile.verdict.is_not(None))
        return session.scalars(read).one()


def wait_until(site: Site, disc_id: str, count: int, worker: "subprocess.Popen[bytes]") -> None:
    """Wait until so many files were read, by a worker that lives."""
    while files_read(site, disc_id) < count:
        assert worker.poll() is None
        time.sleep(0.01)


def test_a_disc_is_read_whole_though_its_worker_was_killed_twice(
    site: Site, config: Config, disc_id: str, clock: Clock
) -> None:
    """U-21."""
    for wanted, batches in ((1, 1), (SLICES // 2, 3)):
        with a_worker(config, batches) as worker:
            wait_until(site, disc_id, wanted, worker)
            os.kill(worker.pid, signal.SIGKILL)
        assert files_read(site, disc_id) < SLICES
        with site.sessions.begin() as session:  # instead of waiting for a minute
            job = session.scalars(select(Job)).one()
            assert job.state == JobState.RUNNING
            job.leased_until = clock.now - timedelta(days=3650)

    work_through(site, disc_id, lambda: is_idle(site.sessions, disc_id))

    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        assert disc.state == DiscState.READY, disc.state_reason
        found = receipt(session, disc)
        assert (found.files, found.instances, found.not_dicom) == (SLICES + 1, SLICES, 1)
        assert session.scalar(select(func.count()).select_from(Instance)) == SLICES
        for original in session.scalars(select(Original)):
            assert site.store.info(keys.original(original.organisation_id, original.sha256)).size > 0
    assert list(site.store.keys(keys.incoming_folder(disc_id))) == []


def test_a_worker_that_is_asked_to_end_in_the_middle_hands_the_disc_over(
    site: Site, config: Config, disc_id: str
) -> None:
    with a_worker(config, 1) as worker:
        wait_until(site, disc_id, 1, worker)
        worker.terminate()
        hold_of(config).unlink()
        assert worker.wait(60) == 0
    assert files_read(site, disc_id) < SLICES
    with site.sessions() as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.attempts) == (JobState.QUEUED, 0)
