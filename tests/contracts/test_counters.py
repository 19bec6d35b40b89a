"""What both counters of tries keep to: the one in this process, and the one in a real Redis."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import redis
from flask.testing import FlaskClient
from limits import parse
from limits.strategies import MovingWindowRateLimiter

from app.accounts.models import Organisation
from app.config import Config
from app.errors import TooSoon
from app.site import Site
from app.web import create_app, limits
from app.web.limits import LoginLimits, Origin, Step, moving_window
from app.web.pin_limits import PinLimits
from tests import factories, servers

in_redis = pytest.mark.xdist_group("redis")
HERE = "192.0.2.1"


@pytest.fixture(scope="session")
def running_redis() -> Iterator[servers.RedisServer]:
    with servers.redis() as server:
        yield server


@pytest.fixture
def redis_server(running_redis: servers.RedisServer) -> servers.RedisServer:
    """A Redis with nothing in it."""
    with redis.Redis.from_url(running_redis.url) as client:
        client.flushall()
    return running_redis


@pytest.fixture(params=["process", pytest.param("redis", marks=in_redis)])
def counter(request: pytest.FixtureRequest) -> MovingWindowRateLimiter:
    if request.param == "process":
        return moving_window(None)
    return moving_window(request.getfixturevalue("redis_server").url)


def test_the_thirty_first_wrong_answer_waits(counter: MovingWindowRateLimiter) -> None:
    """F-04."""
    answers = PinLimits(counter)
    for _ in range(30):
        answers.check(HERE)
        answers.note_wrong(HERE)
    answers.check("192.0.2.2")
    with pytest.raises(TooSoon) as caught:
        answers.check(HERE)
    assert 3500 < caught.value.retry_after <= 3600


def test_of_fifty_tries_at_the_same_moment_five_are_let_through(counter: MovingWindowRateLimiter) -> None:
    with ThreadPoolExecutor(20) as pool:
        tries = list(pool.map(lambda _number: counter.hit(parse("5/minute"), "login", "desk"), range(50)))
    assert tries.count(True) == 5


def test_the_sixth_login_in_a_minute_waits_for_what_is_left_of_it(counter: MovingWindowRateLimiter) -> None:
    logins = LoginLimits(counter)
    assert [logins.wait("desk@test.example", Origin(HERE), time.time) for _ in range(5)] == [0] * 5
    assert 50 < logins.wait("desk@test.example", Origin(HERE), time.time) <= 60
    assert logins.wait_for(Step.CODE, "desk@test.example", time.time) == 0
    assert logins.wait("other@test.example", Origin(HERE), time.time) == 0


def test_a_window_moves_on(counter: MovingWindowRateLimiter) -> None:
    twice = parse("2/second")
    assert [counter.hit(twice, "deed", "key") for _ in range(3)] == [True, True, False]
    time.sleep(1.1)
    assert counter.hit(twice, "deed", "key")


@in_redis
def test_redis_forgets_by_itself_whom_nobody_tried_again(redis_server: servers.RedisServer) -> None:
    counter = moving_window(redis_server.url)
    counter.hit(parse("5/minute"), "login", "made-up@test.example")
    counter.hit(parse("30/hour"), "pin", HERE)
    with redis.Redis.from_url(redis_server.url) as client:
        lives = sorted(client.ttl(name) for name in client.scan_iter())
        names = [name.decode() for name in client.scan_iter()]
    assert 50 < lives[0] <= 60
    assert 3500 < lives[1] <= 3600
    assert all(name.startswith("virtual-cd:") for name in names), "what else is in there is left alone"


Desk = Callable[[], FlaskClient]


@pytest.fixture
def desk(config: Config, site: Site, redis_server: servers.RedisServer) -> Desk:
    """Make another web process's client."""
    shared = replace(config, redis_url=redis_server.url)
    return lambda: create_app(shared, site).test_client()


@in_redis
def test_all_web_processes_count_together(site: Site, organisation: Organisation, desk: Desk) -> None:
    """F-04: a guesser who is sent to another process each time has 30 tries, not 30 a process."""
    disc_id, one, other = factories.a_disc(site, organisation), desk(), desk()
    keys = [factories.a_share(site, organisation, disc_id) for _ in range(16)]
    statuses = [
        client.post(f"/s/{key.token}", data={"pin": factories.wrong_pin(key.pin, number)}).status_code
        for key in keys
        for number, client in enumerate((one, other), 1)
    ]
    assert statuses == [403] * 30 + [429] * 2
    assert desk().post(f"/s/{keys[0].token}", data={"pin": keys[0].pin}).status_code == 429


@in_redis
@pytest.mark.parametrize("away", ["killed", "silent"])
def test_while_redis_is_away_nobody_gets_in_and_whoever_is_in_goes_on(
    site: Site,
    organisation: Organisation,
    desk: Desk,
    redis_server: servers.RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    away: str,
) -> None:
    """W-06."""
    monkeypatch.setattr(limits, "REDIS_SECONDS", 0.2)
    key = factories.a_share(site, organisation, factories.a_disc(site, organisation))
    inside, outside = desk(), desk()
    entered = inside.post(f"/s/{key.token}", data={"pin": key.pin})
    assert entered.status_code == 303

    if away == "killed":
        redis_server.kill()
    else:
        with redis.Redis.from_url(redis_server.url) as client:
            client.client_pause(3_600_000)
    answer = outside.post(f"/s/{key.token}", data={"pin": key.pin})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert inside.get(entered.location).status_code == 200
    ready = outside.get("/readyz")
    assert (ready.status_code, ready.get_json()["limits"]) == (200, "failing")

    redis_server.kill()
    redis_server.start()
    assert outside.post(f"/s/{key.token}", data={"pin": key.pin}).status_code == 303
    assert outside.get("/readyz").get_json()["limits"] == "ok"
