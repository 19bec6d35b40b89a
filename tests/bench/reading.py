"""How fast a disc is read, without the web and without display frames."""

import os
import time
from pathlib import Path
from typing import NamedTuple

from app.config import Config
from app.ingest.read import read_disc
from app.ingest.sandbox import Sandbox
from app.site import Site
from app.studies.models import Disc, DiscFile, DiscState
from tests.databases import SqliteDatabases
from tests.factories import a_hospital, received_disc


class Measured(NamedTuple):
    """Files that were read, in so many seconds, with so many seconds of processor time."""

    files: int
    seconds: float
    cpu: float


def measure(scratch: Path, folder: Path) -> Measured:
    """Receive a folder, then time its reading, the start of the sandbox's children included."""
    scratch.mkdir()
    with SqliteDatabases(scratch).fresh(with_tables=True) as database_url:
        site = Site.build(
            Config(
                data_dir=scratch,
                database_url=database_url,
                storage_url=f"file://{scratch / 'store'}",
                secret_keys=(b"a key for measuring that is long enough",),
                base_url="http://localhost",
            )
        )
        disc_id = received_disc(site, a_hospital(site), folder)
        spent, began = _cpu(), time.perf_counter()
        with Sandbox() as sandbox:
            read_disc(site.sessions, site.store, site.jobs, sandbox, disc_id, site.clock, lambda: True)
            taken = time.perf_counter() - began
        spent = _cpu() - spent
        with site.sessions() as session:
            assert session.get_one(Disc, disc_id).state == DiscState.READY
            files = session.query(DiscFile).filter_by(disc_id=disc_id).count()
        site.sessions.engine.dispose()
    return Measured(files, taken, spent)


def _cpu() -> float:
    """Return the processor time (s) of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
