"""Names, dates, sizes and colours as people read them."""

import re
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask_babel import force_locale

from app.accounts.models import Organisation
from app.audit.actor import network
from app.web import words
from app.web.look import READABLE, WHITE, contrast, readable, stylesheet

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _page(app: Flask) -> object:
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Test^Patient", "Patient Test"),
        ("Test^Patient^Q^Dr^Jr", "Dr Patient Q Test, Jr"),
        ("Test", "Test"),
        ("^Patient", "Patient"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Tarou Yamada"),
        ("=山田^太郎", "太郎 山田"),
        ("^^^^", "No name"),
        ("", "No name"),
        ("Test^Patient^a^b^c^d^e", "b Patient a Test, c"),
    ],
)
def test_a_name_is_written_as_it_is_said(name: str, said: str) -> None:
    assert words.person(name) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("20260312", "12 March 2026"),
        ("2026.03.12", "12 March 2026"),
        ("20261399", "20261399"),
        ("about 1950", "about 1950"),
        ("", ""),
        (date(2027, 1, 14), "14 January 2027"),
    ],
)
def test_a_date_has_its_month_in_words_and_a_broken_one_stays_as_it_is(
    written: str | date, said: str
) -> None:
    assert words.day(written) == said


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("fr", "1er janvier 2027", "2 janvier 2027"),
        ("de", "1. Januar 2027", "2. Januar 2027"),
        ("es", "1 de enero de 2027", "2 de enero de 2027"),
        ("en", "1 January 2027", "2 January 2027"),
    ],
)
def test_the_first_of_a_month_is_written_as_its_language_does(language: str, first: str, second: str) -> None:
    with force_locale(language):
        assert (words.day("20270101"), words.day("20270102")) == (first, second)


def test_a_moment_is_told_on_the_hospitals_own_clock() -> None:
    there = Organisation(time_zone="America/New_York")
    assert words.moment(datetime(2026, 11, 24, 3, 30, tzinfo=UTC), there, NOW) == "yesterday, 22:30"
    assert words.moment(datetime(2026, 11, 24, 8, 30, tzinfo=UTC), there, NOW) == "today, 03:30"
    assert words.moment(datetime(2026, 3, 12, 14, 0, tzinfo=UTC), there, NOW) == "12 March 2026, 10:00"
    assert words.day(datetime(2026, 11, 24, 3, 30, tzinfo=UTC), there) == "23 November 2026"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1200, "1.2 kB"),
        (612_000_000, "612 MB"),
        (4_700_000_000, "4.7 GB"),
    ],
)
def test_a_size_is_short(number: int, said: str) -> None:
    assert words.size(number) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["1.5 GB", "612 MB", "1,204"]),
        ("de", ["1,5 GB", "612 MB", "1.204"]),
        ("fr", ["1,5 Go", "612 Mo", "1 204"]),
    ],
)
def test_numbers_are_written_as_the_language_does(language: str, said: list[str]) -> None:
    with force_locale(language):
        told = [words.size(1_500_000_000), words.size(612_000_000), words.count(1204)]
    assert [re.sub(r"\s", " ", number) for number in told] == said


@pytest.mark.parametrize("colour", ["#0b5cad", "#ffd400", "#ffffff", "#000000", "#7cc576"])
def test_any_colour_of_a_hospital_can_be_read(colour: str) -> None:
    assert contrast(readable(colour), WHITE) >= READABLE
    ink = stylesheet(colour).split("--accent-ink: ")[1][:7]
    assert contrast(colour, ink) >= READABLE


def test_a_home_has_one_address_whatever_it_numbers_itself() -> None:
    assert network("2001:db8:1:2::7") == network("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert network("2001:db8:1:3::7") != network("2001:db8:1:2::7")
    assert network("192.0.2.7") == "192.0.2.7"
    assert network("no address") == "no address"
