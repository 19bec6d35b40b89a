"""What gives a patient away."""

import pytest

from app.shares.resemblance import Person, holds_birth_date, resembles

SOMEBODY = Person("Test^Pätient^Middle", "19610503", "TEST-0001")


@pytest.mark.parametrize(
    "text",
    [
        "For Test",
        "TEST, urgent",
        "patient 5",
        "03.05.1961",
        "1961-05-03",
        "b. 05/03/1961",
        "ref test0001",
        "TEST 0001",
    ],
)
def test_a_reference_that_names_the_patient_is_found(text: str) -> None:
    assert resembles(text, SOMEBODY)


@pytest.mark.parametrize("text", ["", "RAD-2026-118", "Testing", "knee, left", "1961", "0003"])
def test_other_references_are_fine(text: str) -> None:
    assert not resembles(text, SOMEBODY)


def test_nothing_known_of_the_patient_resembles_nothing() -> None:
    assert not resembles("RAD-2026-118", Person("", "", ""))
    assert not holds_birth_date("19610503", "1961")
