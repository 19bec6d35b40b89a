"""What gives a patient away."""

import pytest

from app.shares.resemblance import Person, blanked, holds_birth_date, resembles

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


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Married: Test is now Middle.", "Married: […] is now […]"),
        ("PATIENT's ID seen, TEST-0001", "[…] ID seen, […]"),
        ("number 0001 on the order", "number […] on the order"),
        ("born 3 May 1961, passport seen", "born 3 May […] passport seen"),
        ("1961-05-03 is right", "[…] is right"),
        ("Patient\u0308 testing; tests done", "[…] testing; tests done"),
        ("Typing error in the order of 2026", "Typing error in the order of 2026"),
        ("", ""),
    ],
)
def test_a_reason_keeps_its_sense_and_loses_who_it_is_about(text: str, left: str) -> None:
    assert blanked(text, [Person("", "", ""), SOMEBODY]) == left


def test_a_name_is_found_inside_a_sentence_without_spaces() -> None:
    somebody = Person("Yamada^Tarou=山田^太郎", "", "")
    assert blanked("患者は山田さん Checked with Yamada", [somebody]) == "[…] Checked with […]"
