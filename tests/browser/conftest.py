"""A real service on a loopback port, a real disc in it, and a real Chromium before it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect
from werkzeug.serving import make_server

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.config import Config
from app.ingest.decisions import decide
from app.ingest.importing import import_path
from app.ingest.receive import Expected
from app.jobs.queries import is_idle
from app.migrations import metadata
from app.shares import service
from app.shares.orders import NewKey, Order
from app.site import Site
from app.studies.models import Disc, DiscState
from app.web import create_app
from app.workers.work import work_once
from tests.chromium import DESKTOP, PHONE, Watch
from tests.factories import readers
from tests.ports import free_port
from tests.staff import PASSWORD, a_member

expect.set_options(timeout=20_000)  # the whole suite on two cores: a page may have to wait for its turn
members = count(1)
COUNT = """addEventListener("click", (event) => {
  if (event.isTrusted) sessionStorage.setItem("n", Number(sessionStorage.getItem("n")) + 1);
}, true);"""
TakeDisc = Callable[..., str]


class Service(NamedTuple):
    """A running product: its site, its address, the organisation in it."""

    site: Site
    url: str
    organisation_id: str

    def take(self, folder: Path, **expected: object) -> str:
        """Import a folder, with whom staff expect; return the disc's id once its pictures are made."""
        here = self.site
        disc_id = import_path(
            here.sessions,
            here.store,
            here.jobs,
            readers(),
            self.organisation_id,
            folder,
            label="Test disc",
            expected=Expected(**expected),  # type: ignore[arg-type]  # by name
            by=OPERATOR,
            created_by=None,
            now=here.now(),
            progress=lambda done, total: None,
        )
        while not is_idle(here.sessions, disc_id):
            assert work_once(here, readers(), threading.Event(), disc_id), "nobody else works here"
        return disc_id

    def disc(self, folder: Path) -> str:
        """Import a folder and have all of it kept; return the disc's id."""
        here, disc_id = self.site, self.take(folder)
        with here.sessions.begin() as session:
            disc = session.get_one(Disc, disc_id)
            if disc.state == DiscState.NEEDS_REVIEW:  # several tests' discs hold the same UIDs
                decide(session, disc, keep=None, because="test", by=OPERATOR, user_id=None, now=here.now())
        return disc_id

    def share(self, disc_id: str, **order: object) -> NewKey:
        """Share a disc; return its key with link and PIN."""
        now = self.site.now()
        wanted = Order(disc_id, now + timedelta(days=14), "cli", **order)  # type: ignore[arg-type]  # by name
        with self.site.sessions.begin() as session:
            return service.create(
                session,
                service.cut_key(self.site.signer),
                self.organisation_id,
                wanted,
                by=OPERATOR,
                created_by=None,
                now=now,
            )


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The product, served by threads of this process."""
    data = tmp_path_factory.mktemp("service")
    with serving(data, f"file://{data / 'store'}") as running:
        yield running


@contextmanager
def serving(data: Path, storage_url: str) -> Iterator[Service]:
    """Serve the product on a port of its own, from a fresh database in ``data``."""
    port = free_port()
    config = Config(
        data_dir=data,
        database_url=f"sqlite:///{data / 'service.sqlite'}",
        storage_url=storage_url,
        secret_keys=(b"a key for tests, long enough to be one",),
        base_url=f"http://127.0.0.1:{port}",
    )
    site = Site.build(config)
    metadata().create_all(site.sessions.engine)
    hospital = Organisation(
        slug="test", name="Lakeside Hospital", telephone="+1 555 0100", created_at=site.now()
    )
    with site.sessions.begin() as session:
        session.add(hospital)
        session.flush()
        organisation_id = hospital.id
    server = make_server("127.0.0.1", port, create_app(config, site), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.store.admit(config.base_url)
    yield Service(site, config.base_url, organisation_id)
    server.shutdown()
    server.server_close()
    thread.join()
    site.sessions.engine.dispose()


@pytest.fixture
def visit(chromium: Browser, served: Service) -> Iterator[Callable[..., Page]]:
    """Open a share in a clean profile by link and PIN: ``visit(key, phone=True)`` returns the viewer's page.

    S-09: at the end nothing may have gone wrong in any of the pages: no error, no violation of the content
    security policy, no request to somebody else; ``forgiving`` where a test breaks something on purpose.
    """
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_share(key: NewKey, *, phone: bool = False, forgiving: bool = False) -> Page:
        context = chromium.new_context(base_url=served.url, locale="en-GB", **(PHONE if phone else DESKTOP))
        contexts.append(context)
        page = context.new_page()
        if not forgiving:
            watches.append(Watch(page, served.url))
        page.goto(f"/s/{key.token}")
        page.fill("[name=pin]", key.pin)
        page.keyboard.press("Enter")
        page.wait_for_url("**/view/*")
        return page

    yield open_share
    for context in contexts:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []


def log_in(chromium: Browser, served: Service, email: str = "uploader@test.example") -> StorageState:
    """Log a new member of staff in; return what a browser keeps of it."""
    with served.site.sessions() as session:
        a_member(served.site, session.get_one(Organisation, served.organisation_id), email=email)
    with chromium.new_context(base_url=served.url) as context:
        page = context.new_page()
        page.goto("/login")
        page.fill("[name=email]", email)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/discs")
        return context.storage_state()


@pytest.fixture(scope="module")
def logged_in(chromium: Browser, served: Service) -> StorageState:
    """What a browser keeps once an uploader has logged in: once for all, as logins are counted."""
    return log_in(chromium, served, f"desk-{next(members)}@test.example")


@pytest.fixture
def desk(chromium: Browser, served: Service, logged_in: Any) -> Iterator[Page]:
    """A page in which an uploader has logged in; at the end nothing may have gone wrong in it."""
    context = chromium.new_context(base_url=served.url, locale="en-GB", storage_state=logged_in, **DESKTOP)
    context.add_init_script(COUNT)
    page = context.new_page()
    watch = Watch(page, served.url)
    yield page
    context.close()
    assert watch.faults == []


@pytest.fixture
def disc(served: Service) -> TakeDisc:
    """Import a folder, with whom staff expect; return the disc's id once its pictures are made."""
    return served.take
