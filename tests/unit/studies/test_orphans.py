"""Bytes that no row knows go after a day; what a row knows stays whatever its age."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from app.accounts.models import Organisation
from app.site import Site
from app.storage import keys
from app.studies.orphans import SHELVES, TURN, shelves, sweep_orphans
from tests.factories import ct_series, imported_disc

LONG_AGO = timedelta(days=2)


def swept(site: Site, now: datetime) -> int:
    """Go through all shelves."""
    return sweep_orphans(site.sessions, site.store, now, now - SHELVES * TURN)


def test_an_orphan_goes_after_a_day_with_what_was_made_of_it(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path, 2)
    imported_disc(site, organisation, tmp_path)
    kept = set(site.store.keys("objects/"))
    orphan = "ab" * 32
    for key in (keys.original(organisation.id, orphan), keys.display_frame(organisation.id, orphan, 0)):
        site.store.put(key, BytesIO(b"nobody's"))
    written = datetime.now(UTC)
    assert swept(site, written + timedelta(hours=23)) == 0
    assert swept(site, written + timedelta(hours=25)) == 1
    assert set(site.store.keys("objects/")) == kept
    assert list(site.store.keys(keys.display_folder(organisation.id, orphan))) == []
    assert swept(site, written + timedelta(hours=25)) == 0


def test_every_shelf_has_its_turn_within_a_day() -> None:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    every = timedelta(minutes=10)
    seen = [shelf for turn in range(144) for shelf in shelves(now + turn * every - every, now + turn * every)]
    assert len(set(seen)) == SHELVES
    assert len(shelves(now - timedelta(days=30), now)) == SHELVES
