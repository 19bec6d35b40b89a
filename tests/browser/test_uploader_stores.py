"""A disc comes in through either store, though the store is killed, the line cut, the computer lost.

The product runs in processes of its own. With files it is itself the store, and killing it kills both; a
bucket is a SeaweedFS at an origin of its own, and is killed alone.
"""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from app.accounts.models import Organisation
from app.config import Config
from app.site import Site
from app.storage.s3_client import make_client
from app.studies.models import Disc, DiscFile, DiscState, Verdict
from tests import servers
from tests.browser.gate import Gate
from tests.chromium import DESKTOP
from tests.factories import ROOT, ct_series
from tests.ports import free_port
from tests.served import Served
from tests.staff import PASSWORD, a_member

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("killed stores")]

DESK = "uploader@test.example"
SLICES = 40
LARGE = b"0123456789abcdef" * 4_500_000
"""72 MB: it travels in parts."""
_series = count(1)


class Product(NamedTuple):
    """A running product with a front desk, and the store behind it."""

    site: Site
    url: str
    takes: re.Pattern[str]
    """The addresses that take bytes."""
    kill: Callable[[], None]
    revive: Callable[[], None]

    def files(self) -> list[DiscFile]:
        """Return the files of the newest disc."""
        with self.site.sessions() as session:
            newest = select(Disc.id).order_by(Disc.created_at.desc()).limit(1).scalar_subquery()
            files = select(DiscFile).where(DiscFile.disc_id == newest)
            return list(session.scalars(files.order_by(DiscFile.number)))

    def disc(self) -> Disc:
        with self.site.sessions() as session:
            return session.get_one(Disc, self.files()[0].disc_id)


@pytest.fixture(scope="module", params=["files", "bucket"])
def product(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product as people start it, on each store."""
    kinds = {"files": _on_files, "bucket": _on_a_bucket}
    with pytest.MonkeyPatch.context() as environment:
        yield from kinds[request.param](tmp_path_factory.mktemp("product"), environment)


def _on_files(folder: Path, environment: pytest.MonkeyPatch) -> Iterator[Product]:
    running = [Served(folder / "var", free_port()).ready()]

    def kill() -> None:
        running[-1].process.kill()
        running[-1].process.wait()

    def revive() -> None:
        running.append(Served(folder / "var", running[-1].port).ready())

    try:
        url = running[-1].url
        yield Product(_site(running[-1]), url, re.compile(f"{url}/uploads/.+/files/[0-9]"), kill, revive)
    finally:
        running[-1].stop()


def _on_a_bucket(folder: Path, environment: pytest.MonkeyPatch) -> Iterator[Product]:
    with servers.seaweedfs() as server:
        environment.setenv("AWS_ACCESS_KEY_ID", server.access_key)
        environment.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
        environment.setenv("VCD_STORAGE_URL", f"s3://{servers.BUCKET}/discs?endpoint={server.endpoint}")
        client = make_client(server.endpoint, servers.REGION)
        client.create_bucket(Bucket=servers.BUCKET)
        client.close()
        running = Served(folder / "var", free_port()).ready()
        try:
            site = _site(running)
            assert site.store.admit(running.url)
            yield Product(site, running.url, re.compile(server.endpoint), server.kill, server.start)
        finally:
            running.stop()


def _site(served: Served) -> Site:
    """Return the parts of the running product, with a member of staff who may upload."""
    site = Site.build(Config.from_env(served.environment))
    with site.sessions() as session:
        hospital = session.scalars(select(Organisation)).one()
        session.expunge(hospital)
    a_member(site, hospital, email=DESK)
    return site


OpenDesk = Callable[[], Page]


@pytest.fixture
def open_desk(chromium: Browser, product: Product) -> Iterator[OpenDesk]:
    """Log in at another computer each time, and open the New disc page."""
    contexts: list[BrowserContext] = []

    def opened() -> Page:
        contexts.append(chromium.new_context(base_url=product.url, locale="en-GB", **DESKTOP))
        page = contexts[-1].new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("/login")
        page.fill("[name=email]", DESK)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/discs")
        page.goto("/discs/new")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A disc of which the hospital holds nothing yet."""
    ct_series(tmp_path / "disc", SLICES, SeriesInstanceUID=f"{ROOT}71{next(_series)}")
    return tmp_path / "disc"


def choose(page: Page, folder: Path) -> None:
    page.set_input_files("#folder", folder)
    expect(page.locator("#looking")).not_to_contain_text("Looking", timeout=30_000)


def arrived(page: Page) -> None:
    """Wait until the disc may be taken out."""
    expect(page.locator("[data-step=reading] .reading")).to_be_visible(timeout=60_000)


def test_a_disc_comes_in_whole_though_the_store_is_killed_in_the_middle(
    product: Product, open_desk: OpenDesk, folder: Path
) -> None:
    (folder / "LARGE").write_bytes(LARGE)
    page = open_desk()
    choose(page, folder)
    gate = Gate(page, product.takes, 15)
    page.click("#send")
    gate.wait()
    product.kill()
    gate.open()
    expect(page.locator("#note")).to_contain_text("Connection lost.")
    expect(page.locator("#note")).to_contain_text("are safe; we’ll go on by ourselves.")
    product.revive()
    arrived(page)
    page.wait_for_url(f"**/discs/{product.disc().id}", timeout=60_000)
    assert product.disc().state == DiscState.READY
    came = {Path(file.path).name: file for file in product.files()}
    assert {name: file.sha256 for name, file in came.items() if file.verdict == Verdict.INSTANCE} == {
        path.name: sha256(path.read_bytes()).hexdigest() for path in folder.glob("IM*")
    }
    assert came["LARGE"].verdict == Verdict.NOT_DICOM
    assert came["LARGE"].announced_sha256 == sha256(LARGE).hexdigest()


def test_another_computer_sends_only_what_is_missing(
    product: Product, open_desk: OpenDesk, folder: Path
) -> None:
    page = open_desk()
    choose(page, folder)
    gate = Gate(page, product.takes, 30)
    page.click("#send")
    gate.wait()
    page.click("#pause")
    expect(page.locator("#note")).to_contain_text("Paused")
    page.context.close()

    other = open_desk()
    other.goto(f"/discs/{product.disc().id}")
    other.get_by_role("link", name="Go on with this upload").click()
    sent: list[str] = []
    other.on("request", lambda one: sent.append(one.url) if product.takes.match(one.url) else None)
    choose(other, folder)
    expect(other.locator("#looking")).to_contain_text(f"30 of {SLICES} files are safe already")
    other.click("#send")
    arrived(other)
    assert len(sent) == SLICES - 30
    other.wait_for_url(f"**/discs/{product.disc().id}", timeout=60_000)
    assert [file.verdict for file in product.files()] == [Verdict.INSTANCE] * SLICES


def test_a_line_that_is_cut_is_waited_out(product: Product, open_desk: OpenDesk, folder: Path) -> None:
    page = open_desk()
    choose(page, folder)
    gate = Gate(page, product.takes, 10)
    page.click("#send")
    gate.wait()
    page.context.set_offline(True)
    gate.open()
    expect(page.locator("#note")).to_contain_text("Connection lost.")
    page.context.set_offline(False)
    arrived(page)
    assert all(file.received_at for file in product.files())
