"""Second factors: what a code is worth, how often, and what the database gives away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import select

from app.accounts import second_factor
from app.accounts.models import Organisation, RecoveryCode, SecondFactor
from app.accounts.rights import Staff
from app.accounts.second_factor import DIGITS, STEP_SECONDS, SecondFactors, Shown
from app.audit import Action
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.errors import Refused
from app.sealing import Sealer
from app.site import Site
from tests.conftest import Clock
from tests.second_factors import App, set_up
from tests.staff import a_member


@pytest.fixture
def staff(site: Site, organisation: Organisation) -> Staff:
    return a_member(site, organisation)


def check(site: Site, staff: Staff, typed: str, factors: SecondFactors | None = None) -> Shown | None:
    with site.sessions.begin() as session:
        return (factors or site.second_factors).check(session, staff, typed, by=OPERATOR, now=site.now())


def actions(site: Site) -> list[str]:
    """Return what the log holds, but for the letters about it."""
    with site.sessions() as session:
        told = select(AuditEntry.action).where(AuditEntry.action != Action.MAIL_QUEUED)
        return list(session.scalars(told.order_by(AuditEntry.at, AuditEntry.number)))


@pytest.mark.parametrize(
    ("at", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    """RFC 6238, appendix B, to the six digits that apps show."""
    totp = TOTP(b"12345678901234567890", DIGITS, SHA1(), STEP_SECONDS)
    assert totp.generate(at).decode() == code


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_the_code_of_now_and_of_a_clock_half_a_minute_off_is_taken(
    site: Site, staff: Staff, steps: int
) -> None:
    """S-04."""
    app, _ = set_up(site, staff)
    assert check(site, staff, app.code(site.now(), steps=steps)) is Shown.APP


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_the_code_of_another_time_is_worth_nothing(site: Site, staff: Staff, steps: int) -> None:
    app, _ = set_up(site, staff)
    assert check(site, staff, app.code(site.now(), steps=steps)) is None
    assert actions(site) == [Action.SECOND_FACTOR_SET, Action.SECOND_FACTOR_DENIED]


def test_a_code_is_taken_once(site: Site, staff: Staff) -> None:
    """S-04."""
    app, _ = set_up(site, staff)
    assert check(site, staff, app.code(site.now())) is Shown.APP
    assert check(site, staff, app.code(site.now())) is None
    assert check(site, staff, app.code(site.now(), steps=-1)) is None
    assert check(site, staff, app.code(site.now(), steps=1)) is Shown.APP


def test_the_code_that_set_it_up_does_not_log_in(site: Site, staff: Staff, clock: Clock) -> None:
    app, _ = set_up(site, staff)
    clock.advance(minutes=-5)
    assert check(site, staff, app.code(site.now())) is None


@pytest.mark.parametrize("written", ["{0} {1}", " {0}{1}\n", "{0}-{1}", "{0}\u00a0{1}"])
def test_spaces_in_a_code_do_not_matter(site: Site, staff: Staff, written: str) -> None:
    """S-04."""
    app, _ = set_up(site, staff)
    code = app.code(site.now())
    assert check(site, staff, written.format(code[:3], code[3:])) is Shown.APP


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "½" * 6, "x" * 40])
def test_what_is_no_code_is_worth_nothing(site: Site, staff: Staff, typed: str) -> None:
    set_up(site, staff)
    assert check(site, staff, typed) is None


def test_a_recovery_code_works_once_however_it_is_typed(site: Site, staff: Staff) -> None:
    """S-04."""
    _, codes = set_up(site, staff)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert check(site, staff, f" {codes[0].upper().replace('-', ' ')} ") is Shown.RECOVERY_CODE
    assert check(site, staff, codes[0]) is None
    assert check(site, staff, codes[1]) is Shown.RECOVERY_CODE
    with site.sessions() as session:
        assert second_factor.codes_left(session, staff) == len(codes) - 2


def test_new_recovery_codes_end_the_old_ones(site: Site, staff: Staff) -> None:
    _, codes = set_up(site, staff)
    with site.sessions.begin() as session:
        renewed = second_factor.renew_codes(session, staff, by=OPERATOR, now=site.now())
    assert check(site, staff, codes[0]) is None
    assert check(site, staff, renewed[0]) is Shown.RECOVERY_CODE


def test_nobody_elses_code_or_recovery_code_counts(
    site: Site, staff: Staff, organisation: Organisation
) -> None:
    set_up(site, staff)
    app, codes = set_up(site, a_member(site, organisation, email="other@test.example"))
    assert check(site, staff, app.code(site.now())) is None
    assert check(site, staff, codes[0]) is None


def test_a_secret_that_was_offered_to_somebody_else_is_not_taken_over(
    site: Site, staff: Staff, organisation: Organisation
) -> None:
    offer = site.second_factors.offer(a_member(site, organisation, email="other@test.example"))
    code = App(offer.secret).code(site.now())
    with site.sessions.begin() as session, pytest.raises(Refused, match="does not fit"):
        site.second_factors.set_up(session, staff, offer.sealed, code, by=OPERATOR, now=site.now())


def test_a_wrong_first_code_leaves_the_second_factor_of_before(site: Site, staff: Staff) -> None:
    app, _ = set_up(site, staff)
    offer = site.second_factors.offer(staff)
    with pytest.raises(Refused), site.sessions.begin() as session:
        site.second_factors.set_up(session, staff, offer.sealed, "000000", by=OPERATOR, now=site.now())
    assert check(site, staff, app.code(site.now())) is Shown.APP


def test_another_phone_takes_the_place_of_the_first(site: Site, staff: Staff) -> None:
    (first, old_codes), (second, _) = set_up(site, staff), set_up(site, staff)
    assert check(site, staff, first.code(site.now())) is None
    assert check(site, staff, old_codes[0]) is None
    assert check(site, staff, second.code(site.now())) is Shown.APP


def test_the_database_holds_neither_the_secret_nor_a_recovery_code(site: Site, staff: Staff) -> None:
    offer = site.second_factors.offer(staff)
    code = App(offer.secret).code(site.now())
    with site.sessions.begin() as session:
        codes = site.second_factors.set_up(session, staff, offer.sealed, code, by=OPERATOR, now=site.now())
    with site.sessions() as session:
        rows = [
            vars(row)
            for table in (SecondFactor, RecoveryCode, AuditEntry)
            for row in session.scalars(select(table))
        ]
    for secret in (offer.secret, *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in str(rows)


def test_a_login_moves_the_secret_under_the_newest_key(site: Site, staff: Staff, clock: Clock) -> None:
    app, _ = set_up(site, staff)
    old, new = site.config.secret_keys[0], b"a newer key that is long enough to be one too"
    assert check(site, staff, app.code(site.now()), SecondFactors((new, old))) is Shown.APP
    clock.advance(minutes=2)
    assert check(site, staff, app.code(site.now()), SecondFactors((new,))) is Shown.APP


def test_a_secret_whose_key_is_gone_is_said_to_be_lost(site: Site, staff: Staff) -> None:
    app, codes = set_up(site, staff)
    other = SecondFactors((b"quite another key that is long enough",))
    with pytest.raises(Refused, match="secret keys were changed"):
        check(site, staff, app.code(site.now()), other)
    assert check(site, staff, codes[0], other) is Shown.RECOVERY_CODE


def test_taking_it_away_ends_its_recovery_codes_too(site: Site, staff: Staff) -> None:
    app, codes = set_up(site, staff)
    with site.sessions.begin() as session:
        assert second_factor.take_away(session, staff, by=OPERATOR, now=site.now())
    assert check(site, staff, app.code(site.now())) is None
    assert check(site, staff, codes[0]) is None
    with site.sessions.begin() as session:
        assert not second_factor.take_away(session, staff, by=OPERATOR, now=site.now())


@pytest.mark.parametrize("shown", Shown)
def test_of_fifty_of_the_same_code_at_the_same_moment_one_is_taken(
    site: Site, staff: Staff, shown: Shown
) -> None:
    """S-04."""
    app, codes = set_up(site, staff)
    code = app.code(site.now()) if shown is Shown.APP else codes[0]
    with ThreadPoolExecutor(10) as pool:
        taken = list(pool.map(lambda _number: check(site, staff, code), range(50)))
    assert [one for one in taken if one] == [shown]


class Meanwhile(Sealer):
    """Opens what is sealed, and lets something else happen in the moment before that is used."""

    def __init__(self, secret_keys: tuple[bytes, ...], deed: Callable[[], object]) -> None:
        super().__init__(secret_keys, second_factor.SEALED_FOR)
        self.deed = Thread(target=deed)

    def unseal(self, sealed: bytes, owner_id: str) -> bytes:
        """Wait for the deed, but not for ever: it may have to wait for us."""
        self.deed.start()
        self.deed.join(0.5)
        return super().unseal(sealed, owner_id)


def test_a_code_of_the_old_phone_does_not_bring_it_back_while_it_is_replaced(
    site: Site, staff: Staff
) -> None:
    old, _ = set_up(site, staff)
    new: list[App] = []
    factors = SecondFactors(site.config.secret_keys)
    factors._sealer = sealer = Meanwhile(site.config.secret_keys, lambda: new.append(set_up(site, staff)[0]))
    check(site, staff, old.code(site.now()), factors)
    sealer.deed.join()
    assert check(site, staff, old.code(site.now(), steps=1)) is None
    assert check(site, staff, new[0].code(site.now())) is Shown.APP
