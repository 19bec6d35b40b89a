"""A fresh database for every test, copied from a template that is made once."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from app.db import make_engine
from app.migrations import metadata

EMPTY = ";".join(
    [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "SET session_replication_role = replica",  # foreign keys look away
        *(f'DELETE FROM "{table.name}"' for table in metadata().sorted_tables),
    ]
)
"""Ends everybody else's connection to a PostgreSQL database and empties its tables, in one breath."""


class Databases(Protocol):
    """Makes databases of one kind."""

    def fresh(self, *, with_tables: bool) -> AbstractContextManager[str]:
        """Yield the URL of a database that no other test knows."""


class SqliteDatabases:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count()
        self._template = folder / "template.sqlite"
        _make_tables(f"sqlite:///{self._template}")

    @contextmanager
    def fresh(self, *, with_tables: bool) -> Iterator[str]:
        """See the protocol."""
        path = self._folder / f"{next(self._numbers)}.sqlite"
        if with_tables:
            shutil.copyfile(self._template, path)
        yield f"sqlite:///{path}"
        for left in self._folder.glob(f"{path.name}*"):
            left.unlink()


class PostgresqlDatabases:
    """Databases of one server. The one with tables is emptied after each test, much quicker than a copy."""

    def __init__(self, server: str) -> None:
        self._server, self._numbers = server, count()
        self._engine = make_engine(server.format("postgres")).execution_options(
            isolation_level="AUTOCOMMIT", no_parameters=True
        )
        self._say("CREATE DATABASE tables")
        _make_tables(server.format("tables"))
        self._cleaner = make_engine(server.format("tables")).execution_options(
            isolation_level="AUTOCOMMIT", no_parameters=True
        )

    def __enter__(self) -> "PostgresqlDatabases":
        return self

    def __exit__(self, *exception: object) -> None:
        self._cleaner.dispose()
        self._engine.dispose()

    @contextmanager
    def fresh(self, *, with_tables: bool) -> Iterator[str]:
        """See the protocol."""
        if with_tables:
            yield self._server.format("tables")
            with self._cleaner.connect() as connection:
                connection.exec_driver_sql(EMPTY)
            return
        name = f"bare_{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name}")
        yield self._server.format(name)
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


def forget_power_failures(connection: Any, _: Any) -> None:
    """Let SQLite skip its syncs: what tests write need not outlive the machine."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()


def _make_tables(url: str) -> None:
    engine = make_engine(url)
    metadata().create_all(engine)
    engine.dispose()
