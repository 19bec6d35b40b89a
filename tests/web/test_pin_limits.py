"""What counts as one network, and for how long its wrong answers are remembered."""

import pytest

from app.config import Config
from app.errors import TooSoon
from app.web.limits import network
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
