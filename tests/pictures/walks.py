"""The ways of visitors, each to its end: a picture of every page that they meet."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Page, expect

from app.bundles.of_share import Bundles
from app.bundles.stream import stream
from app.jobs.queries import is_idle
from app.requests.models import SenderVisit
from app.requests.service import NewRequestKey
from app.shares.codes import new_code
from app.shares.models import Share
from app.shares.orders import NewKey
from app.workers.loop import work_through
from tests import factories
from tests.chromium import DESKTOP, PHONE
from tests.pictures.album import Album
from tests.pictures.hospital import Hospital

MISTYPED = "KM4T-7WQX-3HRP-D"
Walk = Callable[[Album, Hospital], None]


def press(page: Page, selector: str = "main button.primary") -> None:
    """Press a button that leads to another page."""
    page.click(selector)
    page.wait_for_load_state()


def enter(page: Page, key: NewKey | NewRequestKey) -> None:
    """Open a link with its PIN."""
    page.goto(f"/{'s' if isinstance(key, NewKey) else 'r'}/{key.token}")
    page.fill("#pin", key.pin or "")
    press(page)


def unfold(page: Page) -> None:
    """Open whatever is folded."""
    for fold in page.locator("summary:visible").all():
        fold.click()


def links(album: Album, hospital: Hospital) -> None:
    """A link, from the first look to wrong PINs."""
    key, by_mail = hospital.link(), hospital.link(factor="mail", email="patient@test.example")
    with album.visitor() as page:
        page.goto(f"/s/{key.token}")
        album.take(page, "link")
        unfold(page)
        album.take(page, "link-help")
        page.fill("#pin", "123")
        press(page)
        album.take(page, "link-malformed-pin")
        page.fill("#pin", factories.wrong_pin(key.pin or ""))
        press(page)
        album.take(page, "link-wrong-pin")
        hospital.tried(key, 8)
        page.fill("#pin", factories.wrong_pin(key.pin or "", 2))
        press(page)
        album.take(page, "link-too-soon")
        hospital.freeze(key)
        page.goto(f"/s/{key.token}")
        album.take(page, "link-frozen")
        page.goto(f"/s/{by_mail.token}")
        album.take(page, "link-by-mail")
        page.fill("#email", "patient@test.example")
        press(page, "form[action$=code] button")
        album.take(page, "link-code-sent")
        page.fill("#pin", "12345678")
        press(page)
        album.take(page, "link-wrong-code")
        page.goto(f"/s/{hospital.waiting().token}")
        album.take(page, "link-waiting")


def ends(album: Album, hospital: Hospital) -> None:
    """Links that ended, each in its way, and asking for a new one."""
    ended = hospital.ended()
    with album.visitor() as page:
        for how, key in ended.items():
            page.goto(f"/s/{key.token}")
            album.take(page, f"ended-{how}")
        page.goto(f"/s/{ended['expired'].token}")
        page.fill("#call-back", "call me!")
        press(page)
        album.take(page, "ask-malformed")
        page.fill("#call-back", "+1 555 0199")
        press(page)
        album.take(page, "ask-sent")


def codes(album: Album, hospital: Hospital) -> None:
    """A code typed from a slip, and what can be wrong with it or with a link."""
    key, site = hospital.link(), hospital.served.site
    with album.visitor() as page:
        page.goto("/go")
        unfold(page)
        album.take(page, "go")
        for name, typed in (("typing-error", MISTYPED), ("unknown", new_code())):
            page.fill("#code", typed)
            press(page)
            album.take(page, f"go-{name}")
        page.goto(f"/s/{site.signer.ticket(key.key_id, site.now() - timedelta(hours=1))}")
        album.take(page, "go-lapsed")
        page.goto("/s/unknown")
        album.take(page, "unknown")
        page.goto("/view/unknown")
        album.take(page, "view-unknown")
        foreign = f"<form method=post action='{hospital.served.url}/s/{key.token}'><button>Go</button></form>"
        page.goto(f"data:text/html,{foreign}")
        press(page, "button")
        album.take(page, "foreign-page")


def looking(album: Album, hospital: Hospital) -> None:
    """The viewer on a phone and on a desk, its sheets, and the ways out of it."""
    key, only = hospital.link(), hospital.link(allow=("view",))
    with album.visitor() as page:
        enter(page, key)
        drawn(page)
        album.take(page, "view")
        for sheet in ("report", "save"):
            page.click(f".bar [data-sheet={sheet}]")
            album.take(page, f"view-{sheet}")
            page.keyboard.press("Escape")
        enter(page, only)
        drawn(page)
        album.take(page, "view-only")
        page.click(".bar [data-sheet=save]")
        album.take(page, "view-only-save")
        page.goto(f"/view/{only.share_id}/give")
        album.take(page, "view-not-allowed")
        enter(page, only)
        press(page, ".actions button.quiet")
        album.take(page, "view-left")
        hospital.forget_visits()
        page.goto(f"/view/{key.share_id}")
        album.take(page, "view-away")
        enter(page, key)
        hospital.end(key)
        page.goto(f"/view/{key.share_id}")
        album.take(page, "view-ended")
    with album.visitor(DESKTOP) as page:
        key = hospital.link()
        enter(page, key)
        drawn(page)
        album.take(page, "desk-view")
        for sheet in ("report", "save", "give"):
            page.click(f".actions [data-sheet={sheet}]")
            album.take(page, f"desk-view-{sheet}")
            page.keyboard.press("Escape")


def drawn(page: Page) -> None:
    """Wait until the exact picture is there."""
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact", timeout=30_000)


def giving(album: Album, hospital: Hospital) -> None:
    """Give to a doctor, with our script and without; who looked."""
    key = hospital.link()
    with album.visitor() as page:
        enter(page, key)
        drawn(page)
        page.click(".bar [data-sheet=give]")
        album.take(page, "give")
        page.click("#give-sheet .primary")
        expect(page.locator(".give-qr")).to_be_visible()
        unfold(page)
        album.take(page, "give-code")
        page.goto(f"/view/{key.share_id}/give")
        album.take(page, "give-plain")
        press(page)
        unfold(page)
        album.take(page, "give-plain-code")
        page.goto(f"/view/{key.share_id}/history")
        unfold(page)
        album.take(page, "history")
    with album.visitor(java_script_enabled=False) as page:
        enter(page, key)
        page.screenshot(path=album.folder / "view-no-script.png")


def copies(album: Album, hospital: Hospital) -> None:
    """A copy without compression is made; a copy is checked; what lies in it is read."""
    key, site, folder = hospital.link(), hospital.served.site, hospital.scratch
    with album.visitor() as page:
        enter(page, key)
        page.goto(f"/view/{key.share_id}/compatible")
        album.take(page, "compatible")
        press(page)
        album.take(page, "compatible-making")
        with site.sessions() as session:
            version_id = session.get_one(Share, key.share_id).versions[-1].id
        work_through(site, version_id, lambda: is_idle(site.sessions, version_id))
        expect(page.locator("a[download]")).to_have_count(2)  # the page comes anew by itself
        album.take(page, "compatible-ready")
        page.goto("/verify")
        album.take(page, "verify")
        whole = _bundle(hospital, key, folder)
        for name, copy in (("whole", whole), ("changed", _changed(whole)), ("no-copy", Path(__file__))):
            page.set_input_files("#file", copy)
            expect(page.locator("#result")).to_be_visible()
            album.take(page, f"verify-{name}")
            page.goto("/verify")
    with ZipFile(whole) as archive:
        archive.extractall(folder / "copy")
    with album.visitor(home="file:") as page:
        for name in ("INDEX", "IHE_PDI/STUDY001", "IHE_PDI/REP00001"):
            page.goto((folder / "copy" / f"{name}.HTM").as_uri())
            album.take(page, f"copy-{Path(name).name.lower()}")
        page.goto((folder / "copy" / "IHE_PDI/VIEWER.HTM").as_uri())
        drawn(page)
        album.take(page, "copy-viewer")


def _bundle(hospital: Hospital, key: NewKey, folder: Path) -> Path:
    site, path = hospital.served.site, folder / "copy.zip"
    with site.sessions() as session:
        share = session.get_one(Share, key.share_id)
        plan = Bundles(site.store, site.documents, hospital.served.url).plan_of(
            session, share, share.organisation
        )
    path.write_bytes(b"".join(stream(plan.archive, site.store)))
    return path


def _changed(copy: Path) -> Path:
    """Return a copy of which one file differs and one is missing."""
    path = copy.with_name("changed.zip")
    with ZipFile(copy) as old, ZipFile(path, "w") as new:
        first, second = [name for name in old.namelist() if name.startswith("PT")][:2]
        for name in old.namelist():
            if name != first:
                new.writestr(name, b"something else" if name == second else old.read(name))
    return path


def asked(album: Album, hospital: Hospital) -> None:
    """Images are asked for: the link, what is sent, and every end of it."""
    key = hospital.request(max_discs=2)
    disc = factories.ct_series(hospital.scratch / "asked", 3)
    two = hospital.scratch / "two"
    factories.two_patients(two)
    with album.visitor() as page:
        page.goto(f"/r/{key.token}")
        album.take(page, "request")
        page.fill("#pin", factories.wrong_pin(key.pin))
        press(page)
        album.take(page, "request-wrong-pin")
        enter(page, key)
        album.take(page, "send")
        page.set_input_files("#files", sorted(path for path in two.rglob("*") if path.is_file()))
        expect(page.locator(".who-found h3")).to_have_count(2)
        album.take(page, "send-two-patients")
        page.reload()
        page.set_input_files("#files", disc)
        expect(page.locator("#send")).to_be_enabled()
        album.take(page, "send-chosen")
        page.click("#send")
        expect(page.locator(".sent")).to_be_visible()
        album.take(page, "send-arrived")
        hospital.freeze(key)
        page.goto(f"/r/{key.token}")
        album.take(page, "request-frozen")
        filled = hospital.request()
        enter(page, filled)
        page.set_input_files("#files", disc)
        expect(page.locator("#send")).to_be_enabled()
        page.click("#send")
        expect(page.locator(".all-here")).to_be_visible()
        album.take(page, "send-filled")
        page.goto(f"/r/{filled.token}")
        album.take(page, "request-filled")
        hospital.forget_visits(SenderVisit)
        page.goto(f"/send/{filled.request_id}")
        album.take(page, "send-away")
        hospital.end(key)
        page.goto(f"/r/{key.token}")
        album.take(page, "request-ended")
        page.goto(f"/send/{key.request_id}")
        album.take(page, "send-ended")
        page.goto("/send/unknown")
        album.take(page, "send-unknown")


def letters(album: Album, hospital: Hospital) -> None:
    """What is sent by e-mail, on a telephone and at a desk, by day and by night."""
    sent = hospital.letters()
    for width, size in (("narrow", PHONE), ("wide", DESKTOP | {"viewport": {"width": 700, "height": 900}})):
        for scheme in ("light", "dark"):
            with album.visitor(size, color_scheme=scheme) as page:
                for what, letter in sent.items():
                    html = letter.get_body(("html",))
                    assert html
                    page.set_content(html.get_content())
                    album.take(page, f"letter-{what}-{width}-{scheme}")


def pauses(album: Album, hospital: Hospital) -> None:
    """Too many wrong tries from one network: the last walk, since it shuts this one out."""
    with album.visitor() as page:
        for _ in range(30):
            page.request.post("/go", form={"code": new_code()})
        page.goto("/go")
        page.fill("#code", new_code())
        press(page)
        album.take(page, "pause")


WALKS: tuple[Walk, ...] = (links, ends, codes, looking, giving, copies, asked, letters)
