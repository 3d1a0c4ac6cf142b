"""Documents, conversations and problems, live, and every screen at every size."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from balas.database.session import transaction
from balas.knowledge import golden
from balas.knowledge.golden import Draft
from balas.models import Document, InboxMessage, InboxState
from balas.values import Role
from tests.browser.conftest import SIZES, Witness, enter
from tests.console_shop import Shop, furnish

pytestmark = pytest.mark.browser
SCREENS = [
    "/login",
    "/",
    "/documents",
    "/documents/1",
    "/conversations",
    "/conversations/1",
    "/problems",
    "/answers",
    "/answers/new",
    "/gaps",
    "/golden",
    "/golden/1",
    "/audiences",
    "/activity",
    "/documents/99",
]


def change(shop: Shop, document_id: int, **values: object) -> None:
    with transaction(shop.database) as session:
        row = session.get_one(Document, document_id)
        for name, value in {**values, "updated_at": datetime.now(UTC)}.items():
            setattr(row, name, value)


def test_a_document_from_the_drop_to_being_ready(page: Page, shop: Shop, witness: Witness, tmp_path: Path) -> None:
    witness.failures_expected = True
    page.clock.install()
    page.goto("/documents")
    (tmp_path / "harga kopi.md").write_text("# Harga\n\nGayo 250 g: Rp 85.000")
    (tmp_path / "program.exe").write_bytes(b"MZ\x90\x00")
    page.locator(".drop input").set_input_files([tmp_path / "harga kopi.md", tmp_path / "program.exe"])
    row = page.locator(".doc")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("harga kopi")
    expect(row).to_contain_text("waiting to be read")
    expect(page.locator(".notice")).to_contain_text("program.exe: ")
    page.clock.fast_forward("01:00")  # what was refused stays until it was read
    page.locator(".notice").get_by_role("button", name="Dismiss").click()
    expect(page.locator(".notice")).to_have_count(0)
    change(shop, 1, status="indexing", progress=0.3, phase="reading page 12 of 40")
    expect(row).to_contain_text("reading page 12 of 40")
    assert row.locator("progress").get_attribute("value") == "0.300"
    change(shop, 1, status="indexed", progress=1.0, chunk_count=3)
    expect(row).to_contain_text("Ready")
    expect(page.get_by_text("1 document, 3 passages")).to_be_visible()


def test_files_can_be_dropped(page: Page, shop: Shop) -> None:
    page.goto("/documents")
    drop = """(zone) => { const data = new DataTransfer();
        data.items.add(new File(['# Jam\\n\\nBuka 08.00'], 'jam.md'));
        data.items.add(new File(['a,b\\n1,2'], 'harga.csv'));
        for (const type of ['dragenter', 'dragover', 'drop']) zone.dispatchEvent(new DragEvent(type,
            { dataTransfer: data, bubbles: true, cancelable: true })); }"""
    page.locator("[data-drop]").evaluate(drop)
    expect(page.locator(".doc")).to_have_count(2)
    expect(page.locator(".drop-here")).to_have_count(0)


def test_a_document_dropped_on_the_chat_says_when_it_is_ready(page: Page, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "promo.md").write_text("# Promo\n\nGratis ongkir")
    page.locator(".composer [data-files]").set_input_files([tmp_path / "promo.md"])
    expect(page.locator(".tray")).to_contain_text("waiting to be read")
    change(shop, 1, status="indexed", progress=1.0, chunk_count=1)
    expect(page.locator(".tray")).to_contain_text("1 passage, ready: ask about it")


def test_what_is_too_large_is_not_sent(page: Page, shop: Shop, tmp_path: Path) -> None:
    page.goto("/documents")
    page.locator("[data-drop]").evaluate("zone => (zone.dataset.dropMost = 10)")
    page.get_by_label("Who may be told what is in the files you add").fill("staff")
    (tmp_path / "a.txt").write_text("Jam 08.00")
    (tmp_path / "b.txt").write_text("Jam buka 08.00")
    page.locator(".drop input").set_input_files([tmp_path / "a.txt", tmp_path / "b.txt"])
    expect(page.locator(".notice")).to_contain_text("b.txt is larger than")
    expect(page.locator(".doc")).to_contain_text("staff")
    expect(page.locator(".doc")).to_have_count(1)


def test_bringing_a_version_back_asks_in_its_own_words(page: Page, shop: Shop) -> None:
    page.goto(f"/documents/{shop.add_document('Harga', 'Gayo 80.000', previous_version=1, live_version=2)}")
    page.get_by_role("button", name="Bring back the version before").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Leave it")).to_be_focused()
    expect(dialog.get_by_role("button", name="Bring it back")).to_be_visible()
    expect(dialog.get_by_role("button", name="Delete")).to_have_count(0)


def test_deleting_asks_first(page: Page, shop: Shop) -> None:
    shop.add_document("Harga lama", "Gayo 80.000")
    page.goto("/documents")
    page.get_by_role("button", name="Delete Harga lama").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete “Harga lama”?")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    expect(dialog.get_by_role("button", name="Delete")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".doc")).to_have_count(1)
    page.get_by_role("button", name="Delete Harga lama").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(".doc")).to_have_count(0)


def test_conversations_are_live(page: Page, shop: Shop) -> None:
    furnish(shop)
    page.goto("/conversations/1")
    expect(page.locator("#thread")).to_contain_text("Resi JNE 0123456789")
    page.get_by_role("button", name="Show how this answer came about").first.click(force=True)
    expect(page.locator("#trace")).to_contain_text("93% sure")
    shop.keep("6281234567890@c.us", Role.USER, "Terima kasih!", "Z1")
    expect(page.locator(".bubble.theirs").last).to_contain_text("Terima kasih!")
    expect(page.locator(".person").first).to_contain_text("Terima kasih!")
    expect(page.locator("#trace")).to_contain_text("93% sure")


def test_a_dead_letter_is_tried_again_and_leaves(page: Page, shop: Shop) -> None:
    letter = shop.add_letter("Halo?", InboxState.DEAD, "deadline")
    page.goto("/problems")
    expect(page.locator(".rail-link", has_text="Problems").locator(".rail-count")).to_have_text("1")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#dead .letter")).to_have_count(0)
    assert shop.rings[0].row_id == letter
    with transaction(shop.database) as session:
        assert session.get_one(InboxMessage, letter).state == InboxState.RECEIVED


def test_all_dead_letters_are_tried_again_and_leave(page: Page, shop: Shop) -> None:
    letters = [shop.add_letter(f"Halo {number}?", InboxState.DEAD, "deadline") for number in range(3)]
    page.goto("/problems")
    page.get_by_role("button", name="Try all 3 again").dblclick()
    expect(page.locator("#dead .letter")).to_have_count(0)
    expect(page.locator("#again button")).to_have_count(0)
    assert [ring.row_id for ring in shop.rings] == letters


@pytest.mark.parametrize("context", [*SIZES, "phone-dark"], indirect=True)
def test_every_screen_fits(context: BrowserContext, shop: Shop, witness: Witness) -> None:
    furnish(shop)
    shop.add_document("W" * 300, "x" * 3000, name="n" * 250)
    shop.keep("6281234567890@c.us", Role.USER, "kata" * 400, "L1")
    with transaction(shop.database) as session:
        golden.add(session, Draft("W" * 300, expected="x" * 300), datetime.now(UTC), is_approved=True)
    witness.failures_expected = True  # a page that is not there is a 404, which the browser logs
    page = enter(context)
    for path in SCREENS:
        page.goto(path)
        page.wait_for_load_state()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        outside = """() => [...document.querySelectorAll('main *')].filter(e => e.checkVisibility() &&
            e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('pre') &&
            !e.closest('.clip')).map(e => e.className || e.tagName).slice(0, 5)"""
        assert page.evaluate(outside) == [], path


@pytest.mark.parametrize("context", ["phone"], indirect=True)
def test_on_a_phone(page: Page, shop: Shop) -> None:
    tabs = page.get_by_role("navigation", name="Main")
    box = tabs.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == 844
    page.get_by_label("Message, Enter sends").fill("Berapa ongkos kirim ke Jakarta?")
    page.get_by_role("button", name="Send").tap()
    expect(page.locator(".bubble.theirs")).to_contain_text("Rp 12.000")
    page.get_by_role("button", name="Show how this answer came about").tap()
    expect(page.locator("#trace")).to_contain_text("93% sure")
    page.locator(".views").get_by_role("tab", name="Wire").tap()
    expect(page.locator("#wire .call").last).to_be_in_viewport()
    tabs.get_by_text("More").tap()
    page.get_by_role("button", name="Log out").tap()
    page.wait_for_url("**/login")
