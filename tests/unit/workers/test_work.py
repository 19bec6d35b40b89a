"""How a worker does one job, whatever the job: what it finishes, tries again, tells, or hands back."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused, StorageFull
from app.ingest.sandbox import Sandbox
from app.jobs import Job, JobState, Lease
from app.site import Site
from app.workers.handlers import HANDLERS, Alive, Handler
from app.workers.heartbeat import Heartbeat
from app.workers.loop import work_through
from app.workers.work import BROKEN, LOST, work_once
from tests.conftest import Clock

Body = Callable[[Alive], None]


class Told(list[str]):
    """The reasons that were told of jobs that failed for good."""

    def give_up(self, session: Session, lease: Lease, reason: str, now: datetime) -> None:
        self.append(reason)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(1) as sandbox:
        yield sandbox


@pytest.fixture
def ask(site: Site, told: Told, monkeypatch: pytest.MonkeyPatch) -> Callable[[Body], None]:
    """Enqueue a job that does what it is given."""

    def asked(body: Body) -> None:
        def do(site: Site, sandbox: Sandbox, lease: Lease, alive: Alive) -> None:
            body(alive)

        monkeypatch.setitem(HANDLERS, "test", Handler(do, told.give_up))
        with site.sessions.begin() as session:
            site.jobs.enqueue(session, "test", {}, now=site.now(), subject="a disc")

    return asked


def raising(error: Exception) -> Body:
    def body(alive: Alive) -> None:
        raise error

    return body


def job(site: Site) -> Job:
    with site.sessions() as session:
        return session.scalars(select(Job)).one()


def work(site: Site, sandbox: Sandbox) -> bool:
    return work_once(site, sandbox, threading.Event())


def test_a_job_is_done_and_finished(site: Site, sandbox: Sandbox, ask: Callable[[Body], None]) -> None:
    done: list[bool] = []
    ask(lambda alive: done.append(alive()))
    assert work(site, sandbox)
    assert done == [True]
    assert job(site).state == JobState.DONE
    assert not work(site, sandbox)


@pytest.mark.parametrize("error", [NotFound("no disc"), Refused("it is blocked")])
def test_what_another_try_would_only_meet_again_is_told_at_once(
    site: Site, sandbox: Sandbox, ask: Callable[[Body], None], told: Told, error: Exception
) -> None:
    ask(raising(error))
    work(site, sandbox)
    assert told == [str(error)]
    assert (job(site).state, job(site).error) == (JobState.FAILED, str(error))


def test_a_full_store_is_tried_again_later(
    site: Site, sandbox: Sandbox, ask: Callable[[Body], None], told: Told, clock: Clock
) -> None:
    ask(raising(StorageFull("The storage is full.")))
    work(site, sandbox)
    assert (told, job(site).state) == ([], JobState.QUEUED)
    clock.advance(seconds=29)
    assert not work(site, sandbox)
    clock.advance(seconds=1)
    assert work(site, sandbox)


def test_an_unforeseen_error_is_told_without_its_words_when_tries_are_used_up(
    site: Site, sandbox: Sandbox, ask: Callable[[Body], None], told: Told, clock: Clock
) -> None:
    ask(raising(ValueError("Doe^Jane")))
    for _ in range(5):
        assert told == []
        assert work(site, sandbox)
        clock.advance(hours=1)
    assert told == [BROKEN]
    assert job(site).error == BROKEN


def test_a_job_that_took_every_worker_with_it_is_told(
    site: Site, sandbox: Sandbox, ask: Callable[[Body], None], told: Told, clock: Clock
) -> None:
    done: list[bool] = []
    ask(lambda alive: done.append(True))
    for _ in range(5):
        assert site.jobs.claim(site.now(), timedelta(minutes=1))
        clock.advance(minutes=2)
    assert work(site, sandbox)
    assert (done, told, job(site).state) == ([], [LOST], JobState.FAILED)


def test_a_worker_that_is_asked_to_end_hands_its_job_back(
    site: Site, sandbox: Sandbox, ask: Callable[[Body], None], told: Told
) -> None:
    stopping = threading.Event()

    def step_by_step(alive: Alive) -> None:
        while alive():
            stopping.set()

    ask(step_by_step)
    work_once(site, sandbox, stopping)
    assert (told, job(site).state, job(site).attempts) == ([], JobState.QUEUED, 0)


def test_a_job_of_unknown_kind_fails(site: Site, sandbox: Sandbox) -> None:
    with site.sessions.begin() as session:
        site.jobs.enqueue(session, "from_the_future", {}, now=site.now())
    assert work(site, sandbox)
    assert job(site).state == JobState.FAILED


def test_a_heartbeat_keeps_a_long_job(site: Site, clock: Clock) -> None:
    with site.sessions.begin() as session:
        site.jobs.enqueue(session, "test", {}, now=site.now())
    lasting = timedelta(seconds=4)
    lease = site.jobs.claim(site.now(), lasting)
    assert lease is not None
    with Heartbeat(site, lease, threading.Event(), lasting) as heart:
        for _ in range(2):
            clock.advance(seconds=3)
            wait_until(lambda: job(site).leased_until == site.now() + lasting)
            assert heart.alive()
            assert site.jobs.claim(site.now(), lasting) is None


def test_a_heartbeat_notices_that_its_job_was_lost(site: Site, clock: Clock) -> None:
    with site.sessions.begin() as session:
        site.jobs.enqueue(session, "test", {}, now=site.now())
    lease = site.jobs.claim(site.now(), timedelta(seconds=1))
    assert lease is not None
    clock.advance(seconds=2)
    assert site.jobs.claim(site.now(), timedelta(minutes=1)) is not None
    began, lasting = time.monotonic(), timedelta(seconds=8)
    with Heartbeat(site, lease, threading.Event(), lasting) as heart:
        wait_until(lambda: not heart.alive())
        assert time.monotonic() - began < lasting.total_seconds(), "long before its own clock would tell"


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for a sign, however late a thread comes."""
    while not happened():
        time.sleep(0.01)


def test_a_command_does_the_jobs_of_its_disc_itself(site: Site, ask: Callable[[Body], None]) -> None:
    done: list[bool] = []
    ask(lambda alive: done.append(True))
    work_through(site, "another disc", lambda: False)
    assert done == []
    work_through(site, "a disc", lambda: False)
    assert done == [True]


def test_a_command_waits_for_the_worker_that_has_its_disc(site: Site, ask: Callable[[Body], None]) -> None:
    ask(lambda alive: None)
    lease = site.jobs.claim(site.now(), timedelta(minutes=1))
    assert lease is not None
    elsewhere = threading.Timer(0.5, lambda: site.jobs.finish(lease, site.now()))
    elsewhere.start()
    work_through(site, "a disc", lambda: False)
    assert job(site).state == JobState.DONE
    elsewhere.join()
