"""What a visitor looks at, for tests: pictures made as ingest makes them, and a visit by link and PIN."""

from io import BytesIO
from typing import Any

import pydicom
from flask.testing import FlaskClient
from sqlalchemy import select

from app.dicom.frames import make_display
from app.ingest.originals import opened
from app.shares.orders import NewKey
from app.site import Site
from app.storage import keys
from app.studies.models import DisplayState, Instance


def show(site: Site, disc_id: str) -> None:
    """Make the display frames of a disc's instances."""
    with site.sessions.begin() as session:
        for instance in session.scalars(select(Instance).where(Instance.disc_id == disc_id)):
            _show(site, instance)


def _show(site: Site, instance: Instance) -> None:
    organisation_id, sha256 = instance.organisation_id, instance.sha256

    def emit(index: int | None, data: bytes) -> None:
        preview, frame = keys.preview(organisation_id, sha256), keys.display_frame
        site.store.put(preview if index is None else frame(organisation_id, sha256, index), BytesIO(data))

    with opened(site.store, organisation_id, sha256, instance.original.encoding) as file:
        display = make_display(file, instance.facts, emit)
    instance.display_reason = display.get("reason")
    document = display.get("document")
    instance.display = (
        display if not instance.display_reason else {"document": document} if document else None
    )
    instance.display_state = DisplayState.NOT_SHOWN if instance.display_reason else DisplayState.SHOWN


def enter(client: FlaskClient, key: NewKey) -> str:
    """Prove the factor; return the address of the share's viewer."""
    answer = client.post(f"/s/{key.token}", data={"pin": key.pin})
    assert answer.status_code == 303
    return f"/view/{key.share_id}"


def stored_values(data: bytes) -> Any:
    """Return the stored pixel values of a file, as pydicom decodes them."""
    return pydicom.dcmread(BytesIO(data)).pixel_array
