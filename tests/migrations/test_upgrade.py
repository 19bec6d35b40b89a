"""The migrations lead to exactly what the models say, from nothing, on either engine."""

import subprocess
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.db import make_engine
from app.migrations import metadata, upgrade


def differences(url: str) -> list[object]:
    engine = make_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = list(compare_metadata(context, metadata()))
    engine.dispose()
    return found


def test_the_newest_version_is_what_the_models_say(bare_database_url: str) -> None:
    upgrade(bare_database_url)
    assert differences(bare_database_url) == []


def test_an_upgrade_of_the_newest_version_changes_nothing(bare_database_url: str) -> None:
    upgrade(bare_database_url)
    upgrade(bare_database_url)
    assert differences(bare_database_url) == []


def test_processes_that_start_at_once_upgrade_one_after_the_other(bare_database_url: str) -> None:
    program = f"from app.migrations import upgrade; upgrade({bare_database_url!r})"
    starting = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [process.wait(240) for process in starting] == [0, 0, 0]
    assert differences(bare_database_url) == []
