"""What lies where on an ISO image of level 1, as ours are. The image may be anybody's: it is not trusted."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from app.bundles.iso_extent import SECTOR, Extent

MAX_DEPTH = 8
MAX_RECORDS = 200_000
MAX_FOLDER = 64 << 20
_DESCRIPTOR_AT = 16 * SECTOR
_ROOT_AT = 156
_EXTENT = struct.Struct("<2xL4xL")
_FOLDER_FLAG = 2


class NoImage(Exception):
    """This is no ISO 9660 image, or a broken one."""


def read_image(file: BinaryIO) -> dict[str, Extent]:
    """Return every file's extent by its name, parts joined by slashes. Raises NoImage."""
    file.seek(_DESCRIPTOR_AT)
    descriptor = file.read(SECTOR)
    if descriptor[:6] != b"\1CD001" or len(descriptor) < SECTOR:
        raise NoImage("This is no ISO 9660 image.")
    found = {}
    for name, extent in _files(file, Extent(*_EXTENT.unpack_from(descriptor, _ROOT_AT)), ()):
        found[name] = extent
        if len(found) > MAX_RECORDS:
            raise NoImage("There are more files on this image than can be.")
    return found


def _files(file: BinaryIO, folder: Extent, above: tuple[str, ...]) -> Iterator[tuple[str, Extent]]:
    if len(above) >= MAX_DEPTH or folder.size > MAX_FOLDER:
        raise NoImage("The folders of this image are deeper or larger than can be.")
    file.seek(folder.sector * SECTOR)
    for record in _records(file.read(folder.size)):
        name = _name(record)
        extent = Extent(*_EXTENT.unpack_from(record))
        if record[25] & _FOLDER_FLAG:
            yield from _files(file, extent, (*above, name))
        else:
            yield "/".join((*above, name)), extent


def _records(folder: bytes) -> Iterator[bytes]:
    """Yield a folder's records (ECMA-119 9.1) but for itself and the one above."""
    at = 0
    while at < len(folder):
        length = folder[at]
        if length == 0:
            at = (at // SECTOR + 1) * SECTOR
            continue
        record = folder[at : at + length]
        if len(record) < 34 or record[32] > len(record) - 33:
            raise NoImage("A folder of this image is broken.")
        if record[33 : 33 + record[32]] not in (b"\0", b"\1"):
            yield record
        at += length


def _name(record: bytes) -> str:
    name = record[33 : 33 + record[32]].decode("ascii", "replace")
    return name.partition(";")[0].removesuffix(".")
