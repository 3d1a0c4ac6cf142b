"""The front page as a person uses it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Witness
from tests.console_shop import Shop

pytestmark = pytest.mark.browser
QUESTION = "Berapa ongkos kirim ke Jakarta?"


def write(page: Page, text: str) -> None:
    page.get_by_label("Message, Enter sends").fill(text)
    page.keyboard.press("Enter")


def test_a_question_is_answered_with_its_source(page: Page, witness: Witness) -> None:
    write(page, QUESTION)
    asked, answer = page.locator(".bubble.mine"), page.locator(".bubble.theirs")
    expect(asked).to_have_count(1)
    expect(page.get_by_role("img", name="The business is typing")).to_be_visible()
    expect(answer).to_contain_text("Ongkir ke Jabodetabek Rp 12.000 per kg")
    expect(answer.locator("strong")).to_have_text("Rp 12.000")
    expect(answer.locator(".bubble-source")).to_have_text("Sumber: Tanya jawab Toko Kopi Lereng")
    expect(asked.locator(".ticks-read")).to_be_visible()
    expect(page.get_by_role("img", name="The business is typing")).to_be_hidden()
    expect(page.locator(".day")).to_have_text("Today")
    witness.is_content()


def test_the_trace_follows_the_answer(page: Page) -> None:
    expect(page.get_by_text("Why did it answer that?")).to_be_visible()
    write(page, QUESTION)
    expect(page.get_by_role("heading", name="Quoted “Tanya jawab Toko Kopi Lereng”")).to_be_visible()
    expect(page.locator("#trace mark").first).to_contain_text("Rp 12.000")
    expect(page.locator("#trace .hits > li").first.get_by_role("progressbar")).to_have_count(3)
    write(page, "Jual helikopter?")
    expect(page.get_by_role("heading", name="Said that it does not know")).to_be_visible()
    first = page.locator(".bubble.theirs").first
    first.hover()
    first.get_by_role("button", name="Show how this answer came about").click()
    expect(page.get_by_role("heading", name="Quoted “Tanya jawab Toko Kopi Lereng”")).to_be_visible()


def test_the_wire_shows_each_call(page: Page) -> None:
    write(page, QUESTION)
    page.locator(".inspector").get_by_role("tab", name="Wire").click()
    calls = page.locator("#wire .call")
    for path in ("/api/webhook", "/api/sendSeen", "/api/startTyping", "/api/sendText"):
        expect(calls.filter(has_text=path).first).to_be_visible()
    sent = calls.filter(has_text="/api/sendText")
    sent.locator("summary").click()
    expect(sent.locator("pre")).to_contain_text('"linkPreview": false')
    expect(sent.locator(".call-status")).to_have_text("201")
    # What comes in later leaves what one has opened alone.
    write(page, "Jual helikopter?")
    expect(calls.filter(has_text="/api/sendText")).to_have_count(2)
    expect(sent.first.locator("pre")).to_be_visible()


def test_a_suggestion_is_one_click(page: Page, shop: Shop) -> None:
    shop.add_document("Contoh", "isi", source="sample")
    page.reload()
    page.get_by_role("button", name=QUESTION).click()
    expect(page.locator(".bubble.theirs")).to_contain_text("Rp 12.000")
    expect(page.get_by_role("button", name=QUESTION)).to_be_hidden()
    page.get_by_role("button", name="Suggested questions").click()
    expect(page.get_by_role("button", name=QUESTION)).to_be_visible()


def test_by_keyboard_alone(page: Page, shop: Shop) -> None:
    expect(page.get_by_label("Message, Enter sends")).to_be_focused()
    page.keyboard.type("baris satu")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("baris dua")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.mine .bubble-text")).to_have_text(re.compile("baris satu\nbaris dua"))
    expect(page.get_by_label("Message, Enter sends")).to_have_value("")
    page.keyboard.press("Enter")  # nothing is written: nothing is sent
    page.locator(".inspector").get_by_role("tab", name="Trace").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".inspector").get_by_role("tab", name="Wire")).to_be_focused()
    expect(page.locator("#view-wire")).to_be_visible()
    page.locator(".customers summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("Budi"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=re.compile("Budi"))).to_be_hidden()
    assert len(shop.phones.shown()) == 1


def test_the_first_stop_of_the_tab_key_skips_the_links(page: Page) -> None:
    page.goto("/problems")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_reply_shows_what_it_answers(page: Page, shop: Shop) -> None:
    write(page, QUESTION)
    answer = page.locator(".bubble.theirs")
    answer.hover()
    answer.get_by_role("button", name="Reply to this message").click()
    expect(page.locator("[data-answering]")).to_contain_text("Ongkir ke Jabodetabek")
    write(page, "Kalau ke Surabaya?")
    expect(page.locator(".bubble.mine").last.locator("blockquote")).to_contain_text("Ongkir ke Jabodetabek")
    expect(page.locator("[data-answering]")).to_be_hidden()
    replied = shop.phones.shown()[-1]
    assert replied.reply_to == shop.phones.shown()[1].bare_id


def test_each_customer_has_a_chat_of_their_own(page: Page, shop: Shop) -> None:
    write(page, "Saya Sari")
    expect(page.locator(".bubble.mine")).to_have_count(1)
    page.locator(".customers summary").click()
    page.get_by_role("link", name=re.compile("Budi")).click()
    expect(page.get_by_text("You are the customer here")).to_be_visible()
    write(page, "Saya Budi")
    expect(page.locator(".bubble")).to_have_count(1)
    assert [message.push_name for message in shop.phones.shown()] == ["Sari", "Budi"]


def test_the_chat_stays_where_one_reads(page: Page, shop: Shop) -> None:
    for number in range(40):
        shop.phones.person_sends("628125550101", f"pesan {number}")
    expect(page.locator(".bubble")).to_have_count(40)
    thread = page.locator(".thread")
    assert thread.evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight") < 60
    thread.evaluate("e => e.scrollTop = 0")
    shop.phones.person_sends("628125550101", "baru")
    expect(page.locator(".bubble")).to_have_count(41)
    assert thread.evaluate("e => e.scrollTop") == 0
    page.get_by_role("button", name="Newest messages").click()
    expect(page.get_by_text("baru", exact=True)).to_be_in_viewport()


def test_what_a_phone_takes_back_is_taken_back(page: Page, shop: Shop) -> None:
    sent = shop.phones.person_sends("628125550101", "salah kirim")
    expect(page.locator(".bubble")).to_contain_text("salah kirim")
    shop.phones.revokes("628125550101", sent.bare_id)
    expect(page.locator(".bubble")).to_contain_text("This message was deleted")


def test_an_error_is_one_sentence(page: Page, witness: Witness) -> None:
    witness.failures_expected = True
    page.get_by_label("Message, Enter sends").fill(" ")
    page.evaluate("document.querySelector('[data-composer]').requestSubmit()")
    expect(page.locator(".notice")).to_have_text("Write something first.")


def test_light_and_dark_are_remembered(page: Page) -> None:
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_class("dark")
    page.reload()
    expect(page.locator("html")).to_have_class("dark")


def test_times_are_those_of_the_readers_clock(page: Page, shop: Shop) -> None:
    shop.phones.person_sends("628125550101", "jam berapa?")
    stamp = page.locator(".bubble time")
    expect(stamp).to_be_visible()
    local = stamp.evaluate("e => new Date(e.dateTime).toTimeString().slice(0, 5)")
    expect(stamp).to_have_text(local)
