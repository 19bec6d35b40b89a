"""What leaves the house: no secret in it, nothing older than what was mended, nothing open by itself."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

from app.config import Config
from app.web.assets import DIST

ROOT = Path(__file__).parents[2]
SECRET = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    rb"|\bxox[abp]-[0-9A-Za-z-]{20}|\bAIza[0-9A-Za-z_-]{35}\b|\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\."
)
OURS = ("app", "docs", "infra", "tests", "*.toml", "*.txt", "*.py", "Makefile", ".ci")
FLOORS = {
    "pydicom": "3.0.2",  # paths in a DICOMDIR
    "werkzeug": "3.1.6",  # device names
    "gunicorn": "22.0.0",  # smuggled requests
    "jinja2": "3.1.6",
    "flask": "3.1.1",
    "pillow": "12.0",
    "cryptography": "44.0.1",
    "urllib3": "2.5.0",
}


def ours() -> list[Path]:
    """Every file of the project, and of what is built from it."""
    found = [path for name in OURS for path in ROOT.glob(name)]
    files = [file for path in found for file in ([path] if path.is_file() else path.rglob("*"))]
    return [file for file in files if file.is_file() and "node_modules" not in file.parts]


def test_no_secret_is_in_the_sources_nor_in_what_browsers_are_sent() -> None:
    """O-02."""
    assert [str(file) for file in ours() if SECRET.search(file.read_bytes())] == []
    assert list(DIST.rglob("*.map")) == []


@pytest.mark.parametrize("package", FLOORS)
def test_no_package_is_older_than_its_last_hole(package: str) -> None:
    """O-03: a floor of our own, since no list of known holes is asked on the way."""
    assert Version(version(package)) >= Version(FLOORS[package])


def test_every_package_is_pinned() -> None:
    """O-03."""
    for name in ("requirements.txt", "tests/requirements.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
        assert [line for line in lines if not re.fullmatch(r"[a-z0-9.\[\],-]+==[^\s;]+( ;.*)?", line)] == []


def test_the_web_server_listens_to_this_machine_alone_until_told_otherwise() -> None:
    """W-02: what others reach stands behind a proxy that closes slow connections."""
    assert Config.from_env({}).bind.startswith("127.0.0.1:")
