"""``flask db``: upgrade."""

import click

from app import migrations
from app.cli.output import Group, bare_site, common, emit


@click.group("db", cls=Group)
def group() -> None:
    """The database."""


@group.command("upgrade")
@common
def upgrade() -> None:
    """Bring the tables to what this version needs. Safe to run again."""
    here = bare_site()
    here.config.data_dir.mkdir(parents=True, exist_ok=True)
    migrations.upgrade(here.config.database_url)
    emit({"upgraded": True}, "The database is up to date.")
