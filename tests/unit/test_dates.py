"""DICOM's dates are read whole or not at all: half a date made whole would be somebody else's birthday."""

from datetime import date

import pytest

from app.dicom.agreement import Agreement, dates_agree
from app.requests.waiting import as_expected
from app.studies.models import DiscPatient
from app.translations.dates import read_da
from app.viewer.names import iso_date

DAY = date(1961, 5, 3)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("19610503", DAY),
        (" 19610503 ", DAY),
        ("1961.05.03", DAY),
        ("19610503101500.000+0100", DAY),
        ("196111", None),
        ("1961115", None),
        ("1961", None),
        ("1961.5.3", None),
        ("19610231", None),
        ("00000000", None),
        ("May 1961", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_read_whole_or_not_at_all(written: str | None, read: date | None) -> None:
    assert read_da(written) == read
    assert iso_date(written or "") == (read.isoformat() if read else None)


@pytest.mark.parametrize("written", ["19610503", "1961.05.03"])
def test_whom_staff_expect_is_born_on_the_day_that_the_disc_says(written: str) -> None:
    assert as_expected(DiscPatient(name="Test^Patient", birth_date=written, patient_id="1")).birth_date == DAY


def test_half_a_birth_date_agrees_with_nothing() -> None:
    assert dates_agree("196111", "196111") is Agreement.UNKNOWN
    assert dates_agree("196111", "19610111") is Agreement.UNKNOWN
