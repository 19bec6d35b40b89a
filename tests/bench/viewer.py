"""The viewer in Chromium: how long until something is seen, and how it answers; no GPU, cold profiles."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.client import Visitor
from tests.bench.line import Line
from tests.bench.unwatched import unwatched_phone
from tests.chromium import CHROMIUM, DESKTOP, PHONE
from tests.served import ROOT, Served

Figure = Callable[..., None]
RUNS = 5
MEGABITS, ROUND_TRIP = 10.0, 0.04
SLOWER = 4
STATIC = ROOT / "app" / "web"
WHEELS = 60

WATCH = """
window.times = {};
document.addEventListener('load', ({ target }) => {
  if (target.closest?.('#preview')) times.preview ??= performance.now();
}, true);
addEventListener('vcd:picture', () => { times.exact ??= performance.now(); });
"""
WINDOW = """
async () => {
  const stage = document.querySelector('#stage');
  const canvas = document.querySelector('#canvas canvas');
  const box = stage.getBoundingClientRect();
  const at = (type, x) => stage.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, button: 0, buttons: 1, bubbles: true, clientX: box.x + x, clientY: box.y + 300 }));
  stage.setPointerCapture = () => undefined;
  at('pointerdown', 100);
  const taken = [];
  for (let step = 1; step <= 30; step++) {
    const began = performance.now();
    at('pointermove', 100 + step * 5);
    await new Promise((go) => requestAnimationFrame(go));
    new OffscreenCanvas(1, 1).getContext('2d').drawImage(canvas, 0, 0, 1, 1);
    taken.push(performance.now() - began);
  }
  at('pointerup', 250);
  return taken.sort((a, b) => a - b)[15];
}
"""
LEAF = """
async () => {
  const slider = document.querySelector('.scrubber input');
  for (let number = 1; number <= Number(slider.max); number++) {
    const drawn = new Promise((go) => {
      addEventListener('vcd:picture', go, { once: true });
      setTimeout(go, 2000);
    });
    slider.value = String(number);
    slider.dispatchEvent(new Event('input'));
    await drawn;
  }
  return Number(slider.max);
}
"""
LONG = 7
LENGTHEN = """
document.addEventListener('readystatechange', () => {
  if (document.readyState !== 'interactive') return;
  const element = document.getElementById('manifest');
  const manifest = JSON.parse(element.textContent);
  const series = manifest.studies[0].series[0];
  series.instances = Array.from({ length: TIMES }, (_, turn) => turn).flatMap((turn) =>
    series.instances.map((one) => ({ ...one, id: turn ? `${one.id}-${turn}` : one.id })));
  series.pictures = series.instances.length;
  element.textContent = JSON.stringify(manifest);
});
"""
STATE = "() => document.querySelector('#stage')?.dataset.state"
NUMBER = "() => Number(document.querySelector('.scrubber input').value)"


def measure(served: Served, share: dict[str, Any], figure: Figure) -> None:
    """Open the share's viewer again and again, on a line of 10 Mbit/s and on none."""
    visitor = Visitor(served.port, share)
    visitor.open()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            _first_picture(browser, served, visitor, figure)
            _answers(browser, served, visitor, figure)
            _memory(browser, served, visitor, figure)
        finally:
            browser.close()


@contextmanager
def _page(
    browser: Browser, visitor: Visitor, url: str, profile: dict[str, Any], slower: int = 1
) -> Iterator[Page]:
    context = browser.new_context(base_url=url, **profile)
    name, _, value = visitor.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": url}])
    page = context.new_page()
    page.add_init_script(WATCH)
    if slower > 1:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(visitor.view, wait_until="commit")
    yield page
    context.close()


def _exact(page: Page) -> dict[str, float]:
    page.locator("#stage[data-state=exact]").wait_for(timeout=120_000)
    times: dict[str, float] = page.evaluate("window.times")
    return times


def _first_picture(browser: Browser, served: Served, visitor: Visitor, figure: Figure) -> None:
    for name, profile, slower in (("desktop", DESKTOP, 1), ("phone, CPU ÷ 4", PHONE, SLOWER)):
        found: list[dict[str, float]] = []
        for _ in range(RUNS):
            line = Line(served.port, MEGABITS, ROUND_TRIP)
            with _page(browser, visitor, line.url, profile, slower) as page:
                found.append(_exact(page))
                asked = list(line.asked)
            line.stop()
        for what in ("preview", "exact"):
            milliseconds = statistics.median(times[what] for times in found)
            figure(
                f"viewer, {name}: {what}",
                milliseconds,
                "ms",
                megabits=MEGABITS,
                round_trip_ms=ROUND_TRIP * 1e3,
            )
    figure("viewer: code before the exact picture", _code(asked) / 1e3, "kB (brotli)")


def _code(asked: list[str]) -> int:
    """Return the bytes of the files of ours among the paths asked for, as they are sent."""
    paths = {STATIC / urlsplit(path).path.lstrip("/") for path in asked if path.startswith("/static/")}
    return sum((sent if (sent := Path(f"{path}.br")).exists() else path).stat().st_size for path in paths)


def _answers(browser: Browser, served: Served, visitor: Visitor, figure: Figure) -> None:
    with _page(browser, visitor, served.url, DESKTOP) as page:
        _exact(page)
        page.wait_for_timeout(8000)
        figure("viewer: brightness drag to drawn, median of 30", page.evaluate(WINDOW), "ms")
        page.keyboard.press("Home")
        page.mouse.move(700, 450)
        for _ in range(WHEELS):
            page.mouse.wheel(0, 100)
            page.wait_for_timeout(16)
        page.wait_for_timeout(1000)
        figure(f"viewer: turns of the wheel lost, of {WHEELS}", WHEELS + 1 - page.evaluate(NUMBER), "turns")


def _memory(browser: Browser, served: Served, visitor: Visitor, figure: Figure) -> None:
    """Leaf through a series on a phone; tell what its process holds then, the browser's part included.

    The long series is the short one over and over, under other names: each picture is fetched and kept anew.
    """
    name, _, value = visitor.cookie.partition("=")
    for times in (1, LONG):
        script = LENGTHEN.replace("TIMES", str(times))
        with unwatched_phone(browser, f"{served.url}{visitor.view}", script, (name, value)) as page:
            page.wait(STATE, "exact")
            count = page.evaluate(LEAF)
            figure(f"viewer, phone: memory after leafing through {count} pictures", page.megabytes(), "MB")
