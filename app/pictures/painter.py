"""Makes pictures of display frames in a child process of its own: confined, bounded, behind everybody else.

One child for one download, gone with it: a process that serves links keeps no pixels and no extra memory.
"""

import json
import os
from types import TracebackType
from typing import Any, Self

from app.dicom.picture import Order, Painted
from app.ingest.pool import Child, Pool
from app.pictures.choice import Choice, Picture, Strip
from app.storage import ObjectNotFound, ObjectStore, keys

SECONDS = 60.0
"""Wall clock for one picture; its CPU time is limited in the child."""
MOST_BYTES, MOST_TOLD = 512 << 20, 1 << 10
NEEDED = (
    "rows",
    "columns",
    "bits",
    "signed",
    "samples",
    "photometric",
    "float",
    "rescale",
    "modality_lut",
    "windows",
    "voi_lut",
    "padding",
)
"""What a child must know of ``Instance.display``."""


class Painter:
    """A context manager that ends its child, for one thread; or a user of a ``pool`` that others keep."""

    def __init__(self, store: ObjectStore, pool: Pool | None = None) -> None:
        self._store = store
        self._pool = pool or Pool("pictures", 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.close()

    def paint(self, picture: Picture, order: Order) -> Painted | None:
        """Return the picture, or None where the frame is not there, is damaged, or cannot be drawn."""
        frame = self._frame(picture)
        if frame is None:
            return None

        def ask(child: Child) -> Painted:
            with os.fdopen(os.memfd_create("frame"), "wb") as file:
                file.write(frame)
                file.flush()
                child.request(order.dump(), file)
            data = child.receive(MOST_BYTES, SECONDS).body
            told = json.loads(child.receive(MOST_TOLD, SECONDS).body)
            return Painted(data, int(told["width"]), int(told["height"]), bool(told["colour"]))

        return self._pool.attempt(ask)

    def _frame(self, picture: Picture) -> bytes | None:
        """Return a display frame as kept; a power failure may have left a part of it, or nothing."""
        key = keys.display_frame(picture.organisation_id, picture.sha256, picture.frame_index)
        try:
            with self._store.open(key) as file:
                data = file.read()
        except ObjectNotFound:
            return None
        return data if len(data) == picture.display["frames"][picture.frame_index]["size"] else None


def order_of(
    strip: Strip, picture: Picture, choice: Choice, *, longest: int | None = None, words: tuple[str, ...] = ()
) -> Order:
    """Return what to make of a picture: as it is first shown, or as its series is set in the viewer."""
    shown = choice.shown if choice.shown and choice.shown.series_id == strip.series.id else None
    return Order(
        told_of(picture),
        picture.display["frames"][picture.frame_index],
        picture.aspect,
        choice.form,
        shown.window if shown else None,
        bool(shown and shown.inverted),
        longest,
        words,
    )


def told_of(picture: Picture) -> dict[str, Any]:
    """Return what a child is told of the picture's instance."""
    return {key: picture.display[key] for key in NEEDED if key in picture.display}
