"""U-22: nobody takes all the room: open uploads, bytes on their way and bytes that are kept are bounded."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.accounts.rights import Staff
from app.audit.actor import OPERATOR
from app.errors import Refused, TooLarge
from app.ingest import quotas, receive
from app.shares.notes import erase_notes
from app.site import Site
from app.studies import retention
from app.studies.models import Disc, DiscState, Original
from tests.conftest import Clock
from tests.factories import ROOT, ct_series, read_through, received_disc
from tests.staff import a_member, an_organisation


@pytest.fixture
def staff(site: Site, organisation: Organisation) -> Staff:
    return a_member(site, organisation)


def begin(site: Site, staff: Staff) -> str:
    with site.sessions.begin() as session:
        receive.check_uploads(session, staff.organisation.id, staff.user.id)
        return receive.begin_disc(
            session,
            staff.organisation.id,
            source="browser",
            by=OPERATOR,
            created_by=staff.user.id,
            now=site.now(),
        ).id


def announce(site: Site, disc_id: str, size: int) -> None:
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        receive.announce(session, disc, [(f"IM{disc.files_announced}", size)])


def end(site: Site, disc_id: str, **changes: object) -> None:
    with site.sessions.begin() as session:
        for name, value in changes.items():
            setattr(session.get_one(Disc, disc_id), name, value)


def test_a_person_has_only_so_many_uploads_open(
    site: Site, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "USER_UPLOADS", 2)
    first, second = begin(site, staff), begin(site, staff)
    with pytest.raises(Refused, match="2 uploads open"):
        begin(site, staff)
    begin(site, a_member(site, staff.organisation, email="two@test.example"))
    end(site, first, state=DiscState.INGESTING)
    begin(site, staff)
    end(site, second, deleted_at=site.now())
    begin(site, staff)


def test_an_organisation_has_only_so_many_uploads_open(
    site: Site, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "ORGANISATION_UPLOADS", 1)
    begin(site, staff)
    with pytest.raises(Refused, match="Your organisation"):
        begin(site, a_member(site, staff.organisation, email="two@test.example"))
    begin(site, a_member(site, an_organisation(site), email="desk@other.example"))


@pytest.mark.parametrize("name", ["USER_BYTES", "ORGANISATION_BYTES"])
def test_only_so_many_bytes_are_on_their_way(
    site: Site, staff: Staff, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(quotas, name, 1000)
    first, second = begin(site, staff), begin(site, staff)
    announce(site, first, 900)
    with pytest.raises(TooLarge, match="on its way at once"):
        announce(site, second, 101)
    announce(site, second, 100)
    end(site, first, state=DiscState.READY)
    announce(site, second, 900)


@pytest.fixture
def kept(site: Site, organisation: Organisation, tmp_path: Path) -> int:
    """What a disc of three slices takes of the organisation's room, in bytes as they are stored."""
    disc_id = received_disc(site, organisation, ct_series(tmp_path / "disc", 3)[0].parent)
    read_through(site, disc_id)
    return used(site, organisation)


def used(site: Site, organisation: Organisation) -> int:
    with site.sessions() as session:
        return quotas.used_bytes(session, organisation.id)


def bound(site: Site, organisation: Organisation, quota: int | None) -> None:
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).quota_bytes = quota


def test_an_organisation_keeps_no_more_than_its_quota(site: Site, staff: Staff, kept: int) -> None:
    bound(site, staff.organisation, kept + 1000)
    disc_id = begin(site, staff)
    announce(site, disc_id, 600)
    with pytest.raises(TooLarge) as refused:
        announce(site, disc_id, 401)
    told = str(refused.value)
    assert "that your organisation may keep 400 bytes are free, and this is 401 bytes." in told
    assert "What is kept is safe, and nothing of this was taken." in told
    assert "Delete discs that nobody needs" in told
    announce(site, disc_id, 400)
    with pytest.raises(TooLarge, match="There is no room"):
        begin(site, staff)
    bound(site, staff.organisation, None)
    announce(site, disc_id, 401)


def refused(site: Site, organisation: Organisation, coming: int = 0) -> str:
    with site.sessions() as session, pytest.raises(TooLarge) as why:
        quotas.check_kept(session, organisation.id, coming)
    return str(why.value)


def test_who_keeps_more_than_a_new_bound_is_told_how_much_must_go(
    site: Site, organisation: Organisation, kept: int
) -> None:
    bound(site, organisation, kept)
    amount = quotas.amount(kept)
    assert f"your organisation keeps all of the {amount} that it may." in refused(site, organisation)
    bound(site, organisation, kept - 300)
    said = f"keeps {amount}, which is 300 bytes more than the {quotas.amount(kept - 300)} that it may keep"
    assert said in refused(site, organisation, 5000)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (257_000, "257 kB"),
        (2_000_000, "2.0 MB"),
        (12_300_000_000, "12 GB"),
        (2_000_000_000_000, "2,000 GB"),
    ],
)
def test_amounts_are_told_in_two_digits_at_least(number: int, told: str) -> None:
    assert quotas.amount(number) == told


def test_what_is_on_its_way_counts_until_it_is_kept_and_then_as_it_is_stored(
    site: Site, organisation: Organisation, kept: int, tmp_path: Path
) -> None:
    folder = tmp_path / "more"
    ct_series(folder, 2, SeriesInstanceUID=f"{ROOT}9")
    disc_id = received_disc(site, organisation, folder)
    assert used(site, organisation) == kept + sum(path.stat().st_size for path in folder.iterdir())
    read_through(site, disc_id)
    with site.sessions() as session:
        stored = sum(session.scalars(select(Original.stored_size)))
    assert used(site, organisation) == stored > kept


def test_the_same_bytes_are_kept_once_and_need_no_more_room(
    site: Site, organisation: Organisation, kept: int, tmp_path: Path
) -> None:
    read_through(site, received_disc(site, organisation, tmp_path / "disc"))
    assert used(site, organisation) == kept


def test_room_is_free_a_day_after_a_disc_was_deleted(
    site: Site, staff: Staff, kept: int, clock: Clock
) -> None:
    bound(site, staff.organisation, kept)
    with site.sessions.begin() as session:
        disc = session.scalars(select(Disc)).one()
        retention.delete_disc(session, disc, by=OPERATOR, now=site.now())
    with pytest.raises(TooLarge):
        begin(site, staff)
    clock.advance(hours=25)
    retention.purge_due(site.sessions, site.store, site.now(), erase_notes)
    assert used(site, staff.organisation) == 0
    begin(site, staff)


def test_an_import_that_has_no_room_begins_no_disc(
    site: Site, organisation: Organisation, kept: int, tmp_path: Path
) -> None:
    bound(site, organisation, kept + 100)
    ct_series(tmp_path / "more", 2, SeriesInstanceUID=f"{ROOT}9")
    with pytest.raises(TooLarge, match="There is no room"):
        received_disc(site, organisation, tmp_path / "more")
    with site.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Disc)) == 1


def test_another_organisations_room_is_its_own(site: Site, staff: Staff, kept: int) -> None:
    bound(site, staff.organisation, kept)
    other = an_organisation(site)
    assert used(site, other) == 0
    begin(site, a_member(site, other, email="desk@other.example"))
