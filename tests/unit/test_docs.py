"""Documents that are wrong are worse than none."""

import re
from pathlib import Path

from app import config
from app.audit.actions import Action

ROOT = Path(__file__).parents[2]
SETTINGS = set(re.findall(r"VCD_[A-Z_]*[A-Z]", Path(config.__file__).read_text()))


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert SETTINGS - set(re.findall(r"VCD_[A-Z_]*[A-Z]", page)) == set()


def test_every_documented_setting_exists() -> None:
    table = re.findall(r"^\| `(VCD_[A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE)
    assert set(table) == SETTINGS


def test_every_action_of_the_audit_log_is_documented() -> None:
    page = (ROOT / "docs" / "audit.md").read_text()
    assert {action for action in Action if f"`{action}`" not in page} == set()


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
