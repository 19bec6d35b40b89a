"""A worker that is killed in the middle: a process of its own that sends itself SIGKILL."""

import os
import signal
import subprocess
import sys

from app.site import Site

KILLED = """
import os, signal, sys
from pathlib import Path
from app.config import Config
from app.ingest import read
from app.ingest.sandbox import Sandbox
from app.site import Site
database, store, disc_id, lives, batch = sys.argv[1:]
read.BATCH = int(batch)
site = Site.build(Config(Path("."), database, store, (b"a key for tests, long enough to be one",)))
calls = iter(range(int(lives)))
def die(statement):
    if next(calls, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
put, delete, make_durable = site.store.put, site.store.delete, site.store.make_durable
def dying_put(*args, **keywords):
    die("put")
    return put(*args, **keywords)
def dying_delete(key):
    die("delete")
    return delete(key)
def dying_make_durable(keys):
    die("make durable")
    return make_durable(keys)
site.store.put, site.store.delete = dying_put, dying_delete
site.store.make_durable = dying_make_durable
with Sandbox() as sandbox:
    read.read_disc(site.sessions, site.store, site.jobs, sandbox, disc_id, site.clock, lambda: True)
"""


def read_and_die(site: Site, disc_id: str, lives: int, *, batch: int) -> None:
    """Read a disc in another process, which dies when it changes the store after ``lives`` changes."""
    places = (site.config.database_url, site.config.storage_url)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *places, disc_id, str(lives), str(batch)],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
