"""What counts as one network, and that a process forgets what it counted; the counts: test_counters.py."""

import time

import pytest
from limits import parse

from app.audit.actor import network
from app.web.limits import SWEEP_AT, moving_window


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


def test_whom_nobody_tried_again_is_forgotten() -> None:
    limiter = moving_window(None)
    for number in range(3 * SWEEP_AT):
        limiter.hit(parse("1/second"), "login", f"made-up-{number}@test.example")
    counted = limiter.storage.events  # type: ignore[attr-defined]
    while any("made-up" in name and events for name, events in list(counted.items())):
        limiter.hit(parse("1/second"), "login", "desk@test.example")  # has what expired taken out
        time.sleep(0.05)
    for number in range(3 * SWEEP_AT):
        limiter.hit(parse("1/second"), "login", f"another-{number}@test.example")
    assert len(counted) <= 3 * SWEEP_AT + 1
