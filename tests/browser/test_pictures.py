"""Every page of visitors on a phone, in another language than English: see ``make pictures``."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pictures.__main__ import album_of

pytestmark = pytest.mark.browser


def test_every_page_of_visitors_fits_a_phone_shuts_nobody_out_and_speaks_their_language(
    chromium: Browser, tmp_path: Path
) -> None:
    album = album_of(chromium, tmp_path, "es")
    assert album.faults == []
    assert len(list((tmp_path / "es").glob("*.png"))) >= album.taken > 60
