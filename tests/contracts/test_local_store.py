"""What only a store in a folder has: files that others see, and a disk that fills up."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from app.errors import StorageFull
from app.storage import ObjectNotFound
from app.storage.local import LocalStore

VICTIM = """
import sys, time
from pathlib import Path
from app.storage.local import LocalStore

class Slow:
    def __init__(self): self.given = 0
    def read(self, size):
        if self.given:
            print("half", flush=True)
            time.sleep(60)
        self.given = size
        return bytes(size)

LocalStore(Path(sys.argv[1])).put("a/b", Slow())
"""


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_an_object_is_the_file_of_its_key(tmp_path: Path) -> None:
    LocalStore(tmp_path).put("a/b", BytesIO(b"1"))
    assert files(tmp_path) == ["a/b"]


def test_a_full_disk_keeps_what_was_there_and_nothing_else(small_disk: Path) -> None:
    store = LocalStore(small_disk)
    store.put("a/before", BytesIO(b"1" * 1000))
    with pytest.raises(StorageFull, match="safe"):
        store.put("a/large", BytesIO(bytes(8 << 20)))
    assert files(small_disk) == ["a/before"]
    assert store.put("a/small", BytesIO(b"2" * 1000)) == 1000


def test_a_full_disk_keeps_the_object_that_was_to_be_replaced(small_disk: Path) -> None:
    store = LocalStore(small_disk)
    store.put("a/b", BytesIO(b"the old"))
    with pytest.raises(StorageFull):
        store.put("a/b", BytesIO(bytes(8 << 20)))
    with store.open("a/b") as file:
        assert file.read() == b"the old"


def test_a_full_disk_is_not_ready(small_disk: Path) -> None:
    store = LocalStore(small_disk)
    store.check()
    with (small_disk / "other").open("wb", buffering=0) as other, suppress(OSError):
        while other.write(bytes(1 << 16)):
            pass
    with pytest.raises(StorageFull):
        store.check()


def test_a_writer_that_is_killed_leaves_no_object_and_is_tidied_after(tmp_path: Path) -> None:
    command = [sys.executable, "-c", VICTIM, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "half\n"
        os.kill(victim.pid, signal.SIGKILL)
    store = LocalStore(tmp_path)
    assert not store.exists("a/b")
    assert len(files(tmp_path)) == 1
    assert store.tidy(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.tidy(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file where a folder should be")
    with pytest.raises(OSError, match=r"exists|directory"):
        LocalStore(tmp_path).put("a/b", BytesIO(b"1"))
    assert files(tmp_path) == ["a"]


def test_a_folder_that_others_made_and_deleted_in_one_moment_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = os.mkdir

    def just_too_late(path: Path, *mode: int) -> None:
        if path.name == "a":
            monkeypatch.setattr(os, "mkdir", make)
            make(path)
        try:
            make(path, *mode)
        finally:
            if path.name == "a":
                path.rmdir()

    monkeypatch.setattr(os, "mkdir", just_too_late)
    LocalStore(tmp_path).put("a/b", BytesIO(b"1"))
    assert os.mkdir is make
    assert files(tmp_path) == ["a/b"]


@pytest.fixture
def synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was synced, by its path in the store, in order."""
    found: list[str] = []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        found.append(os.readlink(f"/proc/self/fd/{descriptor}").removeprefix(str(tmp_path)))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    return found


@pytest.mark.parametrize("durable", [True, False])
def test_what_is_durable_is_synced_with_its_folders(tmp_path: Path, synced: list[str], durable: bool) -> None:
    LocalStore(tmp_path).put("new/folder/b", BytesIO(b"1"), durable=durable)
    assert [name for name in synced if "temporary" not in name] == (
        ["", "/new", "/new/folder"] if durable else []
    )
    assert len(synced) == (4 if durable else 0)  # the file itself, before it takes its place


def test_what_is_made_durable_later_is_synced_before_its_folders_and_each_once(
    tmp_path: Path, synced: list[str]
) -> None:
    store = LocalStore(tmp_path)
    for key in ("new/folder/b", "new/folder/c", "new/d"):
        store.put(key, BytesIO(b"1"), durable=False)
    store.make_durable(["new/folder/b", "new/folder/c", "new/d"])
    assert synced[:3] == ["/new/folder/b", "/new/folder/c", "/new/d"]
    assert sorted(synced[3:]) == ["", "/new", "/new/folder"]


def test_what_is_gone_is_not_made_durable(tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFound):
        LocalStore(tmp_path).make_durable(["a/b"])
