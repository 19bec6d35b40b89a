"""What ``app.jobs.port`` promises, held against the engine on SQLite and on PostgreSQL."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.jobs import Job, JobState, Lease
from app.site import Site
from tests.conftest import Clock

MINUTE = timedelta(minutes=1)
VICTIM = """
import sys, time
from datetime import datetime, timedelta
from app.db import Sessions, make_engine
from app.jobs.lease import LeaseQueue

url, now = sys.argv[1:]
lease = LeaseQueue(Sessions(make_engine(url))).claim(datetime.fromisoformat(now), timedelta(minutes=1))
print(lease.job_id, flush=True)
time.sleep(60)
"""


def ask(site: Site, subject: str | None = None, **payload: object) -> str:
    """Enqueue a job; return its id."""
    with site.sessions.begin() as session:
        return site.jobs.enqueue(session, "read_disc", payload, now=site.now(), subject=subject)


def claim(site: Site, subject: str | None = None) -> Lease | None:
    return site.jobs.claim(site.now(), MINUTE, subject)


def claimed(site: Site) -> Lease:
    lease = claim(site)
    assert lease is not None
    return lease


def row(site: Site, job_id: str) -> Job:
    with site.sessions() as session:
        return session.get_one(Job, job_id)


def test_a_job_is_handed_out_once(site: Site) -> None:
    job_id = ask(site, disc_id="a disc")
    lease = claimed(site)
    assert (lease.job_id, lease.kind, lease.payload) == (job_id, "read_disc", {"disc_id": "a disc"})
    assert (lease.attempt, lease.last_attempt, lease.spent) == (1, False, False)
    assert claim(site) is None


def test_a_job_exists_only_if_the_deed_does(site: Site) -> None:
    with site.sessions.begin() as session:
        site.jobs.enqueue(session, "read_disc", {}, now=site.now())
        session.flush()
        session.rollback()
    assert claim(site) is None


def test_a_job_is_not_seen_before_the_deed_is_done(site: Site) -> None:
    with site.sessions.begin() as session:
        site.jobs.enqueue(session, "read_disc", {}, now=site.now())
        session.flush()
        assert claim(site) is None
    assert claim(site) is not None


def test_jobs_come_in_the_order_they_were_asked_for(site: Site, clock: Clock) -> None:
    first = ask(site)
    clock.advance(seconds=1)
    second = ask(site)
    assert [claimed(site).job_id, claimed(site).job_id] == [first, second]


def test_only_jobs_of_a_subject_are_handed_out_when_asked_so(site: Site) -> None:
    ask(site, "one disc")
    other = ask(site, "other disc")
    lease = claim(site, "other disc")
    assert lease is not None
    assert lease.job_id == other
    assert claim(site, "other disc") is None
    assert claim(site, "no disc") is None


def test_a_finished_job_does_not_come_again(site: Site, clock: Clock) -> None:
    job_id = ask(site)
    site.jobs.finish(claimed(site), site.now())
    clock.advance(days=1)
    assert claim(site) is None
    assert row(site, job_id).state == JobState.DONE


def test_a_failed_job_waits_before_it_comes_again(site: Site, clock: Clock) -> None:
    job_id = ask(site)
    site.jobs.fail(claimed(site), site.now(), "the store is full", retry_after=MINUTE)
    assert row(site, job_id).error == "the store is full"
    clock.advance(seconds=59)
    assert claim(site) is None
    clock.advance(seconds=1)
    assert claimed(site).attempt == 2


def test_a_job_that_failed_for_good_does_not_come_again(site: Site, clock: Clock) -> None:
    job_id = ask(site)
    site.jobs.fail(claimed(site), site.now(), "no such disc", retry_after=None)
    clock.advance(days=1)
    assert claim(site) is None
    assert row(site, job_id).state == JobState.FAILED


def test_a_job_is_tried_five_times(site: Site, clock: Clock) -> None:
    job_id = ask(site)
    for attempt in range(1, 6):
        lease = claimed(site)
        assert (lease.attempt, lease.last_attempt) == (attempt, attempt == 5)
        site.jobs.fail(lease, site.now(), "again", retry_after=MINUTE)
        clock.advance(minutes=1)
    assert claim(site) is None
    assert row(site, job_id).state == JobState.FAILED


def test_a_lease_that_ran_out_makes_the_job_due_again(site: Site, clock: Clock) -> None:
    ask(site)
    lost = claimed(site)
    clock.advance(seconds=60)
    assert claim(site) is None
    clock.advance(seconds=1)
    assert claimed(site).attempt == 2
    assert not site.jobs.extend(lost, site.now(), MINUTE)


def test_an_extended_lease_holds_longer(site: Site, clock: Clock) -> None:
    ask(site)
    lease = claimed(site)
    for _ in range(5):
        clock.advance(seconds=45)
        assert site.jobs.extend(lease, site.now(), MINUTE)
        assert claim(site) is None


def test_a_worker_that_lost_its_lease_changes_nothing(site: Site, clock: Clock) -> None:
    job_id = ask(site)
    lost = claimed(site)
    clock.advance(minutes=2)
    present = claimed(site)
    site.jobs.finish(lost, site.now())
    site.jobs.fail(lost, site.now(), "mine", retry_after=None)
    site.jobs.give_back(lost, site.now())
    assert (row(site, job_id).state, row(site, job_id).lease) == (JobState.RUNNING, present.lease)


def test_a_job_given_back_is_due_at_once_and_costs_no_attempt(site: Site) -> None:
    ask(site)
    for _ in range(10):
        lease = claimed(site)
        assert lease.attempt == 1
        site.jobs.give_back(lease, site.now())


def test_a_job_that_takes_every_worker_with_it_comes_once_more_to_be_told(site: Site, clock: Clock) -> None:
    ask(site)
    for _ in range(5):
        assert not claimed(site).spent
        clock.advance(minutes=2)
    lease = claimed(site)
    assert (lease.spent, lease.last_attempt) == (True, True)
    site.jobs.fail(lease, site.now(), "lost", retry_after=MINUTE)
    clock.advance(days=1)
    assert claim(site) is None


def test_of_workers_that_race_for_one_job_one_gets_it(site: Site) -> None:
    for _ in range(10):
        ask(site)
        start = threading.Barrier(4)

        def race(_: int, start: threading.Barrier = start) -> Lease | None:
            start.wait()
            return claim(site)

        with ThreadPoolExecutor(4) as pool:
            won = [lease for lease in pool.map(race, range(4)) if lease]
        assert len(won) == 1
        site.jobs.finish(won[0], site.now())


def test_workers_share_many_jobs_without_doing_one_twice(site: Site) -> None:
    asked = {ask(site) for _ in range(30)}

    def work(_: int) -> list[str]:
        done = []
        while lease := claim(site) or claim(site):
            done.append(lease.job_id)
            site.jobs.finish(lease, site.now())
        return done

    with ThreadPoolExecutor(3) as pool:
        done = [job for jobs in pool.map(work, range(3)) for job in jobs]
    while lease := claim(site):
        done.append(lease.job_id)
    assert sorted(done) == sorted(asked)


def test_the_job_of_a_killed_worker_is_done_by_another(site: Site, database_url: str, clock: Clock) -> None:
    job_id = ask(site)
    command = [sys.executable, "-c", VICTIM, database_url, site.now().isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline().strip() == job_id
        os.kill(victim.pid, signal.SIGKILL)
    assert victim.returncode == -signal.SIGKILL
    assert claim(site) is None
    clock.advance(seconds=61)
    lease = claimed(site)
    assert (lease.job_id, lease.attempt) == (job_id, 2)
