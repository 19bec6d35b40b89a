import pytest
from sqlalchemy import select

from app.accounts import service, sessions
from app.accounts.models import ApiToken, Organisation, Role, StaffSession, User
from app.accounts.passwords import judge
from app.accounts.rights import Staff, StaffRight, may
from app.audit.actor import OPERATOR
from app.errors import NotFound, Refused, Unacceptable
from app.site import Site
from tests.conftest import Clock

NEW = "four unusual words here"


@pytest.fixture
def newcomer(site: Site, organisation: Organisation) -> service.NewUser:
    with site.sessions.begin() as session:
        return service.create_user(
            session, organisation, "Desk@Test.Example", Role.UPLOADER, by=OPERATOR, now=site.now()
        )


@pytest.fixture
def staff(site: Site, newcomer: service.NewUser) -> Staff:
    with site.sessions() as session:
        found = service.authenticate(session, newcomer.email, newcomer.one_time_password)
        assert found
        return found


def test_a_new_user_logs_in_with_the_one_time_password(site: Site, newcomer: service.NewUser) -> None:
    with site.sessions() as session:
        found = service.authenticate(session, " desk@test.example ", newcomer.one_time_password)
    assert found
    assert found.role is Role.UPLOADER
    assert found.user.must_change_password


@pytest.mark.parametrize(
    ("email", "password"), [("desk@test.example", "wrong"), ("nobody@test.example", "wrong")]
)
def test_a_wrong_login_is_nobody(site: Site, newcomer: service.NewUser, email: str, password: str) -> None:
    with site.sessions() as session:
        assert service.authenticate(session, email, password) is None


def test_a_password_a_mile_long_is_not_hashed(site: Site, newcomer: service.NewUser) -> None:
    with site.sessions() as session:
        assert service.authenticate(session, newcomer.email, "x" * 1_000_000) is None


def test_the_database_never_holds_a_password_or_a_token(
    site: Site, staff: Staff, newcomer: service.NewUser
) -> None:
    with site.sessions.begin() as session:
        token = sessions.create_token(session, staff, "import", by=OPERATOR, now=site.now())
        secret = sessions.open_session(session, staff, site.now())
    with site.sessions() as session:
        rows = [*session.scalars(select(User.password_hash)), *session.scalars(select(ApiToken.secret_hash))]
        rows += session.scalars(select(StaffSession.secret_hash))
    assert len(rows) == 3
    assert not any(word in row for row in rows for word in (newcomer.one_time_password, token, secret))


def test_changing_the_password_ends_the_one_time_one(
    site: Site, staff: Staff, newcomer: service.NewUser
) -> None:
    with site.sessions.begin() as session:
        service.change_password(session, staff, newcomer.one_time_password, NEW, by=OPERATOR, now=site.now())
    with site.sessions() as session:
        assert service.authenticate(session, newcomer.email, newcomer.one_time_password) is None
        found = service.authenticate(session, newcomer.email, NEW)
    assert found
    assert not found.user.must_change_password


def test_changing_the_password_needs_the_present_one(site: Site, staff: Staff) -> None:
    with site.sessions.begin() as session, pytest.raises(Refused):
        service.change_password(session, staff, "wrong", NEW, by=OPERATOR, now=site.now())


@pytest.mark.parametrize(
    "password", ["short", "x" * 129, "a" * 20, "desk-desk-desk-desk", "password1234567890"]
)
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(Unacceptable):
        judge(password, "desk@test.example")


def test_a_session_ends_when_idle_and_after_twelve_hours(site: Site, staff: Staff, clock: Clock) -> None:
    with site.sessions.begin() as session:
        secret = sessions.open_session(session, staff, clock())
    for _ in range(71):
        clock.advance(minutes=10)
        with site.sessions.begin() as session:
            assert sessions.find_session(session, secret, clock())
            sessions.touch_session(session, secret, clock())
    clock.advance(minutes=10)
    with site.sessions() as session:
        assert sessions.find_session(session, secret, clock()) is None
    with site.sessions.begin() as session:
        fresh = sessions.open_session(session, staff, clock())
    clock.advance(minutes=15)
    with site.sessions() as session:
        assert sessions.find_session(session, fresh, clock()) is None


def test_a_session_is_dead_after_logging_out(site: Site, staff: Staff) -> None:
    with site.sessions.begin() as session:
        secret = sessions.open_session(session, staff, site.now())
    with site.sessions.begin() as session:
        sessions.end_session(session, secret, site.now())
    with site.sessions() as session:
        assert sessions.find_session(session, secret, site.now()) is None


def test_a_disabled_user_is_out_at_once(site: Site, staff: Staff, organisation: Organisation) -> None:
    with site.sessions.begin() as session:
        secret = sessions.open_session(session, staff, site.now())
        service.disable_user(session, staff, by=OPERATOR, now=site.now())
    with site.sessions() as session:
        assert sessions.find_session(session, secret, site.now()) is None
        with pytest.raises(NotFound):
            service.find_user(session, organisation, staff.user.email)


def test_an_e_mail_address_serves_one_user(
    site: Site, newcomer: service.NewUser, organisation: Organisation
) -> None:
    with site.sessions.begin() as session, pytest.raises(Refused):
        service.create_user(
            session, organisation, "DESK@test.example", Role.ADMIN, by=OPERATOR, now=site.now()
        )


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@x,b@y", "a@x.example\r\nBcc: b@y.example", "a" * 500 + "@x.example"]
)
def test_what_is_no_e_mail_address_is_refused(site: Site, organisation: Organisation, email: str) -> None:
    with site.sessions.begin() as session, pytest.raises(Unacceptable):
        service.create_user(session, organisation, email, Role.VIEWER, by=OPERATOR, now=site.now())


def test_the_first_administrator_is_made_once(site: Site) -> None:
    with site.sessions.begin() as session:
        first = service.ensure_first_administrator(session, site.now())
    with site.sessions.begin() as session:
        again = service.ensure_first_administrator(session, site.now())
    assert first
    assert "@" in first.email
    assert again is None


def test_with_several_organisations_one_must_be_named(site: Site, organisation: Organisation) -> None:
    with site.sessions.begin() as session:
        assert service.the_organisation(session).slug == "test"
        service.create_organisation(session, "other", "Other Hospital", site.now())
        with pytest.raises(Unacceptable):
            service.the_organisation(session)
        assert service.the_organisation(session, "other").name == "Other Hospital"


def test_a_viewer_may_look_and_nothing_else() -> None:
    assert [right for right in StaffRight if may(Role.VIEWER, right)] == [StaffRight.SEE]
