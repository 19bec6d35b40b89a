"""The ground every table stands on: base class, column types, and sessions for reading and for writing.

Services receive a session and never commit. A rim opens ``with sessions.begin() as session`` for a deed and
``with sessions() as session`` to look.
"""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, MetaData, String, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import JSON, TypeDecorator

BUSY_MS = 30_000


def new_id() -> str:
    """Return a random public identifier: 16 characters of base32, 80 bits; no counter and no secret."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table's parent. Constraint names are fixed, so migrations can name them on either engine."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[str]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own form


class HasId:
    """A public, random identifier as primary key."""

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)


class Sessions:
    """Sessions on one database. Calling it gives a session for reading; ``begin`` gives one for a deed.

    On SQLite a deed takes the write lock at its start (BEGIN IMMEDIATE), so it can never fail half-way for a
    lock; readers are never blocked (WAL).
    """

    def __init__(self, engine: Engine, info: dict[str, Any] | None = None) -> None:
        self.engine = engine
        self._reading = sessionmaker(engine.execution_options(vcd_begin="BEGIN"), info=info)
        self._writing = sessionmaker(engine.execution_options(vcd_begin="BEGIN IMMEDIATE"), info=info)

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        """Yield a session whose changes are never kept."""
        with self._reading() as session:
            yield session

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Yield a session that commits on return and rolls back on raise."""
        with self._writing.begin() as session:
            yield session


def make_engine(url: str) -> Engine:
    """Return an engine for ``url``; on SQLite with WAL, full sync, foreign keys and explicit BEGIN.

    Its errors do not tell the values that went with a statement: logs hold no patient's name.
    """
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("vcd_begin", "BEGIN"))
