"""``flask disc import`` on a terminal, and killed in the middle."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.config import Config
from app.ingest.sweep import ABANDONED, sweep
from app.migrations import upgrade
from app.site import Site
from tests.factories import a_hospital, ct_bytes
from tests.held import held_up
from tests.served import ROOT

PATIENCE = 60
FILES = 150
SIDE = 256
"""Rows and columns of a slice: 128 kB each."""


class Machine(NamedTuple):
    """A machine with a data folder, and an operator at its terminal."""

    environment: dict[str, str]

    def flask(self, *words: object) -> Any:
        """Run a verb; return what it says."""
        done = subprocess.run(
            [_program(), *map(str, words), "--json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return json.loads(done.stdout)

    @property
    def site(self) -> Site:
        return Site.build(Config.from_env(self.environment))


class Terminal:
    """A command whose standard error is a terminal."""

    def __init__(self, machine: Machine, command: Sequence[str]) -> None:
        self._end, other = pty.openpty()
        self.process = subprocess.Popen(
            [*command, "--json"],
            cwd=ROOT,
            env=machine.environment,
            stdout=subprocess.PIPE,
            stderr=other,
        )
        os.close(other)
        self.seen = ""

    def until(self, text: str) -> None:
        """Wait until the terminal shows ``text``."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            self.seen += os.read(self._end, 4096).decode()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self._end)

    def end(self) -> Any:
        """Wait for the end; return the document on standard output."""
        try:
            while data := os.read(self._end, 4096):
                self.seen += data.decode()
        except OSError:  # the other side of the terminal is closed
            pass
        out, _ = self.process.communicate(timeout=PATIENCE)
        os.close(self._end)
        return json.loads(out)


def _program() -> str:
    return str(Path(sys.executable).with_name("flask"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(os.environ | {"VCD_DATA_DIR": str(tmp_path / "var"), "TERM": "xterm"})
    upgrade(made.site.config.database_url)
    a_hospital(made.site)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A disc that takes some seconds."""
    disc = tmp_path / "disc"
    disc.mkdir()
    for number in range(FILES):
        (disc / f"IM{number:05}").write_bytes(ct_bytes(number + 1, side=SIDE))
    return disc


def an_import_in_the_middle(machine: Machine, folder: Path) -> Terminal:
    """Begin an import that stands still with nine files of ten in the store."""
    hold = folder.with_name("hold")
    return Terminal(machine, held_up(hold, "put", FILES * 9 // 10, "flask", "disc", "import", folder))


def test_an_import_draws_how_far_it_is_and_one_that_was_killed_goes_on(
    machine: Machine, folder: Path
) -> None:
    first = an_import_in_the_middle(machine, folder)
    first.until("Receiving")
    first.until("80%")
    beside = machine.flask("disc", "import", folder, "--no-wait")
    first.kill()
    (cut_off,) = (disc for disc in machine.flask("disc", "list") if disc["state"] == "receiving")
    assert beside["disc_id"] != cut_off["disc_id"], "one that runs is let alone"

    second = Terminal(machine, [_program(), "disc", "import", str(folder)])
    document = second.end()
    assert second.process.returncode == 0
    assert (document["state"], document["receipt"]["instances"]) == ("ready", FILES)
    assert document["disc_id"] == cut_off["disc_id"]
    for bar in ("Receiving", "Reading"):
        assert any(bar in line and "100%" in line for line in second.seen.split("\r")), second.seen
    assert details(machine.site, "upload_resumed") == [(cut_off["disc_id"], {})]
    assert list((machine.site.config.data_dir / "imports").iterdir()) == []


def test_a_disc_that_only_looks_like_the_one_that_was_killed_is_another(
    machine: Machine, folder: Path
) -> None:
    """Names and sizes are the same on many discs."""
    first = an_import_in_the_middle(machine, folder)
    first.until("80%")
    first.kill()
    (cut_off,) = machine.flask("disc", "list")
    (folder / "IM00050").write_bytes(ct_bytes(FILES + 1, side=SIDE))
    document = machine.flask("disc", "import", folder, "--no-wait")
    assert document["disc_id"] != cut_off["disc_id"]

    site = machine.site
    assert sweep(site.sessions, site.store, site.now() + timedelta(hours=25)) == 1
    assert [disc["disc_id"] for disc in machine.flask("disc", "list")] == [document["disc_id"]]
    assert {key.split("/")[1] for key in site.store.keys("incoming/")} == {document["disc_id"]}
    ((swept, why),) = details(site, "upload_swept")
    assert (swept, why["reason"]) == (cut_off["disc_id"], ABANDONED)


def details(site: Site, action: str) -> list[tuple[str | None, dict[str, Any]]]:
    """Return disc and details of every entry of the log about that."""
    with site.sessions() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == action))
        return [(entry.disc_id, entry.details) for entry in entries]
