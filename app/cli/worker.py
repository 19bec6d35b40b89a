"""``flask worker``: do jobs until stopped."""

import click

from app.cli.output import site
from app.workers.__main__ import run


@click.command("worker")
def worker() -> None:
    """Do jobs until SIGTERM. Run as many as there are processors to spare."""
    run(site())
