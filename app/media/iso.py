"""A disc's image (ISO 9660, ECMA-119) as anybody may have made it: where each file begins and how long it is.

It is read in place and believed nothing: every extent is held against the end of the image, a folder is
entered once, and what one image may list is bounded. Names come from Rock Ridge where it is used, else from
Joliet, else as they stand.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from app.errors import TooLarge
from app.media.isorecords import SECTOR, Image, Names, NoImage, Record, records, root_of

NO_IMAGE = "This is not an image of a disc that can be read. It may be damaged, encrypted or of another kind."
UDF_ONLY = "This image is in UDF alone. Open it on a computer, then choose the folder that is in it."
RAW = "This is a raw copy of a disc. Make an ISO image of the disc instead, or choose the disc itself."
UNFINISHED = "The image ends too early: it is unfinished or was cut off. Make it again."
PAST_END = "The image ends before this file does: it is unfinished or was cut off."
LOOP = "This folder leads back to itself or to another one."
DAMAGED = "The list of what is in this folder is damaged."
LINK = "This is a link to something else; links are not followed."
NO_FILE = "This is a device or a pipe, not a file."
PIECES = "It is stored in pieces, in a way that is not accepted."
OVERLAP = "Its bytes are also those of another file: the image is damaged or made to harm."
BOMB = "The files in this image would have far more bytes than the image."

MOST_RECORDS = 100_000
"""Twice as many as a disc may have files: one image may list them under two names."""
DEEPEST = 32
SMALL = 10 << 20
"""Bytes that the files of any image may have together."""
TOO_MANY = "This image lists more files than a disc may hold."
TOO_DEEP = f"This lies more than {DEEPEST} folders deep."

FIRST_DESCRIPTOR = 16
MOST_DESCRIPTORS = 64
MOST_FOLDER_BYTES = 16 << 20
"""What the list of one folder may have: more would list far too many files."""
MOST_REPEATED = 4
"""How many times the size of an image its files may have together: a few point at the same bytes."""
RAW_SYNC = b"\0" + b"\xff" * 10 + b"\0"
UDF_MARKS = (b"BEA01", b"NSR02", b"NSR03")
JOLIET = (b"%/@", b"%/C", b"%/E")


class Found(NamedTuple):
    """A file in an image: ``size`` and ``offset`` in bytes; without an offset it is refused."""

    path: str
    size: int
    offset: int | None
    refusal: str | None = None


def is_image(file: BinaryIO) -> bool:
    """Tell whether a file claims to be an image of a disc."""
    file.seek(0)
    raw = file.read(len(RAW_SYNC)) == RAW_SYNC
    file.seek(FIRST_DESCRIPTOR * SECTOR + 1)
    return raw or file.read(5) in (b"CD001", *UDF_MARKS)


def files_of(file: BinaryIO, size: int) -> list[Found]:
    """Return what an image of ``size`` bytes holds.

    Raises NoImage when it is none or ends too early, TooLarge when it lists too much.
    """
    image = Image(file, size)
    primary, joliet = _volumes(image)
    names = Names.of(image, root_of(primary))
    if joliet is None:
        found = list(_Walk(image, names).files(root_of(primary)))
    elif names.rock_ridge:
        found = _with_rest(image, (names, primary), (Names.joliet(), joliet))
    else:
        found = _with_rest(image, (Names.joliet(), joliet), (names, primary))
    return _bounded(found, size)


def plain_files_of(file: BinaryIO, size: int) -> list[Found]:
    """Return what the primary tree of an image lists, the one all readers know. Raises as ``files_of``."""
    image = Image(file, size)
    primary, _ = _volumes(image)
    names = Names.of(image, root_of(primary))
    return _bounded(list(_Walk(image, names).files(root_of(primary))), size)


def _bounded(found: list[Found], size: int) -> list[Found]:
    """Refuse what overlaps. Raises TooLarge for far more bytes than the image's ``size``."""
    found = _apart(found)
    together = sum(one.size for one in found if one.offset is not None)
    if together > SMALL and together > MOST_REPEATED * size:
        raise TooLarge(BOMB)
    return found


def _volumes(image: Image) -> tuple[bytes, bytes | None]:
    """Return the primary volume descriptor and Joliet's, if there is one (ECMA-119 8)."""
    if image.start(len(RAW_SYNC)) == RAW_SYNC:
        raise NoImage(RAW)
    primary = joliet = None
    for number in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + MOST_DESCRIPTORS):
        descriptor = image.sector(number)
        if descriptor is None or descriptor[1:6] != b"CD001" or descriptor[0] == 255:
            break
        if descriptor[0] == 1:
            primary = primary or descriptor
        elif descriptor[0] == 2 and descriptor[88:91] in JOLIET:
            joliet = joliet or descriptor
    if primary is None:
        first = image.sector(FIRST_DESCRIPTOR) or b""
        raise NoImage(UDF_ONLY if first[1:6] in UDF_MARKS else NO_IMAGE)
    if int.from_bytes(primary[128:130], "little") != SECTOR:
        raise NoImage(NO_IMAGE)
    return primary, joliet


def _with_rest(image: Image, first: tuple[Names, bytes], second: tuple[Names, bytes]) -> list[Found]:
    """Return the files of the first tree, and those of the second whose bytes the first does not name."""
    found = list(_Walk(image, first[0]).files(root_of(first[1])))
    named = {one.offset for one in found if one.offset is not None}
    rest = (one for one in _Walk(image, second[0]).files(root_of(second[1])) if one.offset is not None)
    return found + [one for one in rest if one.size and one.offset not in named]


def _apart(found: list[Found]) -> list[Found]:
    """Refuse files whose bytes reach into another's without being the same."""
    places = sorted({(one.offset, one.size) for one in found if one.offset is not None and one.size})
    shared = {earlier for earlier, later in pairwise(places) if later[0] < earlier[0] + earlier[1]}
    return [
        Found(one.path, one.size, None, OVERLAP) if (one.offset, one.size) in shared else one for one in found
    ]


class _Walk:
    """One walk through the tree of a volume."""

    def __init__(self, image: Image, names: Names) -> None:
        self._image, self._names = image, names
        self._entered: set[int] = set()
        self._listed = 0

    def files(self, root: Record) -> Iterator[Found]:
        """Yield every file below ``root``. Raises NoImage when not even its list is there."""
        if not self._image.holds(root.offset, root.size):
            raise NoImage(UNFINISHED)
        yield from self._folder(root, "", DEEPEST)

    def _folder(self, folder: Record, above: str, deeper: int) -> Iterator[Found]:
        why = self._closed(folder, deeper)
        if why:
            yield Found(above.rstrip("/") or ".", 0, None, why)
            return
        self._entered.add(folder.offset)
        pieces: list[Record] = []
        try:
            for record in records(self._image.read(folder.offset, folder.size)):
                self._count()
                pieces.append(record)
                if not record.goes_on:
                    yield from self._entry(pieces, above, deeper)
                    pieces = []
        except NoImage:
            pieces = pieces or [folder]
        if pieces:
            yield Found(above.rstrip("/") or ".", 0, None, DAMAGED)

    def _closed(self, folder: Record, deeper: int) -> str | None:
        rules = (
            (not deeper, TOO_DEEP),
            (folder.offset in self._entered, LOOP),
            (not self._image.holds(folder.offset, folder.size), PAST_END),
            (folder.size > MOST_FOLDER_BYTES, DAMAGED),
        )
        return next((why for broken, why in rules if broken), None)

    def _count(self) -> None:
        self._listed += 1
        if self._listed > MOST_RECORDS:
            raise TooLarge(TOO_MANY)

    def _entry(self, pieces: list[Record], above: str, deeper: int) -> Iterator[Found]:
        record = pieces[0]
        name = self._names.read(self._image, record)
        path = above + name.text
        if name.moved:
            return  # a placeholder elsewhere leads to it (RRIP 4.1.5)
        if name.moved_to is not None:
            target = self._image.folder_at(name.moved_to)
            if target is not None:
                yield from self._folder(target, f"{path}/", deeper - 1)
        elif record.is_folder:
            yield from self._folder(record, f"{path}/", deeper - 1)
        else:
            size = sum(piece.size for piece in pieces)
            why = self._refusal(pieces, size, LINK if name.link else NO_FILE if name.device else None)
            honest = 0 if why == PAST_END else size
            yield Found(path, honest, None, why) if why else Found(path, size, record.offset if size else 0)

    def _refusal(self, pieces: list[Record], size: int, kind: str | None) -> str | None:
        joined = all(first.offset + first.size == second.offset for first, second in pairwise(pieces))
        rules = (
            (kind, kind),
            (not joined or any(piece.interleaved for piece in pieces), PIECES),
            (not self._image.holds(pieces[0].offset, size) and size, PAST_END),
        )
        return next((why for broken, why in rules if broken), None)
