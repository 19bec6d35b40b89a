"""``python -m tests.pictures FOLDER [LANGUAGE …] [--only WALK]``: visitors' pages, in English and others.

Exits 1 when something is wrong with a page: broken rules of axe, wider than a phone, errors, English words.
"""

import argparse
import logging
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from app.accounts.languages import LANGUAGES
from tests.browser.conftest import serving
from tests.chromium import CHROMIUM, SWIFTSHADER
from tests.pictures.album import Album, untranslated
from tests.pictures.hospital import DATA, Hospital
from tests.pictures.walks import WALKS, pauses


def album_of(chromium: Browser, folder: Path, language: str, only: str | None = None) -> Album:
    """Start a product of its own and picture every page in one language."""
    with tempfile.TemporaryDirectory(prefix="vcd-pictures-") as scratch:
        data = Path(scratch) / "data"
        data.mkdir()
        with serving(data, f"file://{data / 'store'}") as served:
            album = Album(chromium, served.url, folder / language, language)
            hospital = Hospital(served, Path(scratch), language)
            for walk in (*WALKS, pauses):
                if only in (None, walk.__name__):
                    walk(album, hospital)
    return album


def main() -> int:
    """Take the pictures, print what is wrong, return how the command ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("languages", nargs="*", default=["es"], choices=[*LANGUAGES], metavar="LANGUAGE")
    parser.add_argument("--only", choices=[walk.__name__ for walk in (*WALKS, pauses)])
    asked = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*SWIFTSHADER])
        english = album_of(chromium, asked.folder, "en", asked.only)
        others = [album_of(chromium, asked.folder, one, asked.only) for one in asked.languages if one != "en"]
        chromium.close()
    faults = [fault for album in (english, *others) for fault in album.faults]
    faults += [fault for other in others for fault in untranslated(english, other, DATA)]
    print(*faults, sep="\n")
    print(
        f"{sum(album.taken for album in (english, *others))} pictures in {asked.folder}, {len(faults)} faults"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
