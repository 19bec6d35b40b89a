"""What discs bring that is no good: each file has a verdict and a sentence in the receipt; the rest goes on.

Everything comes in as a page sends it, by the upload's own routes.
"""

import logging
import subprocess
import unicodedata
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import insert

from app.accounts.models import Organisation
from app.ingest import limits, unpack
from app.ingest.reading import CHANGED
from app.ingest.receive import UNREADABLE
from app.media import iso
from app.site import Site
from app.studies.models import DiscFile
from tests.factories import ct_bytes, ct_series, read_through
from tests.staff import Browser, a_member
from tests.uploads import Upload, begin

GOOD = ct_bytes(1)
PADDING = 150 * 2048
"""Bytes that genisoimage puts behind the last file."""

File = tuple[str, bytes]
Told = dict[str, tuple[str, str | None]]


class Desk(NamedTuple):
    """A member of staff with an upload that is open."""

    browser: Browser
    site: Site
    upload: Upload

    def bring(self, *files: File) -> Told:
        """Send a disc of these files and have it read; return verdict and reason of each by the receipt."""
        self.upload.announce(*((path, len(data)) for path, data in files))
        for number, (_, data) in enumerate(files):
            assert self.upload.put(number, data).status_code == 204
        return self.receipt()

    def receipt(self) -> Told:
        """Close the disc and have it read; return verdict and reason of each file by its receipt."""
        assert self.upload.complete().status_code == 200
        read_through(self.site, self.upload.disc_id)
        told = self.browser.get(f"/discs/{self.upload.disc_id}/receipt.json").json
        assert told
        assert told["totals"]["files"] == len(told["files"])
        assert self.browser.get(f"/discs/{self.upload.disc_id}/receipt").status_code == 200
        return {file["path"]: (file["verdict"], file.get("reason")) for file in told["files"]}


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Desk:
    browser = Browser.of(app, site, a_member(site, organisation))
    begun = begin(browser).json
    assert begun
    return Desk(browser, site, Upload(app.test_client(), begun["disc_id"], begun["grant"]))


def zipped(*files: File) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def locked(folder: Path) -> bytes:
    """Return a ZIP with a password."""
    (folder / "IM1").write_bytes(GOOD)
    command = ["7z", "a", "-tzip", "-psecret", str(folder / "locked.zip"), str(folder / "IM1")]
    subprocess.run(command, check=True, capture_output=True)
    return (folder / "locked.zip").read_bytes()


def image(folder: Path) -> bytes:
    """Return an ISO image of three slices."""
    ct_series(folder / "disc", 3)
    target = folder / "disc.iso"
    subprocess.run(["genisoimage", "-quiet", "-R", "-J", "-o", target, folder / "disc"], check=True)
    return target.read_bytes()


def test_empty_files_and_archives_among_the_files_are_named_and_the_rest_goes_on(desk: Desk) -> None:
    packed = zipped(("IM9", ct_bytes(9)))
    told = desk.bring(("IM1", GOOD), ("EMPTY", b""), ("old.zip", packed), ("old.7z", b"7z\xbc\xaf\x27\x1c"))
    assert told == {
        "IM1": ("instance", None),
        "EMPTY": ("not_dicom", "This is an empty file."),
        "old.zip": ("not_dicom", "This is an archive; unpack it first."),
        "old.7z": ("not_dicom", "This is an archive; unpack it first."),
    }


def test_an_archive_in_an_archive_is_not_opened(desk: Desk) -> None:
    told = desk.bring(("disc.zip", zipped(("IM1", GOOD), ("inner.zip", zipped(("IM9", ct_bytes(9)))))))
    assert told == {
        "IM1": ("instance", None),
        "inner.zip": ("not_dicom", "This is an archive; unpack it first."),
    }


def test_names_that_differ_in_case_or_in_unicode_form_alone_stay_apart(desk: Desk) -> None:
    """U-06."""
    composed = "CAFÉ/IM1"
    names = ("IM1", "im1", composed, unicodedata.normalize("NFD", composed))
    assert len(set(names)) == 4
    told = desk.bring(*((name, ct_bytes(number)) for number, name in enumerate(names, 1)))
    assert told == dict.fromkeys(names, ("instance", None))


def test_characters_that_would_make_a_page_lie_are_shown_as_marks_and_no_line_of_the_log_holds_them(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """U-05: they turn the order of letters round, colour a terminal, or begin a new line of the log."""
    caplog.set_level(logging.DEBUG)
    name = "IM\u202egpj.exe\x1b[31m"
    patient = {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Test^Pa\u202etient"}
    desk.bring((name, ct_bytes(1, **patient)), ("a\r\n2026 ERROR forged\u2066", b"MZ"))
    for address in ("", "/receipt"):
        page = desk.browser.get(f"/discs/{desk.upload.disc_id}{address}").text
        assert not set("\u202e\u2066\x1b") & set(page), address
    assert "IM\ufffdgpj.exe\ufffd[31m" in desk.browser.get(f"/discs/{desk.upload.disc_id}/receipt").text
    assert "Pa\ufffdtient" in desk.browser.get("/discs").text
    assert not any(word in caplog.text for word in ("\u202e", "\x1b", "forged", "tient"))


def test_a_zip_with_a_password_says_so_for_every_file(desk: Desk, tmp_path: Path) -> None:
    assert desk.bring(("disc.zip", locked(tmp_path))) == {"IM1": ("refused", unpack.LOCKED)}
    assert (
        "Nothing was lost: the disc itself is as it was."
        in desk.browser.get(f"/discs/{desk.upload.disc_id}").text
    )


def test_an_unfinished_image_gives_what_it_holds_and_names_what_it_does_not(
    desk: Desk, tmp_path: Path
) -> None:
    told = desk.bring(("disc.iso", image(tmp_path)[: -PADDING - 3000]))
    assert told == {
        "IM000001": ("instance", None),
        "IM000002": ("refused", iso.PAST_END),
        "IM000003": ("refused", iso.PAST_END),
    }


def test_an_image_that_holds_nothing_to_read_has_a_receipt_too(desk: Desk, tmp_path: Path) -> None:
    told = desk.bring(("disc.iso", image(tmp_path)[:20_000]))
    assert told == {"disc.iso": ("refused", iso.NO_IMAGE)}
    page = desk.browser.get(f"/discs/{desk.upload.disc_id}").text
    assert iso.NO_IMAGE in page
    assert f"/discs/{desk.upload.disc_id}/receipt" in page


def test_a_file_that_changed_while_it_was_sent_is_refused_and_the_rest_goes_on(desk: Desk) -> None:
    """P-04: what left the disc is what arrived, or it does not count."""
    files = [
        {"path": path, "size": len(GOOD), "sha256": sha256(GOOD).hexdigest()} for path in ("IM1", "CHANGED")
    ]
    desk.upload.ask("POST", "/files", json={"files": files, "first": 0})
    desk.upload.put(0, GOOD)
    desk.upload.put(1, GOOD[:-1] + bytes([GOOD[-1] ^ 1]))
    assert desk.receipt() == {"IM1": ("instance", None), "CHANGED": ("refused", CHANGED)}


def test_a_file_that_the_drive_could_not_read_is_named_and_the_rest_goes_on(desk: Desk) -> None:
    desk.upload.announce(("IM1", len(GOOD)), ("SCRATCHED", 100))
    desk.upload.put(0, GOOD)
    assert desk.upload.ask("POST", "/files/1/unreadable").status_code == 204
    assert desk.receipt() == {"IM1": ("instance", None), "SCRATCHED": ("refused", UNREADABLE)}


def test_a_disc_of_50_001_files_is_refused_before_the_last_is_sent(
    desk: Desk, organisation: Organisation
) -> None:
    with desk.site.sessions.begin() as session:
        disc = {"disc_id": desk.upload.disc_id, "organisation_id": organisation.id}
        rows = [disc | {"number": number, "path": f"IM{number}", "size": 1} for number in range(50_000)]
        session.execute(insert(DiscFile), rows)
    refused = desk.upload.announce(("IM50000", 1), first=50_000)
    assert (refused.status_code, refused.json and refused.json["detail"]) == (413, limits.TOO_MANY_FILES)
    progress = desk.upload.ask("GET").json
    assert progress
    assert (progress["state"], progress["files"]) == ("receiving", 50_000)


def test_a_file_of_3_gb_is_refused_before_it_is_sent_and_the_rest_goes_on(desk: Desk) -> None:
    """The page leaves such a file on the disc by itself, and the receipt names it there."""
    refused = desk.upload.announce(("IM1", len(GOOD)), ("FILM.MPG", 3 << 30))
    assert (refused.status_code, refused.json and refused.json["detail"]) == (413, limits.FILE_TOO_LARGE)
    desk.upload.announce(("IM1", len(GOOD)))
    desk.upload.put(0, GOOD)
    left = [{"path": "FILM.MPG", "kind": "too_large"}]
    desk.upload.complete(left_behind=1, left_paths=left)
    read_through(desk.site, desk.upload.disc_id)
    told = desk.browser.get(f"/discs/{desk.upload.disc_id}/receipt.json").json
    assert told
    assert (told["left_behind"], [one["path"] for one in told["left_on_the_disc"]]) == (1, ["FILM.MPG"])
    assert "FILM.MPG" in desk.browser.get(f"/discs/{desk.upload.disc_id}/receipt").text


def test_an_image_of_3_gb_that_is_the_whole_disc_may_come(desk: Desk) -> None:
    assert desk.upload.announce(("disc.iso", 3 << 30)).status_code == 200
