"""Unique identifiers: one normalisation everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dicom import uids


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2", "0", "1.0.3", "1." + "9" * 62])
def test_valid_uids(uid: str) -> None:
    assert uids.is_valid(uid)


@pytest.mark.parametrize("uid", ["", ".", "1..2", "1.2.", "1.02", "1.2.a", "1.2\n", "1." + "9" * 63, "１.２"])
def test_invalid_uids(uid: str) -> None:
    assert not uids.is_valid(uid)


@pytest.mark.parametrize("uid", ["1.2.3", "1.2.3\0", " 1.2.3  ", "1.02.003", "01.2.3"])
def test_padding_and_leading_zeros_make_no_second_study(uid: str) -> None:
    """U-19."""
    assert uids.index_uid(uid, "x") == "1.2.3"


@given(st.text(max_size=100), st.text(max_size=10))
def test_whatever_a_file_says_the_index_gets_a_valid_uid_that_stays(uid: str, otherwise: str) -> None:
    found = uids.index_uid(uid, otherwise)
    assert uids.is_valid(found)
    assert uids.index_uid(uid, otherwise) == found
    assert uids.index_uid(found, "other") == found


def test_an_absent_uid_goes_by_the_file_and_a_bad_one_by_its_text() -> None:
    assert uids.index_uid("", "file a") != uids.index_uid("", "file b")
    assert uids.index_uid("bad", "file a") == uids.index_uid("bad", "file b")


def test_people_read_names() -> None:
    assert uids.name_of(uids.IMPLICIT_LITTLE) == "Implicit VR Little Endian"
    assert uids.name_of("1.2.3") == "1.2.3"
    assert uids.is_transfer_syntax("1.2.840.10008.1.2.4.90")
    assert not uids.is_transfer_syntax("1.2.840.10008.5.1.4.1.1.2")
