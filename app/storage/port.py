"""What the product asks of a store. Features know this page and never an adapter."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from app.errors import NotFound


class ObjectNotFound(NotFound):
    """There is no object under that key."""


class StoreUnreachable(OSError):
    """The store does not answer now, or answers that it cannot: worth another try later."""


class ObjectInfo(NamedTuple):
    """What a store knows of an object without opening it; ``size`` in bytes."""

    size: int
    modified_at: datetime


class SignedUpload(NamedTuple):
    """How a browser sends one object straight to the store: a form of ``fields`` and, last, ``file``."""

    url: str
    fields: dict[str, str]


class SignedPart(NamedTuple):
    """One part of a large object; ``number`` from 1, ``size`` in bytes. ``there``: it has arrived before."""

    number: int
    size: int
    url: str
    there: bool


class ObjectStore(Protocol):
    """Bytes under slash-separated keys. Adapters: ``LocalStore``, ``S3Store``.

    An object is there whole or not at all. Keys are ours, never a stranger's text: ``keys`` says what can be
    one, and what cannot is answered with ObjectNotFound. Safe to use from several threads. OSError is raised
    when the store fails otherwise, and of that StoreUnreachable where it is away.
    """

    def put(self, key: str, source: BinaryIO, *, durable: bool = True) -> int:
        """Store what ``source`` holds from its position to its end under ``key``; return its size in bytes.

        Replaces an object of that name. With ``durable`` the bytes outlive a power failure once this returns;
        without, they may be lost then: make them durable later, or be able to make them again.
        Raises StorageFull when there is no room; nothing is left behind in that case.
        """

    def make_durable(self, keys: Sequence[str]) -> None:
        """Have these objects outlive a power failure once this returns; cheaper than one by one.

        Raises StorageFull when there is no room, and ObjectNotFound where it is seen that one is gone.
        """

    def open(self, key: str, start: int = 0, length: int | None = None) -> BinaryIO:
        """Open ``length`` bytes from ``start`` (None: to the end); the caller closes.

        Raises ObjectNotFound when there is no such object.
        """

    def info(self, key: str) -> ObjectInfo:
        """Return size and time of an object. Raises ObjectNotFound."""

    def exists(self, key: str) -> bool:
        """Tell whether there is an object under exactly ``key``."""

    def copy(self, source: str, target: str) -> None:
        """Make ``target`` the same bytes as ``source``, durably. Raises ObjectNotFound, StorageFull."""

    def delete(self, key: str) -> int:
        """Delete an object, or all below a ``key`` that ends in a slash; return how many there were."""

    def delete_all(self, keys: Sequence[str]) -> None:
        """Delete these objects, those that are there; cheaper than one by one."""

    def keys(self, folder: str) -> Iterator[str]:
        """Yield every key below ``folder``, which ends in a slash, in ascending order.

        Where a folder's name starts a sibling's (``c/…`` and ``c-d``), servers differ in which comes first.
        """

    def local_path(self, key: str) -> Path | None:
        """Return the file that holds the object, or None when the store is elsewhere. For sendfile only."""

    def signed_url(self, key: str, lasting: timedelta) -> str | None:
        """Return a URL the browser may fetch, or None when we must stream it."""

    def sign_upload(self, key: str, size: int, lasting: timedelta) -> SignedUpload | None:
        """Return leave to send exactly ``size`` bytes under exactly ``key``, or None when we must take them.

        It may be used again while it lasts: what was sent is read once and kept under another key.
        """

    def sign_parts(self, key: str, sizes: Sequence[int], lasting: timedelta) -> list[SignedPart] | None:
        """Return leave to send an object in parts of these sizes, in any order; None when we must take them.

        Asking again goes on with the same upload: parts that have arrived with their size are ``there``.
        """

    def join_parts(self, key: str, sizes: Sequence[int]) -> None:
        """Make the object out of parts that were sent by ``sign_parts``.

        Does nothing when it was done before. Raises Unacceptable while a part is missing or of another size.
        """

    def sizes(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the size in bytes of each of ``keys`` that is there; cheaper than asking one by one."""

    def browser_origins(self) -> tuple[str, ...]:
        """Return the origins (``https://host``) that browsers send to; none when they send to us."""

    def admit(self, origin: str) -> bool:
        """Let pages of ``origin`` send to the store (CORS); return whether that had to be changed."""

    def tidy(self, before: datetime) -> int:
        """Remove what writes that were cut off before then have left; return how many there were."""

    def check(self) -> None:
        """Raise when the store cannot be written and read now (for ``/readyz``)."""

    def close(self) -> None:
        """Let go of connections; the store is not used afterwards."""
