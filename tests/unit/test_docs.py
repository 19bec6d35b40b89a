"""Documents that are wrong are worse than none."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app import config
from app.audit.actions import Action
from app.cli import COMMANDS

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


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = [
    ROOT,
    *(ROOT / "app" / folder for folder in ("", "frontend", "frontend/src/viewer", "frontend/src/uploader")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_that_a_document_names_is_there(page: Path) -> None:
    named = re.findall(r"`((?:[\w-]+/)+[\w-]+\.(?:py|ts|md|csv))`", page.read_text())
    assert [name for name in named if not any((source / name).exists() for source in SOURCES)] == []


def test_the_house_is_drawn_as_imports_are_held_to_it() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    held = next(one["layers"] for one in settings if one["type"] == "layers")
    floors = [{room for room in layer.split(" | ") if "(" not in room} for layer in held]
    block = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    drawn = [set(re.split(r"\s{2,}", line)[0].split(" | ")) for line in block.strip().splitlines()]
    assert drawn == floors


def _verbs(command: click.Command, name: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for verb, below in command.commands.items():
            yield from _verbs(below, f"{name} {verb}")
    else:
        yield name


VERBS = {verb for command in COMMANDS for verb in _verbs(command, str(command.name))}
GROUPS = {verb.split()[0] for verb in VERBS}


def test_every_command_that_a_document_names_exists() -> None:
    text = "\n".join(page.read_text() for page in [*PAGES, ROOT / "CHANGELOG.md"])
    named = {
        " ".join(words).strip() for words in re.findall(r"flask ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?", text)
    }
    alone = VERBS & GROUPS  # worker, serve: what follows them is no verb
    assert {name for name in named if name.split()[0] not in alone} - VERBS - GROUPS == set()


def test_the_readme_lists_every_command_and_no_other() -> None:
    listed = set()
    for line in re.findall(r"^flask (.+)$", (ROOT / "README.md").read_text(), re.MULTILINE):
        group = ""
        for words in (part.split() for part in line.split(" · ")):
            if words[0] in VERBS:
                listed.add(words[0])
            elif words[0] in GROUPS:
                group = words.pop(0)
                listed.add(f"{group} {words[0]}")
            else:
                listed.add(f"{group} {words[0]}")
    assert listed == VERBS
