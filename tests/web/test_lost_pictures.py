"""Pictures are not kept durably: what a power failure took is made again when somebody looks at it."""

import threading
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.jobs.models import Job
from app.site import Site
from app.storage import keys
from app.studies.models import DisplayState, Instance
from app.workers.work import work_once
from tests import viewing
from tests.factories import a_disc, a_share, readers
from tests.staff import Browser, a_member


@pytest.fixture
def instance(site: Site, organisation: Organisation) -> Instance:
    """A shown instance of a disc of one slice."""
    disc_id = a_disc(site, organisation, slices=1)
    viewing.show(site, disc_id)
    with site.sessions() as session:
        return session.scalars(select(Instance).where(Instance.disc_id == disc_id)).one()


@pytest.fixture
def view(client: FlaskClient, site: Site, organisation: Organisation, instance: Instance) -> str:
    return viewing.enter(client, a_share(site, organisation, instance.disc_id))


def lose(site: Site, instance: Instance, how: str) -> None:
    """Lose an instance's objects: gone, empty, or the frame with half of its bytes."""
    frame = keys.display_frame(instance.organisation_id, instance.sha256, 0)
    preview = keys.preview(instance.organisation_id, instance.sha256)
    with site.store.open(frame) as file:
        half = file.read()[:40]
    for key, left in ((frame, half if how == "cut" else b""), (preview, b"")):
        if how == "gone":
            site.store.delete(key)
        else:
            site.store.put(key, BytesIO(left))


@pytest.mark.parametrize("how", ["gone", "empty", "cut"])
@pytest.mark.parametrize("what", ["frames/{}/0", "previews/{}.webp"])
def test_a_lost_picture_is_made_again(
    client: FlaskClient, site: Site, instance: Instance, view: str, how: str, what: str
) -> None:
    address = f"{view}/{what.format(instance.id)}"
    before = client.get(address, buffered=True).data
    lose(site, instance, how)
    for _ in range(2):
        answer = client.get(address, buffered=True)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "2"
    _must_be_made_once(site, instance)
    answer = client.get(address, buffered=True)
    assert answer.status_code == 200
    assert answer.data == before


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_lost_picture_is_made_again_for_staff_too(
    app: Flask, site: Site, organisation: Organisation, instance: Instance, how: str
) -> None:
    desk = Browser.of(app, site, a_member(site, organisation))
    address = f"/discs/{instance.disc_id}/preview/{instance.id}.webp"
    before = desk.get(address)
    assert (before.status_code, before.headers["Cache-Control"]) == (200, "private, max-age=900")
    lose(site, instance, how)
    assert desk.get(address).status_code == 429
    _must_be_made_once(site, instance)
    assert desk.get(address).data == before.data


def _must_be_made_once(site: Site, instance: Instance) -> None:
    """Hold that the pictures were asked for once, and make them."""
    with site.sessions() as session:
        assert session.get_one(Instance, instance.id).display_state == DisplayState.PENDING
        assert session.scalar(select(func.count()).where(Job.kind == "display_disc")) == 1
    while work_once(site, readers(), threading.Event()):
        pass
