"""How large a download of pictures will be, told before any is made: "about", never "exactly".

A PNG is about as long as its display frame; a JPEG as a preview with as many pixels would be. Both figures
were measured over the pictures of many devices: half of them lie within a quarter.
"""

from app.dicom.picture import PNG
from app.pictures.choice import Picture, Selection, Strip
from app.storage import ObjectNotFound, ObjectStore, keys

SAMPLES = 16
"""Series whose middle preview is looked at; further ones are taken to be like the last."""
PNG_FOR_FRAME, JPEG_FOR_PREVIEW = 0.7, 2.0
SMALL_JPEG_FOR_PREVIEW = 1.6
"""For pictures of a contact sheet, whose quality is lower."""
BESIDE = 300
"""Bytes that a picture needs besides its contents: its name, twice, and its place."""


def estimate(selection: Selection, store: ObjectStore, form: str, longest: int | None = None) -> int:
    """Return about how many bytes the selection's pictures take as files of ``form``.

    ``longest`` is the most pixels of a side, as on a contact sheet.
    """
    total = 0.0
    a_byte = 0.0
    for number, strip in enumerate(selection.strips):
        if form == PNG:
            total += sum(PNG_FOR_FRAME * _frame_size(picture) for picture in strip.pictures)
            continue
        if number < SAMPLES:
            a_byte = _bytes_a_pixel(strip, store)
        rate = a_byte * (SMALL_JPEG_FOR_PREVIEW if longest else JPEG_FOR_PREVIEW)
        total += sum(rate * _pixels(picture, longest) for picture in strip.pictures)
    return round(total) + BESIDE * selection.size


def _frame_size(picture: Picture) -> int:
    return int(picture.display["frames"][picture.frame_index]["size"])


def _pixels(picture: Picture, longest: int | None) -> float:
    rows, columns = picture.display["rows"], picture.display["columns"]
    shrunk = min(1.0, longest / max(rows, columns)) if longest else 1.0
    return float(rows * columns * shrunk * shrunk)


def _bytes_a_pixel(strip: Strip, store: ObjectStore) -> float:
    """Return how many bytes the preview of a series' middle takes for a pixel of it."""
    picture = strip.pictures[len(strip.pictures) // 2]
    told = picture.display["preview"]
    try:
        size = store.info(keys.preview(picture.organisation_id, picture.sha256)).size
    except ObjectNotFound:
        size = 0
    return size / max(1, int(told["width"]) * int(told["height"]))
