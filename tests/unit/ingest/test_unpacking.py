"""Archives are read by a child of the sandbox, and what it says is held against bounds."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest

from app.errors import TooLarge
from app.ingest import unpacking
from app.ingest.entries import Entry, Unreadable
from app.ingest.sandbox import Sandbox
from app.ingest.unpacking import TOO_HARD
from tests.factories import zipped
from tests.takenover import TAKEN_OVER, UNGUARDED_BOOT


@pytest.fixture(scope="module")
def taken_over() -> Iterator[Sandbox]:
    with Sandbox(1, boot=TAKEN_OVER) as sandbox:
        yield sandbox


def content(entry: Entry, step: int = 7) -> bytes:
    assert entry.open
    with entry.open() as file:
        return b"".join(iter(lambda: file.read(step), b""))


def why_not(entry: Entry) -> str:
    with pytest.raises(Unreadable) as refused:
        content(entry)
    return str(refused.value)


WORDS = (
    "listing = 'kind' in request\ngiving = request.get('entry')\nresult = {}\n"
    "def entries(*rows): return {'entries': [list(row) for row in rows]}\n"
)


@contextmanager
def opened(sandbox: Sandbox, code: str) -> Iterator[list[Entry]]:
    """Open an archive whose child runs ``code``: ``listing`` when it lists, ``giving`` an entry's number."""
    data = b"RUN:" + (WORDS + code).encode()
    with sandbox.opened("zip", BytesIO(data), len(data)) as found:
        yield found


@pytest.mark.parametrize("boot", [None, UNGUARDED_BOOT], ids=["all walls", "system calls alone"])
def test_a_zip_is_unpacked_behind_the_walls(boot: str | None) -> None:
    files = {f"IM{number}": bytes([number]) * (2 << 20) for number in range(3)}
    data = zipped(**files, LAST=b"last")
    with (
        Sandbox(1, **({"boot": boot} if boot else {})) as sandbox,
        sandbox.opened("zip", BytesIO(data), len(data)) as entries,
    ):
        assert {entry.path: content(entry, 70_001) for entry in entries} == files | {"LAST": b"last"}
        assert content(entries[1], 70_001) == files["IM1"], "entries come in any order, and again"


@pytest.mark.parametrize(
    "row",
    [
        "('a', -1, None, None)",
        "('a', 10, -1, None)",
        "('a', 10, 1 << 40, None)",
        "('a' * 5000, 1, None, None)",
        "('a', 'b', None, None)",
        "('a',)",
    ],
)
def test_a_list_beyond_the_bounds_counts_for_nothing(taken_over: Sandbox, row: str) -> None:
    code = f"result = entries(('good', 1, None, None), {row})"
    with pytest.raises(Unreadable, match=TOO_HARD), opened(taken_over, code):
        pass


@pytest.mark.parametrize(
    "code",
    [
        "result = {'entries': 5}",
        "emit(b'x' * 100)",
        "ask.raw._fetch(0, 1 << 30)",
        "ask.raw._fetch(-5, 10)",
        "raise SystemExit",
        "while True: pass",
    ],
)
def test_a_child_that_breaks_the_rules_opens_nothing(taken_over: Sandbox, code: str) -> None:
    with pytest.raises(Unreadable, match=TOO_HARD), opened(taken_over, code):
        pass


def test_too_many_entries_are_too_large(taken_over: Sandbox) -> None:
    code = f"result = entries(*[('a', 1, None, None)] * {unpacking.MAX_ENTRIES + 1})"
    with pytest.raises(TooLarge), opened(taken_over, code):
        pass


@pytest.mark.parametrize(
    "gives",
    ["emit(b'1234567')", "emit(b'123')", "emit(b'12345'); raise SystemExit", "emit(b'1' * (5 << 20))"],
)
def test_an_entry_that_is_not_what_was_announced_is_refused_and_the_next_comes(
    taken_over: Sandbox, gives: str
) -> None:
    code = (
        "if listing: result = entries(('bad', 5, None, None), ('good', 4, None, None))\n"
        f"elif giving == 0:\n    {gives}\n"
        "else: emit(b'good')"
    )
    with opened(taken_over, code) as (bad, good):
        assert why_not(bad) == TOO_HARD
        assert content(good) == b"good"


def test_an_archive_costs_few_children(taken_over: Sandbox) -> None:
    code = (
        "if listing: result = entries(*[('a', 5, None, None)] * 9)\n"
        f"else: raise SystemExit(0 if giving < {unpacking.MOST_DEATHS} else 'never asked')"
    )
    with opened(taken_over, code) as entries:
        assert {why_not(entry) for entry in entries} == {TOO_HARD}


def test_what_is_left_unread_of_an_entry_does_not_reach_the_next(taken_over: Sandbox) -> None:
    data = zipped(LARGE=bytes(3 << 20), SMALL=b"small")
    with taken_over.opened("zip", BytesIO(data), len(data)) as (large, small):
        assert large.open
        with large.open() as file:
            assert file.read(3) == bytes(3)
        assert content(small) == b"small"
