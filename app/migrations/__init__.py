"""The database's history. ``python -m app.migrations "message"`` writes the next version from the models."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData

from app.db import Base, make_engine

if TYPE_CHECKING:
    from alembic.config import Config

MODELS = ("accounts", "audit", "ingest", "jobs", "mail", "requests", "shares", "studies")
FOLDER = Path(__file__).parent
LOCK = 0x5643_4442
"""The advisory lock of PostgreSQL under which one process at a time upgrades."""


def metadata() -> MetaData:
    """Return every table of the product."""
    for feature in MODELS:
        import_module(f"app.{feature}.models")
    return Base.metadata


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest version, whole or not at all.

    Of several processes that start at once one upgrades and the others wait, then find nothing to do.
    """
    from alembic import command  # noqa: PLC0415 - a fifth of a second that only an upgrade should cost

    engine = make_engine(url).execution_options(vcd_begin="BEGIN IMMEDIATE")
    try:
        with engine.connect() as connection:
            if sqlite := connection.dialect.name == "sqlite":
                _set_foreign_keys(connection, "OFF")  # a rebuilt table is dropped while others refer to it
            with connection.begin():
                if not sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
                command.upgrade(settings(connection), "head")
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise RuntimeError(f"the upgrade would leave rows of {broken[0]} that refer to nothing")
    finally:
        engine.dispose()


def settings(connection: Connection) -> "Config":
    """Return Alembic's settings for work on ``connection``; there is no alembic.ini."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _set_foreign_keys(connection: Connection, state: str) -> None:
    cursor = connection.connection.cursor()  # below SQLAlchemy: inside a transaction the PRAGMA does nothing
    cursor.execute(f"PRAGMA foreign_keys={state}")
    cursor.close()
