"""What every test may ask for: a clock it can turn, a site on a fresh database and store, a client."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Organisation
from app.config import Config
from app.db import Base
from app.site import Site
from app.web import create_app

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        """Go on by a timedelta's keywords."""
        self.now += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Config:
    return Config(
        data_dir=tmp_path,
        database_url=database_url,
        storage_url=f"file://{tmp_path / 'store'}",
        secret_keys=(b"a key for tests, long enough to be one",),
        base_url="http://localhost",
    )


@pytest.fixture
def site(config: Config, clock: Clock) -> Iterator[Site]:
    here = Site.build(config, clock)
    Base.metadata.create_all(here.sessions.engine)
    yield here
    here.sessions.engine.dispose()


@pytest.fixture
def organisation(site: Site, clock: Clock) -> Organisation:
    """A hospital to belong to; detached, for its id."""
    hospital = Organisation(slug="test", name="Test Hospital", telephone="+1 555 0100", created_at=clock.now)
    with site.sessions.begin() as session:
        session.add(hospital)
        session.flush()
        session.expunge(hospital)
    return hospital


@pytest.fixture
def app(config: Config, site: Site) -> Flask:
    application = create_app(config, site)
    application.config["TESTING"] = True
    return application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
