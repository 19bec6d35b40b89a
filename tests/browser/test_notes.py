"""Marks kept with a link, by real mouse and keys: by one visitor, before another, and before staff."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.accounts.models import Organisation
from app.shares.orders import NewKey
from tests.browser.conftest import Service
from tests.browser.test_tools import choose, disc_id, drag, exact, place, said, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

__all__ = ["disc_id"]
TEXT = "Is <i>this</i> new?"
YELLOW, PINK = "rgb(255, 216, 102)", "rgb(255, 158, 207)"


@pytest.fixture
def key(served: Service, disc_id: str) -> NewKey:
    return served.share(disc_id)


def keep(page: Page, name: str = "Dr Test", text: str = "") -> None:
    """Keep what is drawn, as that person."""
    page.get_by_role("button", name="Measuring", exact=True).click()
    page.get_by_role("button", name="Keep these marks with the link").click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("What they show").fill(text)
    page.get_by_role("button", name="Keep them").click()
    expect(page.locator("#notes-sheet")).to_be_visible()


def draw(page: Page) -> list[str]:
    """Measure a length on the first series' middle picture, and one two pictures on; return both figures."""
    choose(page, 0)
    page.keyboard.press("l")
    drag(page, (10, 12), (50, 52))
    first = said(page, "length")
    for number in (8, 9):
        page.keyboard.press("ArrowDown")
        expect(page.locator(".bottom-left").first).to_contain_text(f"{number} / 12")
    drag(page, (10, 12), (40, 20))
    return first + said(page, "length")


@contextmanager
def no_measuring(served: Service) -> Iterator[None]:
    """Let no visitor measure meanwhile."""
    try:
        set_measuring(served, False)
        yield
    finally:
        set_measuring(served, True)


def set_measuring(served: Service, allowed: bool) -> None:
    with served.site.sessions.begin() as session:
        session.query(Organisation).one().measuring = allowed


def stroke(page: Page, whose: str) -> str:
    drawn = page.locator(f".mark.{whose} path:not(.halo)")
    return str(drawn.evaluate("one => getComputedStyle(one).stroke"))


def test_who_holds_the_link_sees_the_marks_that_somebody_kept_and_cannot_change_them(
    served: Service, visit: Callable[..., Page], key: NewKey
) -> None:
    """And whoever may not measure sees them too."""
    writer = visit(key)
    told = draw(writer)
    draw_more(writer)
    keep(writer, text=TEXT)
    [line] = writer.locator("#notes-sheet li").all_inner_texts()
    assert "Dr Test" in line
    assert TEXT in line
    assert "marks: 7" in line

    writer.get_by_role("button", name="Show: Dr Test").click()
    expect(writer.locator(".mark")).to_have_count(2)
    assert [stroke(writer, whose) for whose in ("own", "noted")] == [YELLOW, PINK]

    with no_measuring(served):
        reader = visit(key)
    choose(reader, 1)
    expect(reader.get_by_role("button", name="Measuring", exact=True)).to_have_count(0)
    reader.get_by_role("button", name="Notes").click()
    reader.get_by_role("button", name="Show: Dr Test").click()
    noted = reader.locator(".mark.noted")
    expect(noted).to_have_count(1)
    assert said(reader, "length") == told[:1]
    bar = reader.locator(".noted:not(.mark)")
    expect(bar).to_contain_text(TEXT)
    drag(reader, (50, 52), (20, 20))  # where its end is: nothing takes hold of it
    assert said(reader, "length") == told[:1]
    expect(reader.locator(".mark.own")).to_have_count(0)
    reader.keyboard.press("Delete")
    expect(noted).to_have_count(1)
    reader.get_by_role("button", name="Next picture with marks").click()
    expect(reader.locator("#scrubber output")).to_have_text("9 / 12")
    expect(noted).to_have_count(6)
    assert said(reader, "length") == told[1:]
    expect(reader.locator(".mark.noted.arrow")).to_have_text("here")
    reader.get_by_role("button", name="Hide these marks").click()
    expect(noted).to_have_count(0)
    expect(bar).to_be_hidden()


def draw_more(page: Page) -> None:
    """Make a mark of every other kind on the picture in view."""
    for key, ends in (("b", ((20, 20), (30, 30))), ("e", ((35, 35), (45, 45))), ("v", ((5, 5), (5, 5)))):
        page.keyboard.press(key)
        drag(page, *ends)
    page.keyboard.press("a")
    drag(page, (50, 20), (20, 40))
    page.mouse.click(*place(page, (50, 55)))
    page.keyboard.press("t")
    drag(page, (60, 60), (50, 60))
    page.locator("dialog[open] input").fill("here")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".mark.own")).to_have_count(6)


def test_nothing_is_kept_without_marks_or_a_name(visit: Callable[..., Page], key: NewKey) -> None:
    page = visit(key)
    choose(page, 0)
    expect(page.get_by_role("button", name="Notes")).to_be_hidden()
    page.get_by_role("button", name="Measuring", exact=True).click()
    button = page.get_by_role("button", name="Keep these marks with the link")
    expect(button).to_be_disabled()
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    drag(page, (10, 12), (50, 52))
    page.get_by_role("button", name="Measuring", exact=True).click()
    button.click()
    page.get_by_role("button", name="Keep them").click()
    expect(page.locator("#note-sheet")).to_be_visible()
    expect(page.get_by_role("button", name="Notes")).to_be_hidden()


def test_marks_that_could_not_be_kept_are_still_there(visit: Callable[..., Page], key: NewKey) -> None:
    page = visit(key, forgiving=True)
    choose(page, 0)
    page.keyboard.press("l")
    drag(page, (10, 12), (50, 52))
    answers = iter([("abort", None), ("fulfill", 500), ("fulfill", 429), ("fulfill", 403)])

    def answer(route: Any) -> None:
        kind, status = next(answers)
        if kind == "abort":
            route.abort()
        else:
            route.fulfill(status=status, json={})

    page.route("**/notes", answer)
    page.get_by_role("button", name="Measuring", exact=True).click()
    page.get_by_role("button", name="Keep these marks with the link").click()
    page.get_by_label("Your name").fill("Dr Test")
    for words in ("You are offline", "could not be kept", "within the hour", "takes no more notes"):
        page.get_by_role("button", name="Keep them").click()
        expect(page.locator("#note-sheet .problem")).to_contain_text(words)
    page.keyboard.press("Escape")
    assert len(said(page, "length")) == 1


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_notes_shut_nobody_out(visit: Callable[..., Page], key: NewKey, phone: bool) -> None:
    writer = visit(key)
    draw(writer)
    keep(writer, "Dr " + "Test" * 19, "word " * 99)
    page = visit(key, phone=phone)
    exact(page.locator("#stage"))
    seen = violations(page)
    page.get_by_role("button", name="Notes").click()
    seen += violations(page)
    page.get_by_role("button", name="Show: Dr Test").click()
    expect(page.locator(".mark.noted")).to_have_count(1)
    seen += violations(page)
    page.evaluate("document.querySelector('.menu [aria-label^=Keep]').disabled = false")
    page.evaluate("document.querySelector('.menu [aria-label^=Keep]').click()")
    seen += violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen == []


def test_staff_read_the_note_and_take_it_away(visit: Callable[..., Page], desk: Page, key: NewKey) -> None:
    writer = visit(key)
    draw(writer)
    keep(writer, text=TEXT)
    desk.goto(f"/shares/{key.share_id}")
    notes = desk.get_by_role("region", name="Notes")
    expect(notes).to_contain_text(TEXT)
    expect(notes).to_contain_text("2 marks")
    notes.locator("summary").click()
    desk.get_by_role("button", name="Delete the note").click()
    expect(desk.get_by_role("region", name="Notes")).to_have_count(0)
    writer.reload()
    exact(writer.locator("#stage"))
    expect(writer.get_by_role("button", name="Notes")).to_be_hidden()
