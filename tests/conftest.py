"""What every test may ask for: a clock it can turn, a site on a fresh database and store, a client."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from mypy_boto3_s3 import S3Client
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import event

from app.accounts import passwords
from app.accounts.models import Organisation
from app.config import Config
from app.site import Site
from app.storage.s3_client import make_client
from app.web import create_app
from tests import databases, quick, servers
from tests.chromium import SWIFTSHADER
from tests.factories import a_hospital
from tests.servers import BUCKET, REGION

places = count()
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

BOTH_DATABASES = (
    "contracts",
    "migrations",
    "web",
    *(
        f"unit/{package}"
        for package in ("accounts", "audit", "ingest", "jobs", "requests", "shares", "studies")
    ),
)
"""Suites that run on SQLite and on PostgreSQL. All others run on SQLite alone: they test no query of ours."""


def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are processors: tests often wait, for a browser, a store, a clock."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the suites of ``BOTH_DATABASES`` on both, where a test asks for a database at all."""
    folder = metafunc.definition.path.parent.relative_to(Path(__file__).parent).as_posix()
    if "engine" in metafunc.fixturenames and f"{folder}/".startswith(
        tuple(f"{name}/" for name in BOTH_DATABASES)
    ):
        metafunc.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


class Clock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        """Go on by a timedelta's keywords."""
        self.now += timedelta(**amount)


@pytest.fixture(scope="session", autouse=True)
def quickly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        quick.build_applications_quickly(patch)
        quick.compile_statements_once(patch)
        quick.describe_s3_once(patch)
        quick.forget_power_failures(patch)
        quick.hash_cheaply(patch)
        yield


@pytest.fixture
def hashes_as_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash at full cost, as the service does."""
    monkeypatch.setattr(passwords, "_hasher", quick.AS_SERVED)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The kind of database that a test runs on: ``sqlite`` or ``postgresql``."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> databases.Databases:
    return databases.SqliteDatabases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[databases.Databases]:
    with servers.postgresql() as server, databases.PostgresqlDatabases(server) as made:
        yield made


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own, with every table, empty."""
    with request.getfixturevalue(f"{engine}_databases").fresh(with_tables=True) as url:
        yield url


@pytest.fixture
def bare_database_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without tables."""
    with request.getfixturevalue(f"{engine}_databases").fresh(with_tables=False) as url:
        yield url


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 4 MB."""
    with servers.small_disk(tmp_path / "small") as folder:
        yield folder


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Config:
    return Config(
        data_dir=tmp_path,
        database_url=database_url,
        storage_url=f"file://{tmp_path / 'store'}",
        secret_keys=(b"a key for tests that is long enough to be one",),
        base_url="http://localhost",
    )


@pytest.fixture
def site(config: Config, clock: Clock) -> Iterator[Site]:
    here = Site.build(config, clock)
    if here.sessions.engine.dialect.name == "sqlite":
        event.listen(here.sessions.engine, "connect", databases.forget_power_failures)
    yield here
    here.sessions.engine.dispose()


@pytest.fixture
def organisation(site: Site) -> Organisation:
    """A hospital to belong to; detached, for its id."""
    return a_hospital(site)


@pytest.fixture
def app(config: Config, site: Site) -> Flask:
    application = create_app(config, site)
    application.config["TESTING"] = True
    return application


@pytest.fixture(scope="session")
def s3_server() -> Iterator[servers.S3Server]:
    """A SeaweedFS, and its keys where AWS's tools look for them."""
    with servers.seaweedfs() as server, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", server.access_key)
        environment.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
        yield server


@pytest.fixture(scope="session")
def s3_client(s3_server: servers.S3Server) -> Iterator[S3Client]:
    client = make_client(s3_server.endpoint, REGION)
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()


@pytest.fixture
def s3_url(s3_server: servers.S3Server, s3_client: S3Client) -> str:
    """The address of a place of its own in the bucket."""
    return f"s3://{BUCKET}/place-{next(places)}?endpoint={s3_server.endpoint}&region={REGION}"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, drawing in software; one for all browser tests of a process."""
    path = servers.chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*SWIFTSHADER])
        yield browser
        browser.close()
