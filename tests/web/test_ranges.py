"""What a Range header asks for."""

import pytest

from app.web.ranges import Span, Unsatisfiable, wanted

TAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("", None),
        ("items=0-5", None),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=2-", Span(2, 10)),
        ("bytes=2-99", Span(2, 10)),
        ("bytes=-3", Span(7, 10)),
        ("bytes=-99", Span(0, 10)),
        ("Bytes = 1 - 2", Span(1, 3)),
    ],
)
def test_one_range_or_the_whole(header: str | None, span: Span | None) -> None:
    assert wanted(header, None, TAG, 10) == span


@pytest.mark.parametrize(
    "header",
    [
        "bytes=10-",
        "bytes=5-4",
        "bytes=-0",
        "bytes=-",
        "bytes=0-1,3-4",
        "bytes=a-b",
        "bytes=1--2",
        "bytes=" + "9" * 99 + "-",
    ],
)
def test_what_cannot_be_satisfied_is_said_so(header: str) -> None:
    """D-02."""
    with pytest.raises(Unsatisfiable):
        wanted(header, None, TAG, 10)


@pytest.mark.parametrize("if_range", ['"other"', 'W/"abc"', "abc", "Tue, 24 Nov 2026 09:00:00 GMT"])
def test_another_version_is_sent_whole(if_range: str) -> None:
    assert wanted("bytes=1-2", if_range, TAG, 10) is None


def test_the_same_version_goes_on() -> None:
    assert wanted("bytes=1-2", TAG, TAG, 10) == Span(1, 3)
