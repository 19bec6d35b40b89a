"""The display job, with the real sandbox: its order, what it keeps, and what it survives."""

import gzip
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select, update

from app.accounts.models import Organisation
from app.dicom.dicomjson import Facts, integer
from app.dicom.unshown import GIVEN_UP
from app.ingest import display
from app.ingest.sandbox import Blobs, Sandbox
from app.site import Site
from app.storage import keys
from app.studies.models import DisplayState, Instance, Original
from tests.factories import a_disc, ramp

ROWS, COLUMNS = "00280010", "00280011"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(2) as children:
        yield children


class Recorder:
    """A display maker that notes the numbers of what it was given, and passes it on."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.numbers = sandbox, list[int | None]()

    def make_display(
        self, file: BinaryIO, facts: Facts, *, cover: bool = False
    ) -> tuple[dict[str, Any], Blobs]:
        self.numbers.append(integer(facts, "InstanceNumber"))
        return self.sandbox.make_display(file, facts, cover=cover)


def instances(site: Site, disc_id: str) -> list[Instance]:
    with site.sessions() as session:
        found = select(Instance).where(Instance.disc_id == disc_id).order_by(Instance.number)
        return list(session.scalars(found))


def stored(site: Site, key: str) -> bytes:
    with site.store.open(key) as file:
        return file.read()


def run(site: Site, sandbox: display.DisplayMaker, disc_id: str) -> None:
    display.display_disc(site.sessions, site.store, sandbox, disc_id, lambda: True)


def frame(site: Site, instance: Instance) -> Any:
    assert instance.display is not None
    first = instance.display["frames"][0]
    data = stored(site, keys.display_frame(instance.organisation_id, instance.sha256, 0))
    assert len(data) == first["size"]
    if first["encoding"] == "htj2k":
        return imagecodecs.htj2k_decode(data)
    data = gzip.decompress(data) if first["gzip"] else data
    return np.frombuffer(data, "<i2").reshape(instance.display["rows"], instance.display["columns"])


def test_every_slice_of_a_disc_is_shown_as_it_was_stored(
    site: Site, organisation: Organisation, sandbox: Sandbox
) -> None:
    disc_id = a_disc(site, organisation)
    run(site, sandbox, disc_id)
    for number, instance in enumerate(instances(site, disc_id), 1):
        assert (instance.display_state, instance.display_reason) == (DisplayState.SHOWN, None)
        assert np.array_equal(frame(site, instance), ramp(number, 16))
        preview = stored(site, keys.preview(organisation.id, instance.sha256))
        assert Image.open(BytesIO(preview)).format == "WEBP"


def test_the_middle_of_a_series_comes_first(
    site: Site, organisation: Organisation, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "THREADS", 1)  # of two, either may be the quicker one
    recorder = Recorder(sandbox)
    run(site, recorder, a_disc(site, organisation, slices=5))
    assert recorder.numbers[0] == 3
    assert sorted(recorder.numbers, key=str) == [1, 2, 3, 4, 5]


def test_packed_originals_are_unpacked_for_the_sandbox(
    site: Site, organisation: Organisation, sandbox: Sandbox
) -> None:
    disc_id = a_disc(site, organisation, slices=1)
    instance = instances(site, disc_id)[0]
    key = keys.original(organisation.id, instance.sha256)
    site.store.put(key, BytesIO(gzip.compress(stored(site, key), mtime=0)))
    with site.sessions.begin() as session:
        session.execute(update(Original).values(encoding="gzip"))
    run(site, sandbox, disc_id)
    assert np.array_equal(frame(site, instances(site, disc_id)[0]), ramp(1, 16))


def test_a_job_that_was_cut_off_goes_on_with_what_is_left(
    site: Site, organisation: Organisation, sandbox: Sandbox
) -> None:
    disc_id = a_disc(site, organisation, slices=4)
    steps = iter([True, False])
    display.display_disc(site.sessions, site.store, sandbox, disc_id, lambda: next(steps, False))
    assert [one.display_state for one in instances(site, disc_id)].count(DisplayState.SHOWN) == 1
    recorder = Recorder(sandbox)
    run(site, recorder, disc_id)
    assert len(recorder.numbers) == 3
    assert all(one.display_state == DisplayState.SHOWN for one in instances(site, disc_id))


def test_a_finished_disc_has_nothing_left_to_do(
    site: Site, organisation: Organisation, sandbox: Sandbox
) -> None:
    disc_id = a_disc(site, organisation)
    run(site, sandbox, disc_id)
    recorder = Recorder(sandbox)
    run(site, recorder, disc_id)
    assert recorder.numbers == []


def test_the_same_bytes_on_another_disc_are_not_made_again(
    site: Site, organisation: Organisation, sandbox: Sandbox
) -> None:
    first = a_disc(site, organisation)
    run(site, sandbox, first)
    second, recorder = a_disc(site, organisation), Recorder(sandbox)
    run(site, recorder, second)
    assert recorder.numbers == []
    assert [one.display for one in instances(site, second)] == [one.display for one in instances(site, first)]


def test_frames_that_are_gone_are_made_again_for_another_disc(
    site: Site, organisation: Organisation, sandbox: Sandbox
) -> None:
    run(site, sandbox, a_disc(site, organisation, slices=1))
    second = a_disc(site, organisation, slices=1)
    site.store.delete(keys.display_folder(organisation.id, instances(site, second)[0].sha256))
    run(site, sandbox, second)
    assert np.array_equal(frame(site, instances(site, second)[0]), ramp(1, 16))


def test_one_lost_original_holds_up_nothing_else_and_stays_pending(
    site: Site, organisation: Organisation, sandbox: Sandbox
) -> None:
    disc_id = a_disc(site, organisation)
    site.store.delete(keys.original(organisation.id, instances(site, disc_id)[1].sha256))
    with pytest.raises(Exception, match="no such object"):
        run(site, sandbox, disc_id)
    assert [one.display_state for one in instances(site, disc_id)] == [
        DisplayState.SHOWN,
        DisplayState.PENDING,
        DisplayState.SHOWN,
    ]


def test_what_was_given_up_says_so(site: Site, organisation: Organisation) -> None:
    disc_id = a_disc(site, organisation, slices=1)
    with site.sessions.begin() as session:
        display.give_up(session, disc_id)
    instance = instances(site, disc_id)[0]
    assert instance.display_state == DisplayState.NOT_SHOWN
    assert instance.display_reason == GIVEN_UP


def test_what_cannot_be_shown_says_why_and_leaves_no_blobs(
    site: Site, organisation: Organisation, sandbox: Sandbox
) -> None:
    disc_id = a_disc(site, organisation, slices=1)
    instance = instances(site, disc_id)[0]
    facts = {key: value for key, value in instance.facts.items() if key not in (ROWS, COLUMNS)}
    with site.sessions.begin() as session:
        session.execute(update(Instance).values(facts=facts))
    run(site, sandbox, disc_id)
    after = instances(site, disc_id)[0]
    assert after.display_state == DisplayState.NOT_SHOWN
    assert after.display_reason is not None
    assert "description" in after.display_reason
    assert after.display is None
    assert list(site.store.keys(keys.display_folder(organisation.id, instance.sha256))) == []


def test_a_picture_whose_header_lacks_its_height_is_counted_once_it_is_seen(
    site: Site, organisation: Organisation, sandbox: Sandbox
) -> None:
    disc_id = a_disc(site, organisation, slices=1)
    known = instances(site, disc_id)[0]
    facts = {key: value for key, value in known.facts.items() if key != ROWS}
    with site.sessions.begin() as session:
        session.execute(update(Instance).values(facts=facts, rows=None, frames=0))
    run(site, sandbox, disc_id)
    after = instances(site, disc_id)[0]
    assert after.display_state == DisplayState.SHOWN
    assert (after.rows, after.columns, after.frames) == (known.rows, known.columns, 1)


def test_another_organisation_makes_its_own(site: Site, organisation: Organisation, sandbox: Sandbox) -> None:
    run(site, sandbox, a_disc(site, organisation, slices=1))
    with site.sessions.begin() as session:
        other = Organisation(slug="other", name="Other Hospital", created_at=site.now())
        session.add(other)
        session.flush()
        session.expunge(other)
    recorder = Recorder(sandbox)
    run(site, recorder, a_disc(site, other, slices=1))
    assert recorder.numbers == [1]
