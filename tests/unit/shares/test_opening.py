"""Opening a link with its PIN: right, wrong, too often, at once, too late."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR, Actor, ActorKind
from app.audit.models import AuditEntry
from app.errors import Gone, Refused, TooSoon, Unacceptable, VirtualCdError
from app.shares import pins, service, visits
from app.shares.attempts import LAST_FAILURE, delay_after
from app.shares.models import ShareKey, ShareState, VisitorSession
from app.site import Site
from app.studies.models import Disc, DiscState
from tests import factories
from tests.conftest import Clock

VISITOR = Actor(ActorKind.VISITOR, None, "192.0.2.1")


@pytest.fixture
def new(site: Site, organisation: Organisation) -> service.NewKey:
    return factories.a_share(site, organisation, factories.a_disc(site, organisation))


def key_of(site: Site, new: service.NewKey) -> ShareKey:
    with site.sessions() as session:
        return service.find_key(session, site.signer, new.token, site.now())


def enter(site: Site, new: service.NewKey, pin: str) -> service.Opened:
    return service.open_with_pin(
        site.sessions, site.signer, key_of(site, new), pin, by=VISITOR, now=site.now()
    )


def fail(site: Site, clock: Clock, new: service.NewKey, times: int, first: int = 1) -> None:
    """Give ``times`` different wrong answers, waiting as told."""
    for number in range(first, first + times):
        with pytest.raises(Refused):
            enter(site, new, factories.wrong_pin(new.pin, number))
        clock.advance(seconds=61)


def state(site: Site, new: service.NewKey) -> ShareState:
    with site.sessions() as session:
        return service.key_state(session.get_one(ShareKey, new.key_id), site.now())


def actions(site: Site) -> list[tuple[str, str | None]]:
    with site.sessions() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(e.action, e.details.get("reason")) for e in entries if not e.action.endswith("_created")]


def test_the_right_pin_opens_and_is_counted(site: Site, new: service.NewKey) -> None:
    opened = enter(site, new, f"{new.pin[:4]} {new.pin[4:]}")
    assert opened.share_id == new.share_id
    key = key_of(site, new)
    assert (key.uses, key.failures, key.share.uses, key.opened_at) == (1, 0, 1, site.now())
    assert actions(site) == [("opened", None)]


def test_only_a_hash_of_the_cookie_is_kept(site: Site, new: service.NewKey) -> None:
    secret = enter(site, new, new.pin).secret
    with site.sessions() as session:
        assert session.scalars(select(VisitorSession)).one().secret_hash not in (secret, "")


def test_ten_wrong_answers_freeze_the_key_for_good(site: Site, clock: Clock, new: service.NewKey) -> None:
    """F-01."""
    fail(site, clock, new, LAST_FAILURE - 1)
    assert state(site, new) is ShareState.LIVE
    fail(site, clock, new, 1, first=LAST_FAILURE)
    assert state(site, new) is ShareState.FROZEN
    clock.advance(days=1)
    with pytest.raises(service.Frozen):
        enter(site, new, new.pin)
    assert actions(site)[-3:] == [
        ("open_denied", "wrong_pin"),
        ("key_frozen", None),
        ("open_denied", "frozen"),
    ]
    assert key_of(site, new).uses == 0


def test_another_key_of_a_frozen_share_still_opens(
    site: Site, organisation: Organisation, clock: Clock, new: service.NewKey
) -> None:
    fail(site, clock, new, LAST_FAILURE)
    with site.sessions.begin() as session:
        fresh = factories.a_key(session, site, new.share_id, channel="reprint")
    assert enter(site, fresh, fresh.pin).share_id == new.share_id


def test_success_does_not_forgive_failures(site: Site, clock: Clock, new: service.NewKey) -> None:
    """F-06."""
    fail(site, clock, new, LAST_FAILURE - 1)
    enter(site, new, new.pin)
    clock.advance(seconds=61)
    fail(site, clock, new, 1, first=LAST_FAILURE)
    assert state(site, new) is ShareState.FROZEN


def test_malformed_answers_are_no_attempts(site: Site, new: service.NewKey) -> None:
    for typed in ("", "abc", "123", "1" * 1_000_000):
        with pytest.raises(Unacceptable):
            enter(site, new, typed)
    assert key_of(site, new).failures == 0
    assert actions(site) == []


@pytest.mark.parametrize("why", ["waiting", "ended", "frozen", "the same wrong answer"])
def test_answers_that_open_nothing_fill_no_log(
    site: Site, organisation: Organisation, clock: Clock, new: service.NewKey, why: str
) -> None:
    """A-01: whoever holds a link, and its PIN too, may type it as often as they like."""
    pin, reasons = new.pin, {"frozen": "frozen", "ended": "ended", "waiting": "waiting"}
    if why == "waiting":
        arriving = factories.a_disc(site, organisation, state=DiscState.INGESTING)
        new = factories.a_share(site, organisation, arriving)
        pin = new.pin
    elif why == "ended":
        with site.sessions.begin() as session:
            service.revoke(session, organisation.id, new.share_id, by=VISITOR, user_id=None, now=site.now())
    elif why == "frozen":
        fail(site, clock, new, LAST_FAILURE)
    else:
        pin = factories.wrong_pin(new.pin)
        fail(site, clock, new, 1)
    for _ in range(30):
        with pytest.raises(VirtualCdError):
            enter(site, new, pin)
    repeats = [reason for action, reason in actions(site) if action == "open_denied"]
    assert repeats.count(reasons.get(why, "wrong_pin")) == (1 if why in reasons else 2)


def test_a_program_that_has_the_pin_opens_a_link_only_so_often(
    site: Site, clock: Clock, new: service.NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each visit is a row and an entry of the log."""
    monkeypatch.setattr(visits, "MOST_AN_HOUR", 3)
    for _ in range(3):
        enter(site, new, new.pin)
    with pytest.raises(TooSoon):
        enter(site, new, new.pin)
    assert (key_of(site, new).uses, key_of(site, new).failures) == (3, 0)
    clock.advance(hours=1)
    enter(site, new, new.pin)


def test_the_same_wrong_answer_again_is_not_counted(site: Site, new: service.NewKey) -> None:
    wrong = factories.wrong_pin(new.pin)
    counted = []
    for _ in range(5):
        with pytest.raises(service.WrongPin) as caught:
            enter(site, new, wrong)
        counted.append(caught.value.counted)
    assert counted == [True, False, False, False, False]
    assert key_of(site, new).failures == 1


def test_the_right_answer_is_never_taken_for_a_repeated_one(site: Site, new: service.NewKey) -> None:
    for _ in range(3):
        enter(site, new, new.pin)
    assert key_of(site, new).failed_answer is None


def test_from_the_third_failure_on_answers_must_wait(site: Site, clock: Clock, new: service.NewKey) -> None:
    for number in (1, 2, 3):
        with pytest.raises(service.WrongPin):
            enter(site, new, factories.wrong_pin(new.pin, number))
    for pin in (new.pin, factories.wrong_pin(new.pin, 4)):
        with pytest.raises(TooSoon) as caught:
            enter(site, new, pin)
        assert caught.value.retry_after == 1
    assert key_of(site, new).failures == 3
    clock.advance(seconds=caught.value.retry_after)
    enter(site, new, new.pin)


def test_the_wait_grows_to_a_minute() -> None:
    waits = [delay_after(failures).total_seconds() for failures in range(10)]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60]


@pytest.fixture
def evaluations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The PINs that were hashed and compared."""
    evaluated: list[str] = []
    matches = pins.matches

    def counting(pin: str, hashed: str | None) -> bool:
        evaluated.append(pin)
        return matches(pin, hashed)

    monkeypatch.setattr(pins, "matches", counting)
    return evaluated


def outcome(site: Site, new: service.NewKey, pin: str) -> str:
    try:
        enter(site, new, pin)
    except VirtualCdError as why:
        return type(why).__name__
    return "Opened"


def test_of_fifty_wrong_answers_at_once_at_most_ten_are_evaluated(
    site: Site, new: service.NewKey, evaluations: list[str]
) -> None:
    """F-02."""
    wrong = [factories.wrong_pin(new.pin, number) for number in range(1, 51)]
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda pin: outcome(site, new, pin), wrong))
    assert 1 <= len(evaluations) <= LAST_FAILURE
    assert key_of(site, new).failures == len(evaluations) == outcomes.count("WrongPin")
    assert set(outcomes) <= {"WrongPin", "TooSoon", "Frozen"}


def test_without_delays_fifty_at_once_still_stop_at_ten(
    site: Site, new: service.NewKey, evaluations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-02, with the cap alone."""
    monkeypatch.setattr("app.shares.attempts.delay_after", lambda failures: timedelta(0))
    wrong = [factories.wrong_pin(new.pin, number) for number in range(1, 51)]
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda pin: outcome(site, new, pin), wrong))
    assert len(evaluations) == LAST_FAILURE
    assert set(outcomes) <= {"WrongPin", "Frozen"}
    assert state(site, new) is ShareState.FROZEN


def test_a_crash_while_checking_leaves_the_attempt_counted(
    site: Site, clock: Clock, new: service.NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(site, clock, new, LAST_FAILURE - 1)
    with monkeypatch.context() as patch:
        patch.setattr(pins, "matches", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            enter(site, new, new.pin)
    assert key_of(site, new).failures == LAST_FAILURE
    clock.advance(seconds=59)
    with pytest.raises(TooSoon):
        enter(site, new, new.pin)
    clock.advance(seconds=1)
    with pytest.raises(service.Frozen):
        enter(site, new, new.pin)


def test_an_ended_link_opens_nothing(
    site: Site, organisation: Organisation, clock: Clock, new: service.NewKey
) -> None:
    """T-05, T-11."""
    clock.advance(days=14, seconds=-1)
    enter(site, new, new.pin)
    clock.advance(seconds=1)
    with pytest.raises(Gone):
        enter(site, new, new.pin)
    clock.advance(hours=-1)  # the clock steps back: the row decides, whatever was answered before
    with site.sessions.begin() as session:
        service.revoke(session, organisation.id, new.share_id, by=OPERATOR, user_id=None, now=site.now())
    with pytest.raises(Gone):
        enter(site, new, new.pin)


def test_a_link_opens_as_often_as_allowed_even_at_once(site: Site, organisation: Organisation) -> None:
    new = factories.a_share(site, organisation, factories.a_disc(site, organisation), max_uses=2)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: outcome(site, new, new.pin), range(2)))
    assert outcomes == ["Opened", "Opened"]
    assert outcome(site, new, new.pin) == "Gone"
    assert state(site, new) is ShareState.USED_UP
    assert key_of(site, new).share.uses == 2


def test_the_right_pin_of_a_waiting_link_says_so_and_counts_no_use(
    site: Site, organisation: Organisation
) -> None:
    disc_id = factories.a_disc(site, organisation, state="ingesting")
    new = factories.a_share(site, organisation, disc_id, max_uses=1)
    with pytest.raises(service.StillWaiting):
        enter(site, new, new.pin)
    with pytest.raises(service.WrongPin):
        enter(site, new, factories.wrong_pin(new.pin))
    with site.sessions.begin() as session:
        service.fill_waiting(session, session.get_one(Disc, disc_id), site.now())
    assert outcome(site, new, new.pin) == "Opened"
