"""What counts as one network, for how long its wrong answers are remembered, and that they are forgotten."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits import parse

from app.config import Config
from app.errors import TooSoon
from app.web.limits import SWEEP_AT, moving_window, network
from app.web.pin_limits import PinLimits


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::2", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::1", "2001:db8:0:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_is_counted_with_its_neighbours(address: str, counted_as: str) -> None:
    """F-05."""
    assert network(address) == counted_as


def test_the_thirty_first_wrong_answer_waits(config: Config) -> None:
    """F-04."""
    limits = PinLimits.build(config)
    for _ in range(30):
        limits.check("192.0.2.1")
        limits.note_wrong("192.0.2.1")
    limits.check("192.0.2.2")
    with pytest.raises(TooSoon) as caught:
        limits.check("192.0.2.1")
    assert 3500 < caught.value.retry_after <= 3600


def test_whom_nobody_tried_again_is_forgotten() -> None:
    limiter = moving_window(None)
    for number in range(3 * SWEEP_AT):
        limiter.hit(parse("1/second"), "login", f"made-up-{number}@test.example")
    time.sleep(1.1)
    limiter.hit(parse("1/second"), "login", "desk@test.example")  # has what expired taken out
    time.sleep(0.2)
    for number in range(3 * SWEEP_AT):
        limiter.hit(parse("1/second"), "login", f"another-{number}@test.example")
    assert len(limiter.storage.events) <= 3 * SWEEP_AT + 1  # type: ignore[attr-defined]


def test_of_fifty_tries_at_the_same_moment_five_are_let_through() -> None:
    limiter = moving_window(None)
    with ThreadPoolExecutor(20) as pool:
        tries = list(pool.map(lambda _number: limiter.hit(parse("5/minute"), "login", "desk"), range(50)))
    assert tries.count(True) == 5
