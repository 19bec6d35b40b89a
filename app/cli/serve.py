"""``flask serve``: everything on one machine, from an empty folder to a running service."""

import fcntl
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app import migrations
from app.accounts.service import ensure_first_administrator
from app.cli.children import Child, supervise
from app.cli.output import bare_site
from app.config import Config
from app.errors import Refused
from app.site import Site

ROOT = Path(__file__).parents[2]
WITH_PARENT = ("setpriv", "--pdeathsig", "TERM")
"""From util-linux: a child ends when we are killed without a chance to end it."""


@click.command()
@click.option("--demo", is_flag=True, help="Import a sample disc and print one share of it.")
def serve(demo: bool) -> None:
    """Serve web and worker in the foreground until Ctrl-C."""
    here = bare_site()
    try:
        with _alone(here.config.data_dir):
            _check_address(here.config)
            prepare(here)
            raise SystemExit(supervise(web(here.config), worker(), lambda: _ready(here, demo)))
    except Refused as why:
        raise click.ClickException(str(why)) from None


def prepare(here: Site) -> None:
    """Bring the database up to date; in an empty one make the first administrator and say how to log in."""
    migrations.upgrade(here.config.database_url)
    with here.sessions.begin() as session:
        first = ensure_first_administrator(session, here.now(), asks_second_factor=here.config.secure)
    if first:
        click.echo(f"Staff address:      {here.config.base_url}/")
        click.echo(f"Administrator:      {first.email}")
        click.echo(f"One-time password:  {first.one_time_password}")
        click.echo("It is shown this once; the first login asks for a password of your own.")


def web(config: Config) -> Child:
    """Return the web server, with what tells that it serves."""
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "infra/gunicorn.conf.py"), "wsgi:app"]
    return Child(_with_parent(command), _environment(), config.bind)


def worker() -> Child:
    """Return the worker."""
    return Child(_with_parent([sys.executable, "-m", "app.workers"]), _environment())


def _ready(here: Site, demo: bool) -> None:
    click.echo(f"Virtual CD is ready: {here.config.base_url}/  (Ctrl-C ends it)")
    if demo:
        from app.cli.demo import run_demo  # noqa: PLC0415 - what draws the sample is heavy, and asked for rarely

        run_demo(here)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Keep a second service off the data folder. Raises Refused. The lock dies with the process."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"Virtual CD already runs on the data folder {data_dir}. End it there, or choose another "
                "folder with VCD_DATA_DIR."
            ) from None
        yield


def _check_address(config: Config) -> None:
    """Raise Refused with what to do when nothing can listen at ``config.bind``."""
    host, _, port = config.bind.rpartition(":")
    host = host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as why:
            raise Refused(
                f"Virtual CD cannot listen at {config.bind} ({why.strerror}). End the program that does, or "
                "choose another address with VCD_BIND."
            ) from None


def _with_parent(command: list[str]) -> list[str]:
    return [*WITH_PARENT, *command] if shutil.which(WITH_PARENT[0]) else command


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
