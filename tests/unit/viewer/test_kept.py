"""What is kept of texts that are dear to make."""

from typing import NamedTuple

from app.viewer.kept import Kept


class Text(NamedTuple):
    size: int


def test_the_longest_unused_is_forgotten_first() -> None:
    kept: Kept[Text] = Kept(100)
    made: list[str] = []

    def get(key: str, size: int = 40) -> None:
        def make() -> Text:
            made.append(key)
            return Text(size)

        kept.get(key, make)

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key)
    assert made == ["a", "b", "c", "b"]
    get("huge", 101)
    get("a")
    assert made == ["a", "b", "c", "b", "huge"]
