"""What people write is text, wherever it is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from balas.models import DocumentStatus, InboxState
from balas.values import Role
from tests.browser.conftest import Witness
from tests.browser.naughty import STRINGS
from tests.console_answers import context as kept
from tests.console_shop import Shop

pytestmark = pytest.mark.browser
A_CONVERSATION = 190
PATHS = ["/documents", "/documents/1", "/documents/60", "/conversations", "/conversations/1", "/conversations/2"]
PATHS += ["/problems"]
INTRUDERS = "main script, main iframe, main img, main [onerror], main [onload]"


def test_naughty_strings_are_text_in_every_list(page: Page, shop: Shop, witness: Witness) -> None:
    assert len(STRINGS) > 300
    start = datetime.now(UTC) - timedelta(hours=3)
    for number, text in enumerate(STRINGS):
        chat = f"62810000{number // A_CONVERSATION:04}@c.us"
        role = (Role.USER, Role.ASSISTANT, Role.OPERATOR)[number % 3]
        record = kept(text, text, text, title=text) if role == Role.ASSISTANT else None
        at = start + timedelta(seconds=number)
        shop.keep(chat, role, text, f"N{number}", record, name=text[:200], at=at)
    for number, text in enumerate(STRINGS[:60]):
        shop.keep(f"628200{number:06}@c.us", Role.USER, text, f"P{number}", name=text[:200], at=start)
        shop.add_document(text[:500], text, name=text[:250], error=text, status=DocumentStatus.FAILED, warnings=text)
        shop.add_letter(text, InboxState.DEAD, text[:60])
        shop.add_letter(text, InboxState.IGNORED, "stale")
    for path in PATHS:
        page.goto(path)
        page.wait_for_timeout(150)  # what a script would need to run
        assert page.locator(INTRUDERS).count() == 0
    page.goto("/conversations/1")
    for text in ("<script>alert(1)</script>", "<svg/onload=alert(1)>", "{{ 7*7 }}"):
        expect(page.locator(".bubble-text", has_text=text).first).to_be_visible()
    for button in page.get_by_role("button", name="Show how this answer came about").all()[:12]:
        button.click(force=True)
        expect(page.locator("#trace .trace")).to_be_visible()
    witness.is_content()


def test_naughty_strings_are_text_when_they_arrive_live(page: Page, shop: Shop, witness: Witness) -> None:
    for text in STRINGS[:60]:
        shop.phones.person_sends("628125550101", text, push_name=text[:200])
    expect(page.locator(".bubble")).to_have_count(60)
    page.locator(".inspector").get_by_role("tab", name="Wire").click()
    for call in page.locator("#wire .call summary").all()[:8]:
        call.click()
    expect(page.locator("#wire pre").first).to_be_visible()
    assert page.locator(INTRUDERS).count() == 0
    witness.is_content()


def test_a_naughty_reply_is_text_in_the_composer(page: Page, shop: Shop, witness: Witness) -> None:
    shop.phones.shows_own("default", "628125550101@c.us", STRINGS[3])
    bubble = page.locator(".bubble.theirs")
    bubble.hover()
    bubble.get_by_role("button", name="Reply to this message").click()
    expect(page.locator("[data-answering]")).to_contain_text("<img src=x onerror=alert(1)>")
    witness.is_content()


TRIED = """(what) => { try { what(); return "taken"; } catch (error) { return error.name; } }"""
SINKS = (
    "document.body.innerHTML = '<b>x</b>'",
    "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
    "new DOMParser().parseFromString('<b>x</b>', 'text/html')",
    "document.createElement('script').src = '/static/x.js'",
    "document.createElement('script').text = '1'",
    "document.createElement('iframe').srcdoc = 'x'",
    "trustedTypes.createPolicy('another', { createHTML: (markup) => markup })",
    "policy.createHTML('<p>x</p><SCRIPT src=/x.js></SCRIPT>')",
    "policy.createHTML('<iframe\\n src=//example.org>')",
    "policy.createScript('1')",
)


def test_no_string_becomes_markup_or_code_by_itself(page: Page, witness: Witness) -> None:
    witness.failures_expected = True  # the browser tells what it refused
    assert [page.evaluate(f"({TRIED})(() => {{ {sink}; }})") for sink in SINKS] == ["TypeError"] * len(SINKS)
    assert page.evaluate("policy.createHTML('<p>&lt;script&gt; in a text</p>').toString()").startswith("<p>")
