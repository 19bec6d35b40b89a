"""All hostile samples as one disc, read by the worker of a running product."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.hostile.generated import generate, generator
from tests.hostile.samples import SAMPLES
from tests.served import ROOT, Served

PATIENCE = 240


def write_all(folder: Path) -> None:
    """Write every sample into a new folder, the generator's too where there is one."""
    folder.mkdir(parents=True)
    for number, sample in enumerate(SAMPLES):
        (folder / f"OWN{number:03d}").write_bytes(sample.data)
    if generator():
        generate(folder / "MORE")


def flask(served: Served, *words: str) -> Any:
    command = [str(Path(sys.executable).with_name("flask")), *words, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=served.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 3, 4), done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def of_the_web(served: Served) -> dict[int, int]:
    """Return the resident bytes of the web's processes."""
    return {pid: resident(pid) for pid, command in served.processes().items() if "gunicorn" in command}


def read_by_the_worker(served: Served, folder: Path) -> Any:
    """Import a folder and leave the reading to the running worker; return the disc once it was read."""
    disc_id = flask(served, "disc", "import", str(folder), "--no-wait")["disc_id"]
    deadline = time.monotonic() + PATIENCE
    while (disc := flask(served, "disc", "show", disc_id))["state"] in ("receiving", "ingesting"):
        assert time.monotonic() < deadline
        time.sleep(1)
    return disc
