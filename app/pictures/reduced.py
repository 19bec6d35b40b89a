"""Reduced pictures for looking only, made at the moment somebody looks: nothing more is kept of a disc.

One child of the sandbox's kind makes them all, one after the other and behind everybody else; it is started
when the first is asked for and ends with the process.
"""

import atexit
from functools import cache

from app.dicom.picture import JPEG, Order, Painted
from app.dicom.preview import aspect_of
from app.errors import NotFound
from app.ingest.pool import Pool
from app.pictures.choice import Picture
from app.pictures.painter import Painter, told_of
from app.storage import ObjectStore
from app.studies.models import Instance
from app.viewer.reduced import LONGEST


def picture_of(instance: Instance, frame_index: int) -> Picture:
    """Return what is needed of a frame of a shown instance. Raises NotFound when there is no such frame."""
    display = instance.display or {}
    if frame_index >= len(display.get("frames", ())):
        raise NotFound("There is no such picture.")
    return Picture(
        instance.id,
        instance.organisation_id,
        instance.sha256,
        frame_index,
        frame_index + 1,
        display,
        aspect_of(instance.facts),
        None,
        None,
    )


def reduced(store: ObjectStore, picture: Picture) -> Painted | None:
    """Return the JPEG of a picture, or None where its frame is not there or cannot be drawn."""
    frame = picture.display["frames"][picture.frame_index]
    order = Order(told_of(picture), frame, picture.aspect, JPEG, longest=LONGEST)
    return Painter(store, _pool()).paint(picture, order)


@cache
def _pool() -> Pool:
    """Return the process's own child for this."""
    pool = Pool("pictures", 1)
    atexit.register(pool.close)
    return pool
