"""The receipt: every file, totals that add up, and a signature that anybody can check with openssl alone."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation
from app.site import Site
from app.studies.gaps import gaps, missing_numbers
from app.studies.models import Disc, Instance
from tests.conftest import Clock
from tests.factories import (
    ROOT,
    a_bit_of_everything,
    a_disc,
    a_series,
    ct_bytes,
    ct_dataset,
    ct_series,
    imported_disc,
    part10,
)
from tests.staff import Browser, a_member


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Browser:
    return Browser.of(app, site, a_member(site, organisation))


@pytest.fixture
def disc_id(site: Site, organisation: Organisation, tmp_path: Path) -> str:
    a_bit_of_everything(tmp_path / "disc")
    return imported_disc(site, organisation, tmp_path / "disc")


def test_every_file_stands_in_the_receipt_with_its_hash(desk: Browser, disc_id: str, tmp_path: Path) -> None:
    receipt = json.loads(desk.get(f"/discs/{disc_id}/receipt.json").data)
    on_disc = {
        path.relative_to(tmp_path / "disc").as_posix(): path for path in (tmp_path / "disc").rglob("*")
    }
    files = {path: each for path, each in on_disc.items() if each.is_file()}
    assert {file["path"] for file in receipt["files"]} == set(files)
    for file in receipt["files"]:
        assert file["sha256"] == sha256(files[file["path"]].read_bytes()).hexdigest()
    totals = receipt["totals"]
    kinds = ("instances", "dicomdir", "documents", "duplicates", "not_dicom", "refused")
    assert totals["files"] == len(files) == sum(totals[kind] for kind in kinds)
    assert receipt["listed_but_missing"] == ["DICOM/GONE"]
    assert "Test^Patient" not in json.dumps(receipt)


def test_the_documented_command_checks_a_receipt_with_openssl_alone(
    desk: Browser, app: Flask, disc_id: str, tmp_path: Path
) -> None:
    parts = {
        "receipt.json": desk.get(f"/discs/{disc_id}/receipt.json").data,
        "receipt.sig": desk.get(f"/discs/{disc_id}/receipt.sig").data,
        "key.pem": app.test_client().get("/receipts/key.pem").data,
    }
    for name, data in parts.items():
        (tmp_path / name).write_bytes(data)
    assert _openssl(tmp_path).returncode == 0
    (tmp_path / "receipt.json").write_bytes(parts["receipt.json"].replace(b"Test Hospital", b"Best Hospital"))
    assert _openssl(tmp_path).returncode != 0


def _openssl(folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """Run the very command that docs/receipts.md gives."""
    page = (Path(__file__).parents[2] / "docs" / "receipts.md").read_text()
    [command] = [line for line in page.splitlines() if line.startswith("openssl ")]
    return subprocess.run(command.split(), cwd=folder, capture_output=True, check=False)


def test_a_receipt_is_the_same_bytes_at_any_time(desk: Browser, disc_id: str, clock: Clock) -> None:
    first = desk.get(f"/discs/{disc_id}/receipt.json").data
    clock.advance(minutes=10)
    assert desk.get(f"/discs/{disc_id}/receipt.json").data == first


def test_a_blanked_beginning_has_both_hashes(
    desk: Browser, site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    data = part10(ct_dataset(1), preamble=b"MZ".ljust(128, b"\0"))
    ct_series(tmp_path / "disc", 1)[0].write_bytes(data)
    disc_id = imported_disc(site, organisation, tmp_path / "disc")
    [file] = json.loads(desk.get(f"/discs/{disc_id}/receipt.json").data)["files"]
    assert file["sha256"] == sha256(data).hexdigest()
    assert file["sha256_in_copies"] == sha256(ct_bytes(1)).hexdigest()


def test_lost_slices_are_named(desk: Browser, site: Site, organisation: Organisation, tmp_path: Path) -> None:
    for path in ct_series(tmp_path / "disc", 12)[6:8]:
        path.unlink()
    disc_id = imported_disc(site, organisation, tmp_path / "disc")
    page = desk.get(f"/discs/{disc_id}/receipt").text
    assert "Axial: numbers 7–8 of 12 seem to be missing." in page


def numbered(site: Site, disc_id: str, numbers: list[int]) -> list[tuple[int, int]]:
    """Give the instances of a disc of one series these numbers; return what is missing in it."""
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        instances = session.scalars(select(Instance).where(Instance.disc_id == disc_id)).all()
        for instance, number in zip(instances, numbers, strict=True):
            instance.number = number
        session.flush()
        return [missing for gap in gaps(session, disc) for missing in gap.missing]


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        ([1, 2, 3, 4, 5], []),
        ([1, 2, 3, 4, 6], [(5, 5)]),
        ([6, 4, 3, 3, 2], [(5, 5)]),
        ([7, 4, 3, 3, 2], []),
        ([3, 3, 4, 6, 7], [(5, 5)]),
        ([1, 3, 5, 7, 9], []),
        ([-(2**31), 1, 2, 3, 2**31 - 1], []),
    ],
)
def test_the_database_finds_the_same_holes(
    site: Site, organisation: Organisation, numbers: list[int], missing: list[tuple[int, int]]
) -> None:
    assert numbered(site, a_disc(site, organisation, slices=5), numbers) == missing
    assert missing_numbers(numbers) == missing


def test_a_hole_in_one_series_is_no_hole_in_another(site: Site, organisation: Organisation) -> None:
    disc_id = a_disc(site, organisation, slices=5)
    numbered(site, disc_id, [1, 2, 3, 4, 6])
    a_series(site, disc_id, slices=5, SeriesInstanceUID=f"{ROOT}1.2", SeriesDescription="Whole")
    with site.sessions() as session:
        assert [gap.description for gap in gaps(session, session.get_one(Disc, disc_id))] == ["Axial"]


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        ([1, 2, 3, 4, 5], []),
        ([1, 2, 3, 5, 6], [(4, 4)]),
        ([*range(1, 45), *range(48, 121)], [(45, 47)]),
        ([1, 1, 2, 2, 4, 4, 5, 5], [(3, 3)]),
        ([1, 3, 5, 7, 9], []),
        ([1, 2, 900], []),
        ([101, 102, 103, 201, 202, 203], []),
        ([], []),
    ],
)
def test_holes_count_and_steps_do_not(numbers: list[int], missing: list[tuple[int, int]]) -> None:
    assert missing_numbers(numbers) == missing


def test_the_pdf_holds_every_file(desk: Browser, disc_id: str, tmp_path: Path) -> None:
    answer = desk.get(f"/discs/{disc_id}/receipt.pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    (tmp_path / "receipt.pdf").write_bytes(answer.data)
    said = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "receipt.pdf", "-"], capture_output=True, check=True
    )
    text = said.stdout.decode()
    for file in json.loads(desk.get(f"/discs/{disc_id}/receipt.json").data)["files"]:
        assert file["path"] in text
        assert file["sha256"] in text
    assert desk.get(f"/discs/{disc_id}/receipt.sig").data.hex()[:64] in text


def test_a_disc_that_was_not_read_has_no_receipt_yet(
    desk: Browser, site: Site, organisation: Organisation
) -> None:
    disc_id = a_disc(site, organisation)
    with site.sessions.begin() as session:
        session.get_one(Disc, disc_id).read_at = None
    assert desk.get(f"/discs/{disc_id}/receipt.json").status_code == 403
