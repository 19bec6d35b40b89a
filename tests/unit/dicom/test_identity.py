"""Whether headers speak of one patient."""

from itertools import permutations

import pytest

from app.dicom.identity import Identity, Likeness, compare, group
from app.dicom.names import NameLikeness, compare_names

JANE = Identity("TEST^JANE", "P1", "", "19700102", "F")


def test_an_identity_is_read_as_the_header_has_it() -> None:
    facts = {
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Test^Taro^^", "Ideographic": "試験^太郎"}]},
        "00100020": {"vr": "LO", "Value": [" P1 "]},
        "00100030": {"vr": "DA"},
        "00100040": {"vr": "CS", "Value": ["m"]},
    }
    assert Identity.from_facts(facts) == Identity("Test^Taro^^=試験^太郎", "P1", "", "", "M")


@pytest.mark.parametrize(
    ("other", "patients"),
    [
        (JANE, 1),
        (JANE._replace(birth_date="", sex=""), 1),
        (JANE._replace(sex="O"), 2),
        (JANE._replace(birth_date="19700201"), 2),
        (JANE._replace(name="TEST^JANET"), 2),
        (JANE._replace(patient_id="P2"), 2),
        (JANE._replace(issuer="HOSPITAL"), 2),
    ],
)
def test_only_what_is_alike_to_the_letter_is_joined(other: Identity, patients: int) -> None:
    assert len(group([JANE, other])) == patients


def test_a_blank_that_fits_two_patients_stays_apart() -> None:
    twins = [JANE, JANE._replace(birth_date="19700103"), JANE._replace(birth_date="")]
    assert sorted(map(len, group(twins))) == [1, 1, 1]


def test_blanks_never_chain_two_conflicting_identities() -> None:
    found = group(
        [JANE._replace(sex=""), JANE._replace(birth_date=""), JANE._replace(birth_date="", sex="M")]
    )
    assert all(len({who.sex for who in patient} - {""}) <= 1 for patient in found)


def test_the_order_of_files_changes_no_patient() -> None:
    mixed = [JANE, JANE._replace(sex=""), JANE._replace(birth_date=""), JANE._replace(patient_id="P2")]
    results = {tuple(map(tuple, group(order))) for order in permutations(mixed)}
    assert len(results) == 1
    assert next(iter(results))[0][0] == JANE  # the fullest comes first


@pytest.mark.parametrize(
    ("a", "b", "likeness"),
    [
        ("TEST^JANE", "Test^Jane", NameLikeness.SAME),
        ("TEST^JANE", "Test, Jane", NameLikeness.SAME),
        ("TEST^JANE", "Jane Test", NameLikeness.SIMILAR),
        ("TEST^JANE^Q^^DR", "Test^Jane", NameLikeness.SIMILAR),
        ("TÉST^SEÁN", "Test^Sean", NameLikeness.SAME),
        ("TÜST^JÖRG", "Tuest^Joerg", NameLikeness.SAME),
        ("TÜST^JÖRG", "TUST^JORG", NameLikeness.SAME),
        ("O'TEST^JANE", "OTest^Jane", NameLikeness.SAME),
        ("TEST-PROBE^JANE", "Test Probe^Jane", NameLikeness.SAME),
        ("Shiken^Tarou=試験^太郎=しけん^たろう", "SHIKEN^TARO=試験^太郎", NameLikeness.SIMILAR),
        ("Shiken^Tarou=試験^太郎=しけん^たろう", "試験 太郎", NameLikeness.SAME),
        ("Shiken^Tarou=試験^太郎=しけん^たろう", "シケン タロウ", NameLikeness.SAME),
        ("Siheom^Gildong=試驗^吉洞=시험^길동", "시험^길동", NameLikeness.SAME),
        ("か^x=", "が^x=", NameLikeness.DIFFERENT),
        ("TEST^JANE", "TEST^JOHN", NameLikeness.DIFFERENT),
        ("TEST", "TEST^JANE", NameLikeness.DIFFERENT),
        ("", "TEST^JANE", NameLikeness.DIFFERENT),
        ("", "", NameLikeness.DIFFERENT),
    ],
)
def test_names_across_case_accents_scripts_and_order(a: str, b: str, likeness: NameLikeness) -> None:
    assert compare_names(a, b) is likeness
    assert compare_names(b, a) is likeness


@pytest.mark.parametrize(
    ("other", "likeness"),
    [
        (JANE, Likeness.SAME),
        (JANE._replace(name="Test^Jane", patient_id="", sex=""), Likeness.SAME),
        (JANE._replace(birth_date="1970.01.02"), Likeness.SAME),
        (JANE._replace(name="Jane Test"), Likeness.PROBABLY_SAME),
        (JANE._replace(birth_date=""), Likeness.PROBABLY_SAME),
        (JANE._replace(patient_id="P2"), Likeness.PROBABLY_SAME),
        (JANE._replace(patient_id="P2", birth_date=""), Likeness.DIFFERENT),
        (JANE._replace(name="PROBE^JANE"), Likeness.PROBABLY_SAME),
        (JANE._replace(name="PROBE^JANE", patient_id=""), Likeness.DIFFERENT),
        (JANE._replace(birth_date="19710102"), Likeness.DIFFERENT),
        (JANE._replace(sex="M"), Likeness.DIFFERENT),
        (JANE._replace(sex="O"), Likeness.SAME),
        (Identity(), Likeness.DIFFERENT),
    ],
)
def test_only_name_and_birth_date_together_make_the_same_person(other: Identity, likeness: Likeness) -> None:
    assert compare(JANE, other) is likeness
    assert compare(other, JANE) is likeness


def test_ids_of_two_issuers_say_nothing_about_each_other() -> None:
    elsewhere = JANE._replace(patient_id="X9", issuer="ELSEWHERE")
    assert compare(JANE._replace(issuer="HERE"), elsewhere) is Likeness.SAME
