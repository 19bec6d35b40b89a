"""What ``app.storage.port`` promises, held against every adapter."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random
from urllib.request import urlopen

import pytest

from app.storage import ObjectNotFound, ObjectStore

IMPOSSIBLE = [
    "",
    "/",
    "/etc/passwd",
    "../up",
    "a/../../up",
    "a/./b",
    "a//b",
    ".temporary/x",
    "a/.hidden",
    "a\\b",
    "a b",
    "a\x00b",
    "a\nb",
    "ä",
    "a" * 2000,
    "c/" * 500 + "d",
]


class Dribble(BytesIO):
    """A source that gives a little at a time, as sockets do."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 1000) if size != -1 else -1)


class Broken(BytesIO):
    """A source that fails in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise ConnectionResetError("the sender has gone")
        return super().read(10)


def put(store: ObjectStore, key: str, data: bytes = b"some bytes") -> None:
    assert store.put(key, BytesIO(data)) == len(data)


def read(store: ObjectStore, key: str, start: int = 0, length: int | None = None) -> bytes:
    with store.open(key, start, length) as file:
        return file.read()


@pytest.mark.parametrize("durable", [True, False])
def test_what_is_put_is_read_again(store: ObjectStore, durable: bool) -> None:
    assert store.put("a/b", BytesIO(b"12345"), durable=durable) == 5
    assert read(store, "a/b") == b"12345"


def test_objects_are_made_durable_together(store: ObjectStore) -> None:
    store.put("a/b", BytesIO(b"12345"), durable=False)
    store.put("a/c/d", BytesIO(b"678"), durable=False)
    store.make_durable(["a/b", "a/c/d"])
    store.make_durable([])
    assert (read(store, "a/b"), read(store, "a/c/d")) == (b"12345", b"678")


def test_an_object_may_be_empty(store: ObjectStore) -> None:
    put(store, "a/empty", b"")
    assert (read(store, "a/empty"), store.info("a/empty").size) == (b"", 0)
    assert (read(store, "a/empty", 0, 10), read(store, "a/empty", 5)) == (b"", b"")


def test_only_what_is_left_of_the_source_is_stored(store: ObjectStore) -> None:
    source = BytesIO(b"before after")
    source.seek(7)
    assert store.put("a/b", source) == 5
    assert read(store, "a/b") == b"after"


def test_a_source_may_give_little_at_a_time(store: ObjectStore) -> None:
    data = bytes(range(256)) * 100
    assert store.put("a/b", Dribble(data)) == len(data)
    assert read(store, "a/b") == data


def test_a_large_object_comes_back_whole(store: ObjectStore) -> None:
    data = Random(1).randbytes(34 << 20)
    put(store, "a/large", data)
    assert store.info("a/large").size == len(data)
    assert read(store, "a/large", 20_000_000, 1 << 20) == data[20_000_000 : 20_000_000 + (1 << 20)]
    with store.open("a/large") as file:
        assert all(file.read(1 << 20) == data[at : at + (1 << 20)] for at in range(0, len(data), 1 << 20))
        assert file.read(1) == b""


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, 4, b"0123"),
        (3, 4, b"3456"),
        (7, None, b"789"),
        (7, 100, b"789"),
        (3, 0, b""),
        (10, None, b""),
        (50, 5, b""),
    ],
)
def test_a_part_of_an_object_is_read(
    store: ObjectStore, start: int, length: int | None, expected: bytes
) -> None:
    put(store, "a/b", b"0123456789")
    assert read(store, "a/b", start, length) == expected


def test_a_part_can_be_read_in_pieces(store: ObjectStore) -> None:
    put(store, "a/b", b"0123456789")
    with store.open("a/b", 2, 5) as file:
        assert [file.read(2), file.read(2), file.read(2), file.read(2)] == [b"23", b"45", b"6", b""]


def test_putting_again_replaces(store: ObjectStore) -> None:
    put(store, "a/b", b"the first, longer")
    put(store, "a/b", b"second")
    assert read(store, "a/b") == b"second"


def test_what_is_being_read_stays_whole_while_it_is_replaced(store: ObjectStore) -> None:
    put(store, "a/b", b"old" * 1000)
    with store.open("a/b") as file:
        first = file.read(3)
        put(store, "a/b", b"new" * 1000)
        assert set((first + file.read()).split(b"old")) == {b""}


def test_a_source_that_breaks_off_leaves_nothing(store: ObjectStore) -> None:
    with pytest.raises(ConnectionResetError):
        store.put("a/b", Broken(b"half of it"))
    assert not store.exists("a/b")
    assert list(store.keys("a/")) == []


def test_what_is_not_there_is_not_found(store: ObjectStore) -> None:
    put(store, "a/b/c")
    for key in ("a/b", "a", "a/b/c/d", "a/x"):
        assert not store.exists(key)
        for ask in (store.open, store.info):
            with pytest.raises(ObjectNotFound):
                ask(key)
        with pytest.raises(ObjectNotFound):
            store.open(key, 0, 0)
        with pytest.raises(ObjectNotFound):
            store.copy(key, "copied")
        assert store.delete(key) == 0
    assert read(store, "a/b/c") == b"some bytes"


@pytest.mark.parametrize("key", IMPOSSIBLE)
def test_a_key_cannot_lead_elsewhere(store: ObjectStore, key: str) -> None:
    for ask in (store.open, store.info, store.delete):
        with pytest.raises(ObjectNotFound):
            ask(key)
    assert not store.exists(key)
    assert store.local_path(key) is None
    with pytest.raises(ObjectNotFound):
        store.put(key, BytesIO(b"x"))
    with pytest.raises(ObjectNotFound):
        list(store.keys(f"{key}/"))


def test_a_folder_is_no_object(store: ObjectStore) -> None:
    for ask in (store.open, store.info):
        with pytest.raises(ObjectNotFound):
            ask("a/")
    assert not store.exists("a/")
    with pytest.raises(ObjectNotFound):
        store.put("a/", BytesIO(b"x"))
    with pytest.raises(ObjectNotFound):
        list(store.keys("a"))


def test_disc_1_is_not_a_prefix_of_disc_10(store: ObjectStore) -> None:
    put(store, "discs/1/a")
    put(store, "discs/10/a")
    assert list(store.keys("discs/1/")) == ["discs/1/a"]
    assert store.delete("discs/1/") == 1
    assert list(store.keys("discs/")) == ["discs/10/a"]


def test_keys_come_in_order(store: ObjectStore) -> None:
    names = ["a/b", "a/b-c", "a/b.c", "a/c/2", "a/c/10", "a/d/1", "a/b0", "a/B", "a/_", "a/10", "a/9"]
    for name in names:
        put(store, name)
    assert list(store.keys("a/")) == sorted(names)


def test_a_folder_of_many_is_listed_and_deleted(store: ObjectStore) -> None:
    names = [f"many/{number:06d}" for number in range(1200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: store.put(name, BytesIO(b"x"), durable=False), names))
    assert list(store.keys("many/")) == names
    assert store.delete("many/") == 1200
    assert list(store.keys("many/")) == []
    assert store.delete("many/") == 0


def test_deleting_tells_how_many_there_were(store: ObjectStore) -> None:
    put(store, "a/b")
    put(store, "a/c/d")
    assert store.delete("a/b") == 1
    assert store.delete("a/b") == 0
    assert store.delete("a/") == 1
    assert not store.exists("a/c/d")


def test_some_objects_are_deleted_together_whether_all_are_there_or_not(store: ObjectStore) -> None:
    names = [f"some/{number:06d}" for number in range(1100)]
    for name in (*names[::100], "some/other", "else/000000"):
        put(store, name)
    store.delete_all(names)
    store.delete_all([])
    assert list(store.keys("some/")) == ["some/other"]
    assert store.exists("else/000000")


def test_a_copy_is_independent(store: ObjectStore) -> None:
    put(store, "a/b", b"1")
    store.copy("a/b", "c/d")
    store.delete("a/b")
    assert read(store, "c/d") == b"1"


def test_info_tells_size_and_time(store: ObjectStore) -> None:
    put(store, "a/b", b"123")
    info = store.info("a/b")
    assert info.size == 3
    assert abs(info.modified_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_url_or_a_file_gives_the_bytes(store: ObjectStore) -> None:
    put(store, "a/b", b"123")
    url, path = store.signed_url("a/b", timedelta(minutes=1)), store.local_path("a/b")
    assert (url is None) != (path is None)
    if url:
        with urlopen(url) as answer:
            assert answer.read() == b"123"
    if path:
        assert path.read_bytes() == b"123"


def test_there_is_no_file_for_what_is_not_there(store: ObjectStore) -> None:
    assert store.local_path("a/b") is None


def test_a_fresh_store_works(store: ObjectStore) -> None:
    store.check()
    assert list(store.keys("check/")) == []


def test_tidying_leaves_what_is_whole_and_what_is_fresh(store: ObjectStore) -> None:
    put(store, "a/b")
    assert store.tidy(datetime.now(UTC) + timedelta(hours=1)) == 0
    assert read(store, "a/b") == b"some bytes"


def test_threads_may_share_a_store(store: ObjectStore) -> None:
    def round_trip(number: int) -> bool:
        data = bytes([number]) * (100_000 + number)
        put(store, f"threads/{number}", data)
        return read(store, f"threads/{number}") == data

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(round_trip, range(40)))


def test_of_two_writers_of_one_key_one_wins_whole(store: ObjectStore) -> None:
    start = threading.Barrier(4)

    def write(number: int) -> None:
        start.wait()
        put(store, "a/b", bytes([number]) * 500_000)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    found = read(store, "a/b")
    assert (len(found), len(set(found))) == (500_000, 1)


def test_a_folder_may_be_deleted_while_it_is_written_to(store: ObjectStore) -> None:
    def write(number: int) -> None:
        put(store, f"busy/deep/down/{number}", b"x")

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, number) for number in range(200)]
        while not all(one.done() for one in writing):
            store.delete("busy/")
    for one in writing:
        one.result()
    store.delete("busy/")
    assert list(store.keys("busy/")) == []
