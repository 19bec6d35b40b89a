"""What a worker does of itself: what each minute, what now and then."""

import threading
from collections import Counter

import pytest

from app.accounts.models import Organisation
from app.shares.models import Share
from app.site import Site
from app.workers import housekeeping, loop
from tests.conftest import Clock
from tests.factories import a_disc, a_share


def test_each_minute_what_has_ended_is_kept_though_nobody_asked_for_it(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    """T-06: a clock that is set back takes back a minute of ends at most."""
    key = a_share(site, organisation, a_disc(site, organisation, slices=1), days=1)
    clock.advance(days=1)
    housekeeping.keep_house(site, minute=1)
    with site.sessions() as session:
        assert session.get_one(Share, key.share_id).ended_at == clock.now


def test_of_twenty_minutes_each_has_its_brisk_round_and_two_have_a_long_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, stopping = Counter[str](), threading.Event()

    def brisk(site: Site) -> None:
        done["brisk"] += 1
        if done["brisk"] == 20:
            stopping.set()

    def long(site: Site) -> None:
        done["long"] += 1

    monkeypatch.setattr(housekeeping, "BRISK", (brisk,))
    monkeypatch.setattr(housekeeping, "CHORES", (long,))
    monkeypatch.setattr(loop, "MINUTE", 0.001)
    loop.run(site, stopping, threads=0)
    assert done == {"brisk": 20, "long": 2}


def test_a_chore_that_fails_leaves_the_others_alone(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def before(site: Site) -> None:
        done.append("before")

    def fails(site: Site) -> None:
        raise OSError("no room")

    def after(site: Site) -> None:
        done.append("after")

    monkeypatch.setattr(housekeeping, "CHORES", (before, fails, after))
    housekeeping.keep_house(site)
    assert done == ["before", "after"]
    assert "housekeeping: fails failed" in caplog.text
