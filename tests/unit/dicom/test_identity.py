"""Whether headers speak of one patient."""

from itertools import permutations

import pytest

from app.dicom.agreement import Agreement, dates_agree, ids_agree
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
        ("Yi^Wei=乙^偉", "Yi^Wei=丙^薇", NameLikeness.AKIN),
        ("か^x=", "が^x=", NameLikeness.DIFFERENT),
        ("Dr. Jane Test", "Jane Test", NameLikeness.SAME),
        ("TEST^JOHN^^^JR", "TEST^JOHN^^^SR", NameLikeness.AKIN),
        ("TEST^JOHN^^^JR", "TEST^JOHN", NameLikeness.SAME),
        ("TEST^J", "TEST^JANE", NameLikeness.AKIN),
        ("TEST^BILL", "TEST^WILLIAM", NameLikeness.AKIN),
        ("TSET^JANE", "TEST^JANE", NameLikeness.AKIN),
        ("PROBE^JANE", "TEST^JANE", NameLikeness.RELATED),
        ("VAN DEN TEST^JANE", "Vandentast^Jane", NameLikeness.AKIN),
        ("TEST^JANE", "TEST^ANNE", NameLikeness.DIFFERENT),
        ("Тестов^Сергей", "Testov^Sergei", NameLikeness.SAME),
        ("Δοκιμή^Άννα", "Dokimi^Anna", NameLikeness.SAME),
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
        (JANE._replace(name="Jane Test"), Likeness.SAME),
        (JANE._replace(name="Jane Test", patient_id=""), Likeness.PROBABLY_SAME),
        (JANE._replace(birth_date=""), Likeness.PROBABLY_SAME),
        (JANE._replace(patient_id="P2"), Likeness.PROBABLY_SAME),
        (JANE._replace(patient_id="P2", birth_date=""), Likeness.DIFFERENT),
        (JANE._replace(name="PROBE^JANE"), Likeness.PROBABLY_SAME),
        (JANE._replace(name="PROBE^JANE", patient_id=""), Likeness.PROBABLY_SAME),
        (JANE._replace(name="PROBE^JANE", patient_id="P2"), Likeness.DIFFERENT),
        (JANE._replace(name="PROBE^ANNE", patient_id=""), Likeness.DIFFERENT),
        (JANE._replace(name="TEST^ANNE", patient_id=""), Likeness.DIFFERENT),
        (JANE._replace(birth_date="19710102"), Likeness.PROBABLY_SAME),
        (JANE._replace(birth_date="19840415", patient_id=""), Likeness.DIFFERENT),
        (JANE._replace(sex="M"), Likeness.PROBABLY_SAME),
        (JANE._replace(sex="M", patient_id=""), Likeness.DIFFERENT),
        (JANE._replace(sex="O"), Likeness.SAME),
        (Identity(), Likeness.DIFFERENT),
    ],
)
def test_only_name_and_birth_date_together_make_the_same_person(other: Identity, likeness: Likeness) -> None:
    assert compare(JANE, other) is likeness
    assert compare(other, JANE) is likeness


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("19610503", "1961.05.03", Agreement.YES),
        ("19610503", "19610305", Agreement.CLOSE),
        ("19610503", "19610508", Agreement.CLOSE),
        ("19610503", "19160503", Agreement.CLOSE),
        ("19610503", "19620504", Agreement.NO),
        ("19610503", "19000101", Agreement.UNKNOWN),
        ("19610503", "19611399", Agreement.UNKNOWN),
        ("19610503", "1961", Agreement.UNKNOWN),
    ],
)
def test_dates_agree_but_for_what_typists_do(one: str, other: str, agreement: Agreement) -> None:
    assert dates_agree(one, other) is dates_agree(other, one) is agreement


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("0012345", "12345", Agreement.YES),
        ("MRN-0012345", "12345", Agreement.YES),
        ("ab.12-345", "AB12345", Agreement.YES),
        ("A12345", "B12345", Agreement.CLOSE),
        ("9912345", "12345", Agreement.CLOSE),
        ("12345", "12354", Agreement.CLOSE),
        ("12345", "54321", Agreement.NO),
        ("P1", "P2", Agreement.NO),
        ("", "P2", Agreement.UNKNOWN),
        ("000", "P2", Agreement.UNKNOWN),
    ],
)
def test_ids_agree_but_for_prefixes_and_slips(one: str, other: str, agreement: Agreement) -> None:
    assert ids_agree(one, other) is ids_agree(other, one) is agreement


def test_ids_of_two_issuers_say_nothing_about_each_other() -> None:
    elsewhere = JANE._replace(patient_id="X9", issuer="ELSEWHERE")
    assert compare(JANE._replace(issuer="HERE"), elsewhere) is Likeness.SAME
