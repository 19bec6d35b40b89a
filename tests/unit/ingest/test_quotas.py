"""Nobody takes all the room: open uploads and bytes on their way are bounded."""

import pytest

from app.accounts.models import Organisation
from app.accounts.rights import Staff
from app.audit.actor import OPERATOR
from app.errors import Refused, TooLarge
from app.ingest import quotas, receive
from app.site import Site
from app.studies.models import Disc, DiscState
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
