"""A store in a folder: for one clinic's PC, where no other server runs."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from app.errors import StorageFull, Unacceptable
from app.storage.keys import folder_key, object_key
from app.storage.port import ObjectInfo, ObjectNotFound, SignedPart, SignedUpload

CHUNK = 1 << 20
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
DELETED_IN_A_ROW = 100  # a folder, by somebody else, while one file is placed in it
DELETED_MEANWHILE = (FileNotFoundError, FileExistsError)  # the latter: made by somebody else, and gone again
ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError)


class LocalStore:
    """Objects as files. Each is written beside its place, then renamed: whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / ".temporary"

    def put(self, key: str, source: BinaryIO, *, durable: bool = True) -> int:
        """See the port."""
        with self._fresh(key, durable) as file:
            shutil.copyfileobj(source, file, CHUNK)
            return file.tell()

    def make_durable(self, keys: Sequence[str]) -> None:
        """See the port. All bytes are on their way before the first is waited for: one journal, not many."""
        paths = [self._path(key) for key in keys]
        folders = {folder for path in paths for folder in self._folders_above(path)}
        with _full_is_told():
            try:
                for path in paths:
                    _begin_to_write(path)
                for path in (*paths, *folders):
                    _sync(path)
            except ABSENT:
                raise ObjectNotFound("no such object") from None

    def open(self, key: str, start: int = 0, length: int | None = None) -> BinaryIO:
        """See the port."""
        try:
            file = self._path(key).open("rb")
        except ABSENT:
            raise ObjectNotFound("no such object") from None
        file.seek(start)
        return file if length is None else cast(BinaryIO, _Part(file, length))

    def info(self, key: str) -> ObjectInfo:
        """See the port."""
        path = self.local_path(key)
        if path is None:
            raise ObjectNotFound("no such object")
        stat = path.stat()
        return ObjectInfo(stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))

    def exists(self, key: str) -> bool:
        """See the port."""
        return self.local_path(key) is not None

    def copy(self, source: str, target: str) -> None:
        """See the port."""
        with self.open(source) as file:
            self.put(target, file)

    def delete(self, key: str) -> int:
        """See the port."""
        if not key.endswith("/"):
            try:
                self._path(key).unlink()
            except ABSENT:
                return 0
            return 1
        count = sum(self.delete(found) for found in self.keys(key))
        for folder, _, _ in os.walk(self._root / folder_key(key), topdown=False):
            with suppress(OSError):  # somebody puts an object there at this moment
                Path(folder).rmdir()
        return count

    def delete_all(self, keys: Sequence[str]) -> None:
        """See the port."""
        for key in keys:
            self.delete(key)

    def keys(self, folder: str) -> Iterator[str]:
        """See the port."""
        walk = os.walk(self._root / folder_key(folder))  # unlike a glob, it bears folders that vanish
        found = (Path(inside, name) for inside, _, names in walk for name in names)
        return iter(sorted(path.relative_to(self._root).as_posix() for path in found))

    def local_path(self, key: str) -> Path | None:
        """See the port."""
        with suppress(ObjectNotFound):
            path = self._path(key)
            return path if path.is_file() else None
        return None

    def signed_url(self, key: str, lasting: timedelta) -> str | None:
        """Return None: we stream our own files."""
        return None

    def sign_upload(self, key: str, size: int, lasting: timedelta) -> SignedUpload | None:
        """Return None: browsers send to us."""
        return None

    def sign_parts(self, key: str, sizes: Sequence[int], lasting: timedelta) -> list[SignedPart] | None:
        """Return None: browsers send to us."""
        return None

    def join_parts(self, key: str, sizes: Sequence[int]) -> None:
        """See the port; no part was ever sent that way."""
        raise Unacceptable("Nothing was sent in parts.")

    def sizes(self, keys: Sequence[str]) -> dict[str, int]:
        """See the port."""
        return {key: path.stat().st_size for key in keys if (path := self.local_path(key))}

    def browser_origins(self) -> tuple[str, ...]:
        """Return none: browsers send to us."""
        return ()

    def admit(self, origin: str) -> bool:
        """See the port; there is nothing to change."""
        return False

    def check(self) -> None:
        """See the port."""
        key = f"check/{secrets.token_hex(8)}"
        with self._fresh(key, durable=False) as file:
            file.write(b"ok")
        self._path(key).read_bytes()
        self.delete(key)

    def tidy(self, before: datetime) -> int:
        """See the port."""
        count = 0
        for path in self._temporary.glob("*"):
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                    path.unlink()
                    count += 1
        return count

    def close(self) -> None:
        """See the port."""

    def _path(self, key: str) -> Path:
        return self._root / object_key(key)

    def _folders_above(self, path: Path) -> Iterator[Path]:
        """Yield every folder that a file's name depends on, the store's own included."""
        while path != self._root:
            path = path.parent
            yield path

    @contextmanager
    def _fresh(self, key: str, durable: bool) -> Iterator[BinaryIO]:
        """Yield a file that takes its place under ``key`` once it is whole."""
        target, temporary = self._path(key), self._temporary / secrets.token_hex(8)
        try:
            with _full_is_told():
                with _opened_fresh(temporary) as file:
                    yield file
                    file.flush()
                    if durable:
                        os.fsync(file.fileno())
                _place(temporary, target, durable)
        except BaseException:
            with suppress(FileNotFoundError):
                temporary.unlink()
            raise


@contextmanager
def _full_is_told() -> Iterator[None]:
    try:
        yield
    except OSError as why:
        if why.errno in NO_ROOM:
            raise StorageFull("The storage is full. What arrived before is safe.") from None
        raise


def _opened_fresh(path: Path) -> BinaryIO:
    """Open a file that is not there yet, and perhaps not even its folder."""
    try:
        return path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")


def _place(temporary: Path, target: Path, durable: bool) -> None:
    """Rename into a folder that others may be deleting at this moment: it is made again as often as that."""
    for tries_left in reversed(range(DELETED_IN_A_ROW)):
        try:
            _make_folder(target.parent, durable)
            temporary.replace(target)
            break
        except DELETED_MEANWHILE:
            if not tries_left:
                raise
    if durable:
        with suppress(FileNotFoundError):  # placed, then deleted with its folder: nothing is left to be kept
            _sync(target.parent)


def _make_folder(folder: Path, durable: bool) -> None:
    """Make a folder and those above it; one that a power failure undid would take its files along."""
    if folder.is_dir():
        return
    _make_folder(folder.parent, durable)
    folder.mkdir(exist_ok=True)
    if durable:
        _sync(folder.parent)


def _sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, outlive a power failure."""
    with _descriptor(path) as descriptor:
        os.fsync(descriptor)


def _begin_to_write(path: Path) -> None:
    """Have the kernel write a file's bytes out from now on, and don't wait (Linux: what it does before it
    drops pages that it was told nobody needs)."""
    with _descriptor(path) as descriptor:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def _descriptor(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class _Part:
    """The first ``length`` bytes from where a file stands."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "_Part":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
