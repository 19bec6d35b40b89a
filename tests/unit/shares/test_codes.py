"""Short codes."""

from collections import Counter

import pytest

from app.errors import Unacceptable
from app.shares import codes


@pytest.fixture(scope="module")
def code() -> str:
    return codes.new_code()


def test_a_code_is_written_in_fours() -> None:
    assert codes.grouped("KM4T7WQX3HRPC") == "KM4T-7WQX-3HRP-C"


@pytest.mark.parametrize(
    "written",
    ["{}", "{} ", "  {}", "{}\n", "\u200b{}"],
    ids=["plain", "after", "before", "line", "invisible"],
)
def test_spaces_dashes_and_small_letters_do_not_matter(code: str, written: str) -> None:
    for gap in ("-", " ", "", "\u2013", "\u2212", "\u00a0", " - "):
        typed = written.format(codes.grouped(code).lower().replace("-", gap))
        assert codes.read_code(typed) == code


def test_every_single_wrong_character_is_found(code: str) -> None:
    for place in range(13):
        for other in set(codes.ALPHABET) - {code[place]}:
            with pytest.raises(Unacceptable):
                codes.read_code(code[:place] + other + code[place + 1 :])


def test_any_two_characters_that_changed_places_are_found() -> None:
    for _ in range(20):
        code = codes.new_code()
        for place in range(12):
            a, b = code[place], code[place + 1]
            if a != b:
                with pytest.raises(Unacceptable):
                    codes.read_code(code[:place] + b + a + code[place + 2 :])


@pytest.mark.parametrize(
    "typed", ["", "KM4T", "O" * 13, "KM4T-7WQX-3HRP-CC", "A" * 1000, "ŒŒŒŒŒŒŒŒŒŒŒŒŒ", "\0" * 13]
)
def test_what_cannot_be_a_code_is_a_typing_error(typed: str) -> None:
    with pytest.raises(Unacceptable):
        codes.read_code(typed)


def test_codes_hold_no_look_alikes_and_every_character_is_as_likely() -> None:
    drawn = [codes.new_code() for _ in range(2000)]
    assert len(set(drawn)) == 2000
    counted = Counter("".join(code[:12] for code in drawn))
    assert set(counted) == set(codes.ALPHABET)
    assert not set("0O1ILU") & set(counted)
    expected = 2000 * 12 / 30
    chi_square = sum((counted[c] - expected) ** 2 / expected for c in codes.ALPHABET)
    assert chi_square < 70  # 29 degrees of freedom: once in 30 000 runs
