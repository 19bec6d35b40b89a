"""The bytes of an image: directory records (ECMA-119 9.1), and what Rock Ridge adds to them (RRIP 1.12)."""

import stat
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from app.errors import Unacceptable

SECTOR = 2048
LEAST_RECORD = 33
FOLDER, GOES_ON = 0x02, 0x80
MOST_CONTINUATIONS = 8
MOST_CONTINUED = 4 * SECTOR
"""Bytes of Rock Ridge fields that are read elsewhere for one record; a name has at most 255."""


class NoImage(Unacceptable):
    """This is no image of a disc, or a part of it makes no sense; the text is for staff."""


class Record(NamedTuple):
    """One directory record; ``offset`` and ``size`` in bytes."""

    identifier: bytes
    offset: int
    size: int
    flags: int
    interleaved: bool
    fields: bytes

    @property
    def is_folder(self) -> bool:
        """Whether it stands for a folder."""
        return bool(self.flags & FOLDER)

    @property
    def goes_on(self) -> bool:
        """Whether the next record is a further piece of the same file."""
        return bool(self.flags & GOES_ON)


class Image:
    """A file of ``size`` bytes, read only where there is something."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self.size = file, size

    def holds(self, offset: int, size: int) -> bool:
        """Tell whether so many bytes lie there."""
        return offset + size <= self.size

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly ``size`` bytes. Raises NoImage."""
        if not self.holds(offset, size):
            raise NoImage("past the end")
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) != size:
            raise NoImage("past the end")
        return data

    def start(self, size: int) -> bytes:
        """Return the first bytes, fewer when there are no more."""
        return self.read(0, min(size, self.size))

    def sector(self, number: int) -> bytes | None:
        """Return a sector, or None behind the end."""
        at = number * SECTOR
        return self.read(at, SECTOR) if self.holds(at, SECTOR) else None

    def folder_at(self, number: int) -> Record | None:
        """Return the folder whose list begins at a sector, by its own first record, or None."""
        first = next(records(self.sector(number) or b"", itself=True), None)
        return first._replace(offset=number * SECTOR) if first else None


def root_of(descriptor: bytes) -> Record:
    """Return the root's record in a volume descriptor. Raises NoImage when it is none."""
    try:
        return _record(descriptor[156:190])
    except IndexError:
        raise NoImage("no root") from None


def records(data: bytes, *, itself: bool = False) -> Iterator[Record]:
    """Yield the records of a folder's list, without those of itself (unless asked for) and its parent.

    Raises NoImage where the list makes no sense.
    """
    at = 0
    while at < len(data):
        length = data[at]
        if not length:  # records don't cross sectors; the rest of one is empty
            at = (at // SECTOR + 1) * SECTOR
            continue
        if length <= LEAST_RECORD or at + length > len(data):
            raise NoImage("no record")
        record = _record(data[at : at + length])
        if record.identifier != b"\1" and (itself or record.identifier != b"\0"):
            yield record
        at += length


def _record(data: bytes) -> Record:
    named = LEAST_RECORD + data[32]
    if named > len(data):
        raise NoImage("no record")
    return Record(
        identifier=data[LEAST_RECORD:named],
        offset=(int.from_bytes(data[2:6], "little") + data[1]) * SECTOR,
        size=int.from_bytes(data[10:14], "little"),
        flags=data[25],
        interleaved=bool(data[26] or data[27]),
        fields=data[named + (1 - data[32] % 2) :],
    )


class Name(NamedTuple):
    """What a record is called, and what Rock Ridge says of it; ``moved_to`` is a sector."""

    text: str
    link: bool = False
    device: bool = False
    moved: bool = False
    moved_to: int | None = None


class Names:
    """How the names of a volume are written."""

    def __init__(self, *, rock_ridge: bool = False, skip: int = 0, encoding: str = "ascii") -> None:
        self.rock_ridge, self._skip, self._encoding = rock_ridge, skip, encoding

    @classmethod
    def joliet(cls) -> "Names":
        """Return how Joliet writes: UCS-2, big endian."""
        return cls(encoding="utf-16-be")

    @classmethod
    def of(cls, image: Image, root: Record) -> "Names":
        """Return how a primary volume writes: by Rock Ridge if the root's own record says so (SUSP 5.3)."""
        itself = next(records(image.sector(root.offset // SECTOR) or b"", itself=True), None)
        fields = itself.fields if itself else b""
        used = fields[:2] == b"SP" and fields[4:6] == b"\xbe\xef"
        return cls(rock_ridge=used, skip=fields[6] if used and len(fields) > 6 else 0)

    def read(self, image: Image, record: Record) -> Name:
        """Return the name of a record. What is no character becomes U+FFFD."""
        plain = record.identifier.decode(self._encoding, "replace")
        plain = plain.rpartition(";")[0] or plain
        plain = plain.removesuffix(".") or plain
        if not self.rock_ridge:
            return Name(plain)
        return _rock_ridge(plain, dict_of(fields(image, record.fields[self._skip :])))


Fields = dict[bytes, list[bytes]]


def dict_of(found: Iterator[tuple[bytes, bytes]]) -> Fields:
    """Gather fields by their signatures."""
    gathered: Fields = {}
    for signature, data in found:
        gathered.setdefault(signature, []).append(data)
    return gathered


def fields(image: Image, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield signature and bytes of each system use field (SUSP 4), also where it goes on elsewhere."""
    for _ in range(MOST_CONTINUATIONS):
        elsewhere: bytes | None = None
        while len(data) >= 4 and 4 <= data[2] <= len(data):
            signature, body, data = data[:2], data[4 : data[2]], data[data[2] :]
            if signature == b"CE":
                elsewhere = body
            elif signature == b"ST":
                break
            else:
                yield signature, body
        if elsewhere is None or len(elsewhere) < 24:
            return
        sector, start, size = (int.from_bytes(elsewhere[at : at + 4], "little") for at in (0, 8, 16))
        if size > MOST_CONTINUED or not image.holds(sector * SECTOR + start, size):
            return
        data = image.read(sector * SECTOR + start, size)


def _rock_ridge(plain: str, found: Fields) -> Name:
    name = b"".join(data[1:] for data in found.get(b"NM", ())).decode("utf-8", "replace")
    mode = int.from_bytes(found.get(b"PX", [b""])[0][:4], "little")
    kind = stat.S_IFMT(mode)
    child = found.get(b"CL", [b""])[0][:4]
    return Name(
        name or plain,
        link=b"SL" in found or kind == stat.S_IFLNK,
        device=b"PN" in found or kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK),
        moved=b"RE" in found,
        moved_to=int.from_bytes(child, "little") if child else None,
    )
