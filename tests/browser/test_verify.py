"""The page that checks a copy, in a real browser: whole, flipped, short, a stranger's; ZIP, image, folder."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import Organisation
from app.bundles.choice import Choice
from app.bundles.of_share import Bundles
from app.bundles.plan import Plan
from app.bundles.stream import stream
from app.shares.models import Share, ShareVersion
from app.shares.orders import NewKey
from app.shares.queries import shared_instances
from app.signing import DocumentSigner
from tests import factories
from tests.browser.conftest import Service
from tests.chromium import Watch

pytestmark = pytest.mark.browser

IMAGE = "PT000000/ST000000/SE000000/IM000001"


@pytest.fixture(scope="module")
def key(served: Service) -> NewKey:
    with served.site.sessions() as session:
        hospital = session.get_one(Organisation, served.organisation_id)
        disc_id = factories.a_disc(served.site, hospital)
    return served.share(disc_id)


def plan_of(served: Service, key: NewKey, signer: DocumentSigner | None = None) -> Plan:
    with served.site.sessions() as session:
        share = session.get_one(Share, key.share_id)
        found = Bundles(served.site.store, signer or served.site.documents, served.url)
        return found.plan_of(session, share, share.organisation)


@pytest.fixture(scope="module")
def copies(served: Service, key: NewKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``copy.zip``, ``copy.iso`` and the unpacked ``out``."""
    folder, plan = tmp_path_factory.mktemp("copies"), plan_of(served, key)
    (folder / "copy.zip").write_bytes(b"".join(stream(plan.archive, served.site.store)))
    (folder / "copy.iso").write_bytes(b"".join(stream(plan.iso, served.site.store)))
    with zipfile.ZipFile(folder / "copy.zip") as archive:
        archive.extractall(folder / "out")
    return folder


@pytest.fixture
def page(chromium: Browser, served: Service) -> Iterator[Page]:
    context = chromium.new_context(base_url=served.url, locale="en-GB")
    page = context.new_page()
    watch = Watch(page, served.url)
    page.goto("/verify")
    yield page
    context.close()
    assert watch.faults == []


def result_of(page: Page, chosen: Path | str, by: str = "#file") -> str:
    """Choose a copy; return what the page says of it."""
    page.set_input_files(by, chosen)
    expect(page.locator("#result")).to_be_visible()
    return page.inner_text("#result")


@pytest.mark.parametrize("name", ["copy.zip", "copy.iso"])
def test_a_whole_copy_is_complete_and_the_latest(page: Page, copies: Path, name: str) -> None:
    told = result_of(page, copies / name)
    assert "Complete and unchanged." in told
    assert "It is the latest version of its link." in told


def test_the_unpacked_folder_counts_too(page: Page, copies: Path) -> None:
    assert "Complete and unchanged." in result_of(page, copies / "out", "#folder")


def test_a_list_under_its_full_name_counts_too(page: Page, copies: Path, tmp_path: Path) -> None:
    shutil.copytree(copies / "out", tmp_path / "out")
    (tmp_path / "out" / "MANIFEST.JSN").rename(tmp_path / "out" / "MANIFEST.JSON")
    assert "Complete and unchanged." in result_of(page, tmp_path / "out", "#folder")


def a_zip_without(copy: Path, target: Path, name: str, instead: bytes | None = None) -> Path:
    """Write a ZIP without a file, or with something else in its place."""
    with zipfile.ZipFile(copy) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
            elif instead is not None:
                new.writestr(entry, instead)
    return target


def _middle_of_the_image(copy: Path) -> int:
    """Return the offset of a byte of ``IMAGE``; a ZIP holds it as the store does, deflated or not."""
    if copy.suffix == ".iso":
        return copy.read_bytes().index(factories.ct_bytes(2)) + 300
    with zipfile.ZipFile(copy) as archive:
        entry = archive.getinfo(IMAGE)
    return entry.header_offset + 30 + len(IMAGE) + entry.compress_size // 2


@pytest.mark.parametrize("name", ["copy.zip", "copy.iso"])
def test_a_flipped_bit_names_its_file(page: Page, copies: Path, tmp_path: Path, name: str) -> None:
    data = bytearray((copies / name).read_bytes())
    data[_middle_of_the_image(copies / name)] ^= 1
    (tmp_path / name).write_bytes(data)
    told = result_of(page, tmp_path / name)
    assert "This copy is not as it was given to you." in told
    assert f"Changed\n{IMAGE}" in told


def test_a_missing_file_and_one_too_many_are_named(page: Page, copies: Path, tmp_path: Path) -> None:
    path = a_zip_without(copies / "copy.zip", tmp_path / "short.zip", IMAGE)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("THUMBS.DB", b"x")
    told = result_of(page, path)
    assert f"Missing\n{IMAGE}" in told
    assert "harmless to the copy\nTHUMBS.DB" in told


def test_a_list_that_was_written_anew_is_not_ours(page: Page, copies: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(copies / "copy.zip") as archive:
        listed = json.loads(archive.read("MANIFEST.JSN"))
    other = factories.ct_bytes(7)
    for one in listed["files"]:
        if one["name"] == IMAGE:
            one |= {"size": len(other), "sha256": sha256(other).hexdigest()}
    once = a_zip_without(copies / "copy.zip", tmp_path / "once.zip", IMAGE, other)
    twice = a_zip_without(once, tmp_path / "twice.zip", "MANIFEST.JSN", json.dumps(listed).encode())
    assert "This copy is not from this service." in result_of(page, twice)


def test_a_copy_of_some_series_is_told_to_be_a_part(page: Page, served: Service, tmp_path: Path) -> None:
    (tmp_path / "disc").mkdir()
    for number in (1, 2):
        series = {"SeriesInstanceUID": f"{factories.ROOT}1.{number}"}
        (tmp_path / "disc" / f"IM{number}").write_bytes(factories.ct_bytes(number, **series))
    key = served.share(served.disc(tmp_path / "disc"))
    with served.site.sessions() as session:
        share = session.get_one(Share, key.share_id)
        one = shared_instances(session, share, share.versions[-1].id)[0].series_id
        bundles, now = Bundles(served.site.store, served.site.documents, served.url), served.site.now()
        some = bundles.chosen(session, share, share.organisation, Choice(frozenset({one})), now)
    (tmp_path / "some.zip").write_bytes(b"".join(stream(some.archive, served.site.store)))
    told = result_of(page, tmp_path / "some.zip")
    assert "It holds the 1 series that were chosen; the link showed 2." in told


def test_a_strangers_disc_is_not_from_here(page: Page, served: Service, key: NewKey, tmp_path: Path) -> None:
    stranger = DocumentSigner((b"another key that is long enough to be one",))
    plan = plan_of(served, key, stranger)
    (tmp_path / "theirs.zip").write_bytes(b"".join(stream(plan.archive, served.site.store)))
    assert "This copy is not from this service." in result_of(page, tmp_path / "theirs.zip")
    plan_of(served, key)


@pytest.mark.parametrize("data", [b"", b"a text", b"PK\5\6" + bytes(18), bytes(50_000)])
def test_what_is_no_copy_is_told_so(page: Page, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file.zip").write_bytes(data)
    assert "This is no copy that we know." in result_of(page, tmp_path / "file.zip")


@pytest.mark.parametrize("name", ["copy.zip", "copy.iso"])
def test_a_download_that_was_cut_off(page: Page, copies: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes((copies / name).read_bytes()[:-3000])
    told = result_of(page, tmp_path / name)
    assert "This is no copy that we know." in told or "This copy is not as it was given to you." in told


def test_more_than_a_sum_of_the_old_format_holds(page: Page, copies: Path, tmp_path: Path) -> None:
    """ZIP64 fields, as in bundles beyond four gibibytes, here written by Python's own writer."""
    with zipfile.ZipFile(copies / "copy.zip") as old, zipfile.ZipFile(tmp_path / "x.zip", "w") as new:
        for name in old.namelist():
            with new.open(name, "w", force_zip64=True) as file:
                file.write(old.read(name))
    assert "Complete and unchanged." in result_of(page, tmp_path / "x.zip")


def test_nothing_of_the_copy_is_sent(page: Page, copies: Path) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    result_of(page, copies / "copy.zip")
    assert len(sent) == 1
    assert set(json.loads(sent[0])) == {"digest", "version_id", "public_key", "signature"}


def test_a_newer_version_of_the_link_is_told(page: Page, served: Service, tmp_path: Path) -> None:
    with served.site.sessions() as session:
        hospital = session.get_one(Organisation, served.organisation_id)
        disc_id = factories.a_disc(served.site, hospital, slices=1)
    new = served.share(disc_id)
    (tmp_path / "old.zip").write_bytes(b"".join(stream(plan_of(served, new).archive, served.site.store)))
    with served.site.sessions.begin() as session:
        share = session.get_one(Share, new.share_id)
        share.versions.append(ShareVersion(number=2, created_at=served.site.now()))
    assert "There is a newer version" in result_of(page, tmp_path / "old.zip")
