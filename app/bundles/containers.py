"""A bundle as somebody hands it back: a ZIP, an ISO image, or the folder of its files; not trusted."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from app.bundles.iso_extent import SECTOR
from app.bundles.iso_reader import read_image
from app.errors import Refused
from app.media.isorecords import NoImage

CHUNK = 1 << 20
BROKEN = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What reading a file of a broken or encrypted container may raise."""


class Found(NamedTuple):
    """A file in a container; ``size`` in bytes as the container says, ``open`` gives it from its start."""

    size: int
    open: Callable[[], BinaryIO]


def digest_of(found: Found) -> str | None:
    """Return the SHA-256 (hex) of a file, or None when it cannot be read as long as it says it is."""
    digest, left = sha256(), found.size
    try:
        with found.open() as file:
            while left and (part := file.read(min(CHUNK, left))):
                digest.update(part)
                left -= len(part)
    except BROKEN:
        return None
    return None if left else digest.hexdigest()


def content_of(found: Found, limit: int) -> bytes | None:
    """Return a small file's content, or None when it is larger than ``limit`` bytes or cannot be read."""
    if found.size > limit:
        return None
    try:
        with found.open() as file:
            return file.read(found.size)
    except BROKEN:
        return None


@contextmanager
def opened(path: Path) -> Iterator[dict[str, Found]]:
    """Give the files of a container by name. Raises Refused for what is none."""
    if path.is_dir():
        yield dict(_in_folder(path))
        return
    with path.open("rb") as file:
        if zipfile.is_zipfile(file):
            with _archive(file) as archive:
                yield {
                    one.filename: _in_archive(archive, one) for one in archive.infolist() if not one.is_dir()
                }
        else:
            yield dict(_in_image(path, file))


def _in_folder(folder: Path) -> Iterator[tuple[str, Found]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).as_posix()
            yield name, Found(path.stat().st_size, lambda path=path: path.open("rb"))  # type: ignore[misc]


@contextmanager
def _archive(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        raise Refused("This ZIP is broken: its list of files cannot be read.") from None
    with archive:
        yield archive


def _in_archive(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> Found:
    return Found(one.file_size, lambda: cast(BinaryIO, archive.open(one)))


def _in_image(path: Path, file: BinaryIO) -> Iterator[tuple[str, Found]]:
    try:
        extents = read_image(file)
    except NoImage:
        raise Refused(
            "This is neither a ZIP nor an ISO image, or it was cut off. Download it again, then verify."
        ) from None
    for name, extent in extents.items():
        yield name, Found(extent.size, lambda at=extent.sector: _at(path, at))  # type: ignore[misc]


def _at(path: Path, sector: int) -> BinaryIO:
    file = path.open("rb")
    file.seek(sector * SECTOR)
    return file
