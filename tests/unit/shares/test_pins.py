"""PINs."""

import time

import pytest

from app.errors import Unacceptable
from app.shares import pins


@pytest.mark.parametrize(
    "typed",
    [
        "48210937",
        "4821 0937",
        " 4821-0937 ",
        "4821\u20110937",
        "4821\u2212\u00a00937",
        "4821\u200b0937\n",
        "４８２１０９３７",
        "٤٨٢١٠٩٣٧",
    ],
)
def test_a_pin_is_understood_however_it_is_typed(typed: str) -> None:
    assert pins.read_pin(typed) == "48210937"


@pytest.mark.parametrize(
    "typed", ["", "4821", "482109371", "4821O937", "4821.0937", "²³⁴⁵⁶⁷⁸⁹", "abc", "4821\x000937"]
)
def test_anything_else_is_malformed(typed: str) -> None:
    with pytest.raises(Unacceptable):
        pins.read_pin(typed)


def test_a_long_answer_is_refused_before_hashing() -> None:
    """F-08."""
    begun = time.thread_time()
    with pytest.raises(Unacceptable):
        pins.read_pin("1" * 1_000_000)
    assert time.thread_time() - begun < 0.01


def test_new_pins_are_eight_digits_and_differ() -> None:
    drawn = {pins.new_pin() for _ in range(1000)}
    assert len(drawn) > 990
    assert all(len(pin) == 8 and pin.isdecimal() and pin.isascii() for pin in drawn)


@pytest.mark.parametrize("pin", ["11111111", "12345678", "87654321", "48214821", "12121212"])
def test_an_easy_pin_is_refused(pin: str) -> None:
    with pytest.raises(Unacceptable):
        pins.judge(pin)


def test_only_an_argon2id_hash_is_kept(hashes_as_served: None) -> None:
    hashed = pins.hash_pin("48210937")
    assert hashed.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert pins.matches("48210937", hashed)
    assert not pins.matches("48210938", hashed)


def test_without_a_hash_nothing_matches() -> None:
    assert not pins.matches("00000000", None)


def test_a_pin_is_written_in_two_groups() -> None:
    assert pins.grouped("48210937") == "4821 0937"
