"""``flask bundle``: what is made is what was received, and what comes back is told apart to the bit."""

import json
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Organisation
from app.bundles.iso_extent import SECTOR
from app.bundles.iso_reader import read_image
from app.config import Config
from app.shares.models import Share, ShareVersion
from app.site import Site
from app.storage import keys
from app.studies.models import Disc, Instance
from app.web import create_app
from tests.factories import ROOT, a_disc, a_share, ct_bytes, ready_disc
from tests.servers import missing

WHOLE = {
    "complete": True,
    "changed": [],
    "missing": [],
    "latest": True,
    "added": [],
    "signed": True,
    "part": None,
}
FORMS = pytest.mark.parametrize("form", ["zip", "iso"])


class Runner:
    """Runs a verb with ``--json``; keeps the exit code."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.code = 0

    def __call__(self, *arguments: object) -> Any:
        with self._app.app_context():
            outcome = self._app.test_cli_runner().invoke(args=["bundle", *map(str, arguments), "--json"])
        assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
        self.code = outcome.exit_code
        return json.loads(outcome.stdout or "null")


@pytest.fixture
def run(app: Flask) -> Runner:
    return Runner(app)


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    return a_disc(site, organisation)


@pytest.fixture
def share_id(site: Site, organisation: Organisation, disc_id: str) -> str:
    return a_share(site, organisation, disc_id).share_id


def image_in(path: Path) -> int:
    """Return where in a bundle's file the second slice lies."""
    return path.read_bytes().index(ct_bytes(2))


@FORMS
def test_a_share_and_its_disc_are_made_and_verified(
    run: Runner, share_id: str, disc_id: str, tmp_path: Path, form: str
) -> None:
    for wanted in (share_id, disc_id):
        path = tmp_path / f"{wanted}.{form}"
        made = run("make", wanted, "--format", form, "-o", path)
        assert made == {"file": str(path), "format": form, "bytes": path.stat().st_size, "instances": 3}
        assert run("verify", path) == WHOLE
        assert run.code == 0
    assert not list(tmp_path.glob(".*iso-*")) + list(tmp_path.glob(".*zip-*"))


@pytest.fixture
def two_series(site: Site, organisation: Organisation, tmp_path: Path) -> str:
    folder = tmp_path / "two"
    folder.mkdir()
    for number in (1, 2, 3):
        other = {"SeriesInstanceUID": f"{ROOT}1.2"} if number == 3 else {}
        (folder / f"IM{number}").write_bytes(ct_bytes(number, **other))
    return a_share(site, organisation, ready_disc(site, organisation, folder)).share_id


def test_one_series_of_a_link_is_made_and_told_to_be_a_part(
    run: Runner, two_series: str, tmp_path: Path
) -> None:
    path = tmp_path / "some.zip"
    assert run("make", two_series, "--series", f"{ROOT}1.2", "-o", path)["instances"] == 1
    assert run("verify", path) == WHOLE | {"part": [1, 2]}
    assert "shows no series" in run("make", two_series, "--series", "1.2.3", "-o", path)["detail"]


def test_a_compatible_copy_is_made_at_once(run: Runner, site: Site, two_series: str, tmp_path: Path) -> None:
    path = tmp_path / "plain.zip"
    assert run("make", two_series, "--compatible", "-o", path)["instances"] == 3
    assert run("verify", path) == WHOLE
    with zipfile.ZipFile(path) as archive:
        assert b"written anew" in b" ".join(archive.read("README.TXT").split())


def test_of_a_disc_no_series_are_chosen(run: Runner, disc_id: str, tmp_path: Path) -> None:
    for choice in (["--compatible"], ["--series", f"{ROOT}1.1"]):
        assert run("make", disc_id, *choice, "-o", tmp_path / "x")["error"] == "Refused"


@FORMS
def test_a_flipped_bit_names_its_file(run: Runner, share_id: str, tmp_path: Path, form: str) -> None:
    path = tmp_path / "bundle"
    run("make", share_id, "--format", form, "-o", path)
    data = bytearray(path.read_bytes())
    data[image_in(path) + 400] ^= 1
    path.write_bytes(data)
    found = run("verify", path)
    assert run.code == 4
    assert found == WHOLE | {"changed": ["PT000000/ST000000/SE000000/IM000001"]}


def unpacked(run: Runner, share_id: str, folder: Path) -> Path:
    """Return a folder that a share's ZIP was unpacked to."""
    run("make", share_id, "-o", folder / "bundle.zip")
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        archive.extractall(folder / "out")
    return folder / "out"


def test_a_folder_with_a_file_missing_and_one_more(run: Runner, share_id: str, tmp_path: Path) -> None:
    out = unpacked(run, share_id, tmp_path)
    (out / "README.TXT").unlink()
    (out / "Thumbs.db").write_bytes(b"x")
    found = run("verify", out)
    assert found == WHOLE | {"complete": False, "missing": ["README.TXT"], "added": ["Thumbs.db"]}


def test_a_manifest_that_was_written_anew_is_not_ours(run: Runner, share_id: str, tmp_path: Path) -> None:
    out = unpacked(run, share_id, tmp_path)
    image = out / "PT000000/ST000000/SE000000/IM000000"
    image.write_bytes(ct_bytes(9))
    manifest = json.loads((out / "MANIFEST.JSN").read_text())
    for listed in manifest["files"]:
        content = (out / listed["name"]).read_bytes()
        listed |= {"size": len(content), "sha256": sha256(content).hexdigest()}
    (out / "MANIFEST.JSN").write_text(json.dumps(manifest))
    found = run("verify", out)
    assert run.code == 4
    assert (found["signed"], found["changed"]) == (False, ["MANIFEST.JSN"])


def test_a_strangers_bundle_is_not_ours_and_no_link_of_ours(
    run: Runner, share_id: str, tmp_path: Path, config: Config, site: Site
) -> None:
    run("make", share_id, "-o", tmp_path / "bundle.zip")
    other = Config(**{**vars(config), "secret_keys": (b"another key that is long enough to be one",)})
    elsewhere = Runner(create_app(other, Site.build(other, site.clock)))
    found = elsewhere("verify", tmp_path / "bundle.zip")
    assert elsewhere.code == 4
    assert found["signed"] is False


def test_a_new_version_makes_the_old_bundle_not_the_latest(
    run: Runner, share_id: str, tmp_path: Path, site: Site
) -> None:
    run("make", share_id, "-o", tmp_path / "bundle.zip")
    with site.sessions.begin() as session:
        share = session.get_one(Share, share_id)
        share.versions.append(ShareVersion(number=2, created_at=site.now()))
    assert run("verify", tmp_path / "bundle.zip") == WHOLE | {"latest": False}
    assert run.code == 0


@pytest.mark.parametrize("data", [b"", b"not a bundle", b"PK\5\6" + bytes(17), bytes(40_000)])
def test_what_is_no_bundle_is_refused_in_a_sentence(run: Runner, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    found = run("verify", tmp_path / "file")
    assert run.code == 4
    assert found["error"] == "Refused" or found["missing"] == ["MANIFEST.JSN", "MANIFEST.SIG"]


@FORMS
def test_a_download_that_was_cut_off_is_told(run: Runner, share_id: str, tmp_path: Path, form: str) -> None:
    path = tmp_path / "bundle"
    run("make", share_id, "--format", form, "-o", path)
    path.write_bytes(path.read_bytes()[:-3000])
    found = run("verify", path)
    assert run.code == 4
    assert found.get("error") == "Refused" or found["changed"]


def test_an_image_that_leads_in_circles_is_refused(run: Runner, share_id: str, tmp_path: Path) -> None:
    path = tmp_path / "bundle.iso"
    run("make", share_id, "--format", "iso", "-o", path)
    data = bytearray(path.read_bytes())
    with path.open("rb") as file:
        assert "DICOMDIR" in read_image(file)
    root = int.from_bytes(data[16 * SECTOR + 158 : 16 * SECTOR + 162], "little") * SECTOR
    at = data.index(b"PT000000", root) - 33
    data[at + 2 : at + 6] = (root // SECTOR).to_bytes(4, "little")
    path.write_bytes(data)
    assert run("verify", path)["error"] == "Refused"


def test_an_ended_link_makes_no_bundle_and_several_patients_need_a_choice(
    run: Runner, site: Site, organisation: Organisation, share_id: str, disc_id: str, tmp_path: Path
) -> None:
    two = a_disc(site, organisation, patients=2)
    assert run("make", two, "-o", tmp_path / "x")["error"] == "Refused"
    with site.sessions.begin() as session:
        session.get_one(Disc, disc_id).blocked_at = site.now()
    for wanted in (share_id, disc_id):
        assert "error" in run("make", wanted, "-o", tmp_path / "x")
        assert run.code == 4
    assert "error" in run("make", "nothing", "-o", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_damaged_original_leaves_no_file(run: Runner, site: Site, share_id: str, tmp_path: Path) -> None:
    with site.sessions() as session:
        instance = session.query(Instance).first()
        assert instance is not None
        site.store.delete(keys.original(instance.organisation_id, instance.sha256))
    found = run("make", share_id, "-o", tmp_path / "bundle.zip")
    assert run.code == 1
    assert "its object is missing" in found["detail"]
    assert not list(tmp_path.glob("*.zip*")) + list(tmp_path.glob(".*.zip*"))


def test_an_image_that_another_program_made_of_our_files_is_still_ours(
    run: Runner, share_id: str, tmp_path: Path
) -> None:
    if not shutil.which("genisoimage"):
        missing("genisoimage")
    out = unpacked(run, share_id, tmp_path)
    command = ["genisoimage", "-quiet", "-iso-level", "1", "-V", "X", "-o", str(tmp_path / "x.iso"), str(out)]
    subprocess.run(command, check=True)
    assert run("verify", tmp_path / "x.iso") == WHOLE
