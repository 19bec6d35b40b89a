"""Damage is found before a byte of it leaves, at any size and place, on every store."""

import random
from io import BytesIO

import pytest

from app.storage import ObjectStore
from app.storage.blocks import BLOCK, ObjectDamaged, block_sums, read_checked

WHOLE = random.Random(1).randbytes(3 * BLOCK + 12_345)
SUMS = block_sums(BytesIO(WHOLE))


def read(store: ObjectStore, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(read_checked(store, "objects/a", len(WHOLE), SUMS, start, end))


def test_any_part_is_that_part_of_the_whole(store: ObjectStore) -> None:
    store.put("objects/a", BytesIO(WHOLE))
    assert read(store) == WHOLE
    spans = [(0, 1), (BLOCK - 1, BLOCK + 1), (BLOCK, 2 * BLOCK), (5, 5), (len(WHOLE) - 1, len(WHOLE))]
    for start, end in spans:
        assert read(store, start, end) == WHOLE[start:end]


@pytest.mark.parametrize("at", [0, BLOCK, 2 * BLOCK + 77, len(WHOLE) - 1])
def test_a_flipped_bit_stops_the_reader_before_its_block(store: ObjectStore, at: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[at] ^= 1
    store.put("objects/a", BytesIO(damaged))
    got: list[bytes] = []
    with pytest.raises(ObjectDamaged, match="not what it was"):
        got.extend(read_checked(store, "objects/a", len(WHOLE), SUMS))
    assert b"".join(got) == WHOLE[: at // BLOCK * BLOCK]


def test_what_is_cut_short_or_gone_is_told(store: ObjectStore) -> None:
    with pytest.raises(ObjectDamaged, match="missing"):
        read(store)
    store.put("objects/a", BytesIO(WHOLE[:-1]))
    assert read(store, 0, BLOCK) == WHOLE[:BLOCK]
    with pytest.raises(ObjectDamaged, match="ends early"):
        read(store, 3 * BLOCK)


def test_an_empty_object_has_no_blocks(store: ObjectStore) -> None:
    store.put("objects/a", BytesIO(b""))
    assert block_sums(BytesIO(b"")) == b""
    assert list(read_checked(store, "objects/a", 0, b"")) == []
