"""What lies where on an ISO image that somebody hands back as a bundle; it is not trusted."""

from typing import BinaryIO

from app.bundles.iso_extent import SECTOR, Extent
from app.errors import TooLarge
from app.media.iso import plain_files_of
from app.media.isorecords import NoImage


def read_image(file: BinaryIO) -> dict[str, Extent]:
    """Return every file's extent by its name, parts joined by slashes.

    Raises NoImage for what is no image, and for one with anything in it that can't be a file of a bundle.
    """
    found = {}
    try:
        listed = plain_files_of(file, file.seek(0, 2))
    except TooLarge as why:
        raise NoImage(str(why)) from None
    for one in listed:
        if one.offset is None:
            raise NoImage(one.refusal or "")
        found[one.path] = Extent(one.offset // SECTOR, one.size)
    return found
