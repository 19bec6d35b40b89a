"""The command line: one JSON document, exit codes that scripts can trust."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.cli.prepare import prepare
from app.site import Site
from app.studies.models import DiscPatient, Original
from tests.factories import ROOT, ct_bytes, ct_series, text_named_dcm, truncated, two_patients, wrong_pin
from tests.postbox import sent_letters
from tests.second_factors import set_up
from tests.staff import Browser, a_member


class Result(NamedTuple):
    """What a command said and how it ended."""

    code: int
    document: Any
    stderr: str


Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, organisation: Organisation) -> Run:
    """Run a verb with ``--json``."""

    def command(*arguments: object) -> Result:
        with app.app_context():
            outcome = app.test_cli_runner().invoke(args=[*map(str, arguments), "--json"])
        assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
        return Result(outcome.exit_code, json.loads(outcome.stdout or "null"), outcome.stderr)

    return command


@pytest.fixture
def disc(run: Run, tmp_path: Path) -> str:
    ct_series(tmp_path / "disc")
    return str(run("disc", "import", tmp_path / "disc").document["disc_id"])


def test_a_folder_is_imported_and_accounted_for(run: Run, tmp_path: Path) -> None:
    ct_series(tmp_path / "disc", 4)
    text_named_dcm(tmp_path / "disc")
    code, document, _ = run("disc", "import", tmp_path / "disc", "--label", "Blue")
    assert code == 0
    assert (document["state"], document["label"]) == ("ready", "Blue")
    receipt = document["receipt"]
    assert receipt["files"] == 5
    assert (receipt["instances"], receipt["not_dicom"]) == (4, 1)
    [patient] = document["patients"]
    assert patient["name"] == "Test^Patient"
    assert patient["study_uids"] == [study["study_uid"] for study in document["studies"]]


def test_a_zip_is_imported_alike(run: Run, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "disc.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in (1, 2):
            archive.writestr(f"DICOM/{number}", ct_bytes(number))
    code, document, _ = run("disc", "import", tmp_path / "disc.zip")
    assert (code, document["receipt"]["instances"]) == (0, 2)


def test_two_patients_leave_with_3_until_a_person_decides(run: Run, tmp_path: Path) -> None:
    two_patients(tmp_path / "disc")
    code, document, _ = run("disc", "import", tmp_path / "disc")
    assert (code, document["state"], len(document["patients"])) == (3, "needs_review", 2)
    refusal = run("share", "create", "--disc", document["disc_id"])
    assert refusal.code == 3
    kept = document["patients"][0]["patient_key"]
    code, document, _ = run(
        "disc", "resolve", document["disc_id"], "--keep", kept, "--because", "label checked"
    )
    assert (code, document["state"]) == (0, "ready")
    assert run("share", "create", "--disc", document["disc_id"]).code == 0


def test_a_share_covers_one_patient(run: Run, tmp_path: Path) -> None:
    two_patients(tmp_path / "disc")
    document = run("disc", "import", tmp_path / "disc").document
    run("disc", "resolve", document["disc_id"], "--keep", "all", "--because", "both are ours")
    assert run("share", "create", "--disc", document["disc_id"]).code == 4
    chosen = document["patients"][1]["patient_key"]
    assert run("share", "create", "--disc", document["disc_id"], "--patient", chosen).code == 0


@pytest.mark.parametrize("content", ["empty", "text"])
def test_a_disc_without_instances_has_failed_with_its_receipt(run: Run, tmp_path: Path, content: str) -> None:
    folder = tmp_path / "disc"
    folder.mkdir()
    if content == "text":
        text_named_dcm(folder)
    code, document, _ = run("disc", "import", folder)
    assert (code, document["state"]) == (4, "failed")
    assert document["reason"]
    assert document["receipt"]["files"] == (content == "text")


def test_a_truncated_file_is_kept_with_what_can_be_read(run: Run, tmp_path: Path) -> None:
    ct_series(tmp_path / "disc", 2)
    truncated(tmp_path / "disc")
    code, document, _ = run("disc", "import", tmp_path / "disc")
    receipt = document["receipt"]
    assert code == 0
    assert receipt["files"] == 3 == receipt["instances"] + receipt["refused"] + receipt["not_dicom"]


def test_what_is_not_there_is_wrong_use(run: Run) -> None:
    assert run("disc", "import", "/nowhere/at/all").code == 2


def test_not_waiting_leaves_the_disc_to_the_worker(run: Run, tmp_path: Path) -> None:
    ct_series(tmp_path / "disc")
    code, document, _ = run("disc", "import", tmp_path / "disc", "--no-wait")
    assert (code, document["state"]) == (0, "ingesting")


def test_secrets_of_a_share_are_shown_once(run: Run, disc: str) -> None:
    code, made, _ = run("share", "create", "--disc", disc, "--to", "Test Clinic")
    assert code == 0
    assert set(made) == {"share_id", "key_id", "url", "code", "pin", "expires_at"}
    assert len(made["pin"]) == 8
    shown = run("share", "show", made["share_id"]).document
    assert shown["state"] == "live"
    assert [key["key_id"] for key in shown["keys"]] == [made["key_id"]]
    assert not any(made[secret] in json.dumps(shown) for secret in ("pin", "code", "url"))


def test_a_second_key_has_secrets_of_its_own(run: Run, disc: str) -> None:
    first = run("share", "create", "--disc", disc).document
    second = run("share", "key", first["share_id"]).document
    assert second["share_id"] == first["share_id"]
    assert all(first[name] != second[name] for name in ("key_id", "url", "code"))


def test_a_pin_can_be_chosen(run: Run, disc: str) -> None:
    assert run("share", "create", "--disc", disc, "--pin", "48210937").document["pin"] == "48210937"
    assert run("share", "create", "--disc", disc, "--pin", "12").code == 2


def test_a_revoked_share_says_so(run: Run, disc: str) -> None:
    made = run("share", "create", "--disc", disc).document
    code, document, _ = run("share", "revoke", made["share_id"])
    assert (code, document["state"]) == (0, "revoked")
    assert {key["state"] for key in document["keys"]} == {"revoked"}


@pytest.mark.parametrize("span", ["14", "91d", "0d", "never"])
def test_a_span_that_makes_no_sense_or_is_too_long_is_refused(run: Run, disc: str, span: str) -> None:
    assert run("share", "create", "--disc", disc, "--expires", span).code in (2, 4)


def test_a_deleted_disc_can_be_restored(run: Run, disc: str) -> None:
    assert run("disc", "delete", disc).code == 0
    assert run("disc", "show", disc).code == 1
    assert run("disc", "list").document == []
    code, document, _ = run("disc", "restore", disc)
    assert (code, document["state"]) == (0, "ready")


def test_a_user_is_made_with_a_one_time_password(run: Run) -> None:
    code, made, _ = run("user", "create", "--email", "desk@test.example", "--role", "uploader")
    assert code == 0
    assert set(made) == {"email", "one_time_password"}
    assert run("user", "create", "--email", "desk@test.example", "--role", "viewer").code == 4
    assert run("user", "token", "--email", "desk@test.example", "--name", "x").document["token"]
    assert run("user", "token", "--email", "nobody@test.example", "--name", "x").code == 1
    assert run("user", "disable", "--email", "desk@test.example").code == 0


def test_a_forgotten_password_is_replaced_by_a_one_time_password(
    run: Run, app: Flask, site: Site, organisation: Organisation
) -> None:
    staff = a_member(site, organisation)
    browser = Browser(app)
    browser.log_in(staff.user.email)
    code, made, _ = run("user", "reset-password", "--email", staff.user.email)
    assert (code, made["email"]) == (0, staff.user.email)
    assert browser.get("/discs").location == "/login?next=/discs"
    assert browser.log_in(staff.user.email).status_code == 401
    browser.log_in(staff.user.email, made["one_time_password"])
    assert browser.get("/discs").location == "/password"
    assert run("user", "reset-password", "--email", "nobody@test.example").code == 1


def test_whoever_owns_an_account_is_told_what_the_command_line_did_to_it(
    run: Run, site: Site, organisation: Organisation
) -> None:
    """A takeover is not silent."""
    staff = a_member(site, organisation)
    set_up(site, staff)
    before = len(sent_letters(site))
    of = ("--email", staff.user.email)
    secrets = [
        run("user", "reset-password", *of).document["one_time_password"],
        run("user", "token", *of, "--name", "importer").document["token"],
    ]
    run("user", "reset-second-factor", *of)
    letters = sent_letters(site)[before:]
    assert {letter["To"] for letter in letters} == {staff.user.email}
    assert sorted(letter.get_content().split(" ")[0] for letter in letters) == ["A", "The", "Two-step"]
    assert not any(secret in letter.as_string() for secret in secrets for letter in letters)
    assert run("user", "reset-second-factor", *of).document["second_factor_removed"] is False
    assert len(sent_letters(site)) == before + 3, "nothing was done, so nothing is told"


def test_who_works_here_is_listed(run: Run, site: Site, organisation: Organisation) -> None:
    set_up(site, a_member(site, organisation))
    run("user", "create", "--email", "new@test.example", "--role", "viewer")
    run("user", "disable", "--email", "new@test.example")
    desk, new = run("user", "list").document["users"]
    assert desk == {
        "email": "desk@test.example",
        "role": "uploader",
        "disabled": False,
        "one_time_password": False,
        "second_factor": True,
    }
    assert (new["email"], new["disabled"], new["one_time_password"]) == ("new@test.example", True, True)


def test_a_lost_second_factor_is_taken_away_and_the_sessions_with_it(
    run: Run, app: Flask, site: Site, organisation: Organisation
) -> None:
    staff = a_member(site, organisation)
    set_up(site, staff)
    browser = Browser(app)
    browser.log_in(staff.user.email)
    reset = ("user", "reset-second-factor", "--email", staff.user.email)
    assert run(*reset).document == {"email": staff.user.email, "second_factor_removed": True}
    assert browser.get("/login/code").location == "/login?next=/login/code"
    assert browser.log_in(staff.user.email).location == "/discs"
    assert run(*reset).document == {"email": staff.user.email, "second_factor_removed": False}


@pytest.mark.parametrize(
    ("base_url", "asked"), [("https://images.test.example", True), ("http://localhost", False)]
)
def test_a_new_service_that_browsers_reach_by_tls_begins_with_two_step_login(
    site: Site, base_url: str, asked: bool
) -> None:
    prepare(replace(site, config=replace(site.config, base_url=base_url)))
    with site.sessions() as session:
        assert session.scalars(select(Organisation)).one().asks_second_factor is asked


def test_an_organisation_asks_its_staff_for_a_second_factor(run: Run) -> None:
    assert run("organisation", "show").document["asks_second_factor"] is False
    code, told, _ = run("organisation", "set", "--second-factor", "yes")
    assert (code, told["asks_second_factor"]) == (0, True)
    assert run("organisation", "show").document["asks_second_factor"] is True


def test_a_changed_audit_log_is_found(run: Run, disc: str, site: Site) -> None:
    assert run("audit", "verify").document == {"intact": True, "faults": []}
    with site.sessions.begin() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == 1).values(actor_id="somebody"))
    code, document, _ = run("audit", "verify")
    assert (code, document["intact"]) == (1, False)


def test_an_import_on_somebodys_behalf_is_theirs(run: Run, tmp_path: Path, site: Site) -> None:
    run("user", "create", "--email", "desk@test.example", "--role", "uploader")
    ct_series(tmp_path / "disc")
    assert run("disc", "import", tmp_path / "disc", "--as", "desk@test.example").code == 0
    assert run("disc", "import", tmp_path / "disc", "--as", "nobody@test.example").code == 1


def test_a_disc_of_somebody_else_than_expected_needs_a_person(run: Run, tmp_path: Path) -> None:
    ct_series(tmp_path / "disc")
    assert run("disc", "import", tmp_path / "disc", "--expect-name", "Other^Person").code == 3


def test_frozen_shows_in_the_list(run: Run, disc: str, client: Any, clock: Any) -> None:
    made = run("share", "create", "--disc", disc).document
    address = made["url"].removeprefix("http://localhost")
    for number in range(1, 11):
        clock.advance(minutes=2)
        client.post(address, data={"pin": wrong_pin(made["pin"], number)})
    [key] = run("share", "show", made["share_id"]).document["keys"]
    assert (key["state"], key["failures"]) == ("frozen", 10)


def test_a_store_in_a_folder_needs_no_leave_for_our_pages(run: Run) -> None:
    code, document, _ = run("storage", "cors")
    assert (code, document) == (0, {"origin": "http://localhost", "needed": False, "changed": False})


def test_an_organisation_decides_how_much_of_addresses_is_told(
    run: Run, site: Site, organisation: Organisation
) -> None:
    told = run("organisation", "set", "--addresses", "none")
    assert told.document == {"organisation": "test", "addresses": "none"}
    with site.sessions() as session:
        assert session.get_one(Organisation, organisation.id).addresses == "none"


def test_an_organisation_says_who_it_is(run: Run, site: Site, organisation: Organisation) -> None:
    told = run(
        "organisation", "set", "--name", " Test  Clinic", "--telephone", "+33 1 55", "--language", "fr"
    )
    assert told.document == {
        "organisation": "test",
        "name": "Test Clinic",
        "telephone": "+33 1 55",
        "language": "fr",
    }
    assert run("organisation", "set", "--telephone", "").document["telephone"] is None
    with site.sessions() as session:
        entries = session.query(AuditEntry).filter_by(action="organisation_changed").all()
        assert [entry.details["changed"].get("telephone") for entry in entries] == [
            {"old": organisation.telephone, "new": "+33 1 55"},
            {"old": "+33 1 55", "new": None},
        ]


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--name", " ", "Name: this can't stay empty."),
        ("--name", "x" * 121, "Name: 120 characters at most."),
        ("--hours", "Mon\u202eday", "Hours: this holds characters that can't be shown."),
        ("--telephone", "ask at the desk", "Telephone: write it with digits, spaces and + only"),
        ("--privacy-telephone", "+-+", "Privacy's telephone: write it with digits, spaces and + only"),
        ("--colour", "blue", "Colour: write it as # and six digits"),
        ("--desk-mailbox", "desk", "That is not an e-mail address."),
        ("--time-zone", "../etc/passwd", "Time zone: write it as in Europe/Paris."),
    ],
)
def test_what_cannot_be_kept_of_an_organisation_is_said(
    run: Run, site: Site, organisation: Organisation, option: str, value: str, why: str
) -> None:
    code, document, _ = run("organisation", "set", "--measuring", "no", option, value)
    assert code
    assert document["detail"].startswith(why)
    with site.sessions() as session:
        assert session.get_one(Organisation, organisation.id).measuring is True


def test_an_organisation_decides_whether_the_birth_date_is_asked(
    run: Run, site: Site, organisation: Organisation
) -> None:
    told = run("organisation", "set", "--ask-birth-date", "no")
    assert told.document == {"organisation": "test", "asks_birth_date": False}
    with site.sessions() as session:
        assert session.get_one(Organisation, organisation.id).asks_birth_date is False
        assert session.query(AuditEntry).filter_by(action="organisation_changed").count() == 1


def test_an_organisation_decides_whether_links_for_looking_only_show_reduced_pictures(run: Run) -> None:
    assert run("organisation", "show").document["reduces_viewing"] is False
    told = run("organisation", "set", "--reduced-viewing", "yes")
    assert told.document == {"organisation": "test", "reduces_viewing": True}
    assert run("organisation", "show").document["reduces_viewing"] is True


def test_an_organisation_has_a_quota_and_shows_what_it_keeps(run: Run, site: Site, tmp_path: Path) -> None:
    ct_series(tmp_path / "disc")
    assert run("disc", "import", tmp_path / "disc").code == 0
    assert run("organisation", "set", "--quota", "500gb").document == {
        "organisation": "test",
        "quota_bytes": 500_000_000_000,
    }
    shown = run("organisation", "show").document
    with site.sessions() as session:
        stored = sum(session.scalars(select(Original.stored_size)))
    assert (shown["quota_bytes"], shown["used_bytes"]) == (500_000_000_000, stored)
    assert run("organisation", "set", "--quota", "lots").code == 2
    assert run("organisation", "set", "--quota", "0MB").code == 0
    ct_series(tmp_path / "more", SeriesInstanceUID=f"{ROOT}9")
    refused = run("disc", "import", tmp_path / "more")
    assert refused.code == 4
    assert "There is no room for this" in refused.stderr
    assert run("organisation", "set", "--quota", "none").document["quota_bytes"] is None
    assert run("disc", "import", tmp_path / "more").code == 0


def test_a_decision_is_made_again_until_the_disc_is_shared(run: Run, tmp_path: Path) -> None:
    two_patients(tmp_path / "disc")
    document = run("disc", "import", tmp_path / "disc").document
    disc, keys = document["disc_id"], [patient["patient_key"] for patient in document["patients"]]
    for key in keys:
        assert run("disc", "resolve", disc, "--keep", key, "--because", "label").code == 0
    kept = run("disc", "show", disc).document["patients"]
    assert [patient["decision"] for patient in kept] == ["leave_out", "keep"]
    run("share", "create", "--disc", disc, "--patient", keys[1])
    assert run("disc", "resolve", disc, "--keep", keys[0], "--because", "label").code == 4


def test_a_patient_is_kept_as_the_expected_one(run: Run, site: Site, tmp_path: Path) -> None:
    two_patients(tmp_path / "disc")
    expecting = ("--expect-name", "Tost^Patient", "--expect-birth-date", "1961-05-03")
    document = run("disc", "import", tmp_path / "disc", *expecting).document
    disc = document["disc_id"]
    [key] = [one["patient_key"] for one in document["patients"] if one["name"] == "Test^Patient"]
    resolve = ("disc", "resolve", disc, "--because", "passport seen")
    assert run(*resolve).code == 2
    assert run(*resolve, "--as-expected", key, "--send-back").code == 2
    code, document, _ = run(*resolve, "--as-expected", key)
    assert code == 0
    assert {one["name"]: one["decision"] for one in document["patients"]} == {
        "Test^Other": "leave_out",
        "Test^Patient": "keep",
    }
    with site.sessions() as session:
        patient = session.get_one(DiscPatient, key)
        assert (patient.name, patient.corrected_name) == ("Test^Patient", "Tost^Patient")


def test_a_disc_is_sent_back_and_can_return(run: Run, tmp_path: Path) -> None:
    two_patients(tmp_path / "disc")
    disc = run("disc", "import", tmp_path / "disc").document["disc_id"]
    sent = run("disc", "resolve", disc, "--send-back", "--because", "mixed up")
    assert (sent.code, sent.document) == (0, {"disc_id": disc, "sent_back": True})
    assert run("disc", "list").document == []
    assert run("disc", "restore", disc).document["state"] == "needs_review"


def test_images_are_asked_for_listed_and_the_request_closed(run: Run) -> None:
    made = run("request", "create", "--to", "Dr Test", "--for", "The disc of March.", "--expires", "7d")
    assert (made.code, set(made.document)) == (
        0,
        {"request_id", "key_id", "url", "code", "pin", "expires_at"},
    )
    request_id = made.document["request_id"]
    (listed,) = run("request", "list").document
    assert (listed["request_id"], listed["state"], listed["to"], listed["discs"]) == (
        request_id,
        "live",
        "Dr Test",
        [],
    )
    assert run("request", "revoke", request_id).document["state"] == "revoked"
    assert run("request", "revoke", "nothing").code == 1
    assert run("request", "create", "--to", "Dr Test", "--for", "x", "--expires", "91d").code == 2
