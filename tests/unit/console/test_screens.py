"""Each screen through HTTP, with rows behind it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from balas.database.clock import now
from balas.database.session import transaction
from balas.models import Document, InboxMessage, InboxState, TurnState
from balas.ports import JobName
from balas.values import Role
from tests.console_answers import shipping
from tests.console_shop import PASSWORD, Shop, furnish
from tests.unit.console.conftest import log_in
from tests.unit.conversations.writing import join, message

CHAT = "628125550101@c.us"


def test_a_message_goes_to_the_phone_as_the_chosen_customer(admin: TestClient, shop: Shop) -> None:
    answer = admin.post("/playground/messages?customer=2", data={"text": "  Halo\n"})
    assert answer.status_code == 204
    (message,) = shop.phones.shown("628125550102")
    assert (message.text, message.push_name) == ("  Halo", "Budi")
    assert "Halo" in admin.get("/?customer=2").text
    assert "You are the customer here" in admin.get("/?customer=1").text


@pytest.mark.parametrize("text", ["", " \n ", "x" * 65_537])
def test_what_whatsapp_would_not_take(admin: TestClient, shop: Shop, text: str) -> None:
    answer = admin.post("/playground/messages", data={"text": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert shop.phones.shown() == []


def test_a_reply_carries_what_it_answers(admin: TestClient, shop: Shop) -> None:
    first = shop.phones.shows_own("default", CHAT, "Ada yang bisa dibantu?")
    admin.post("/playground/messages", data={"text": "Ya", "reply_to": first.bare_id})
    assert shop.phones.shown(CHAT)[-1].reply_to == first.bare_id


def test_the_strip_says_when_answers_are_quoted(admin: TestClient) -> None:
    assert "Add a key for written answers" in admin.get("/").text


def test_and_is_silent_when_a_model_writes(tmp_path) -> None:  # type: ignore[no-untyped-def]
    shop = Shop(tmp_path, 8000, model=True)
    with TestClient(shop.app, base_url=shop.url, follow_redirects=False) as client:
        log_in(client, PASSWORD)
        assert "Add a key for written answers" not in client.get("/").text
    shop.database.close()


def test_with_a_real_number_there_is_no_playground(tmp_path) -> None:  # type: ignore[no-untyped-def]
    shop = Shop(tmp_path, 8000, simulated=False)
    with TestClient(shop.app, base_url=shop.url, follow_redirects=False) as client:
        log_in(client, PASSWORD)
        page = client.get("/").text
        assert "A real WhatsApp number is connected" in page
        assert 'href="/conversations"' in page
        assert client.get("/playground/live").status_code == 404
    shop.database.close()


def test_the_trace_of_a_message(admin: TestClient, shop: Shop) -> None:
    text, kept = shipping("Berapa?")
    shop.keep(CHAT, Role.USER, "Berapa?", "A1", name="Sari")
    shop.keep(CHAT, Role.ASSISTANT, text, "B1", kept)
    assert "93% sure" in admin.get("/playground/trace/2").text
    assert "93% sure" in admin.get("/conversations/trace/2").text
    assert admin.get("/playground/trace/1").status_code == 404


def test_conversations_and_their_threads(admin: TestClient, shop: Shop) -> None:
    furnish(shop)
    listed = admin.get("/conversations").text
    assert listed.index("Rina Wulandari") < listed.index("Tom Becker")  # newest first
    assert "+66 812-345678" in listed
    opened = admin.get("/conversations/1").text
    assert "A person of the business" in opened
    assert "Sumber: Tanya jawab" in opened
    assert 'hx-get="/conversations/trace/4"' in opened


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("rina WULAN", ["Rina Wulandari"]),
        ("resi jne", ["Rina Wulandari"]),
        ("0812-3456-7890", ["Rina Wulandari"]),
        ("+66 812", ["+66 812-345678"]),
        ("ongkos KIRIM", ["Rina Wulandari", "Tom Becker", "+66 812-345678"]),
        ("%", []),
        ("812", []),
    ],
)
def test_a_conversation_is_found_by_name_number_or_word(
    admin: TestClient, shop: Shop, q: str, found: list[str]
) -> None:
    furnish(shop)
    page = admin.get("/conversations", params={"q": q}).text
    assert [name for name in ("Rina Wulandari", "Tom Becker", "+66 812-345678") if name in page] == found
    assert ("Nothing found" in page) is not found


def test_older_conversations_are_a_page_of_their_own(admin: TestClient, shop: Shop) -> None:
    for number in range(62):
        at = datetime(2026, 3, 1, 8, number % 60, number // 60, tzinfo=UTC)
        shop.keep(f"6281{number:06}@c.us", Role.USER, "hi", f"A{number}", name=f"Guest {number}.", at=at)
    first = admin.get("/conversations").text
    import html
    import re

    link = re.search(r'href="(/conversations\?at=[^"]+)"', first)
    assert link is not None
    second = admin.get(html.unescape(link[1])).text
    names = re.findall(r"Guest \d+\.", first) + re.findall(r"Guest \d+\.", second)
    assert len(names) == len(set(names)) == 62
    assert admin.get("/conversations?at=1e300&id=1").status_code == 404


def test_the_books_and_the_dead(admin: TestClient, shop: Shop) -> None:
    furnish(shop)
    page = admin.get("/problems").text
    assert "<dt>Received</dt><dd>54</dd>" in page
    assert "<dt>Failed</dt><dd>2</dd>" in page
    assert "The model did not answer in time." in page
    assert "trying again would not help" in page
    assert page.count("Try again") == 1
    assert page.count("Answer now") == 1


def test_why_answers_wait_is_told(admin: TestClient, shop: Shop) -> None:
    with transaction(shop.database) as session:
        turn, _ = join(session, message())
        turn.state, turn.due_at = TurnState.GENERATING, turn.created_at
        turn.next_attempt_at = now(session) + timedelta(seconds=60)
        turn.reason = "The model server refuses us with 401: check OPENAI_API_KEY"
    assert "tried again by themselves: The model server refuses us with 401" in admin.get("/problems").text


def test_a_dead_letter_is_tried_again(admin: TestClient, shop: Shop) -> None:
    letter = shop.add_letter("Halo?", InboxState.DEAD, "deadline")
    assert admin.post(f"/problems/{letter}/retry").status_code == 204
    assert [(ring.job, ring.row_id) for ring in shop.rings] == [(JobName.PROCESS_MESSAGE, letter)]
    assert admin.post(f"/problems/{letter}/retry").status_code == 409
    assert admin.post("/problems/99999/retry").status_code == 404


def test_all_dead_letters_are_tried_again_once(admin: TestClient, shop: Shop) -> None:
    first = shop.add_letter("Halo?", InboxState.DEAD, "deadline")
    assert "/problems/retry" not in admin.get("/problems").text, "one has a button of its own"
    second = shop.add_letter("Buka?", InboxState.DEAD, "deadline")
    shop.add_letter("Ada?", InboxState.DEAD, "send outcome unknown")
    page = admin.get("/problems").text
    assert "Try all 2 again" in page
    assert "1 answer may have been shown. Look at the phone first, and try that one again by itself." in page
    assert admin.post("/problems/retry", headers={"X-Form-Token": "forged"}).status_code == 403
    assert shop.rings == []
    assert admin.post("/problems/retry").status_code == 204
    assert [ring.row_id for ring in shop.rings] == [first, second]
    assert admin.post("/problems/retry").status_code == 409
    assert len(shop.rings) == 2
    assert "Try all" not in admin.get("/problems").text


def test_one_page_goes_on_where_the_phone_forgot(admin: TestClient, shop: Shop) -> None:
    shop.phones.person_sends(CHAT, "Halo", bare_id="A1")
    shop.keep(CHAT, Role.USER, "Halo", "A1", name="Sari")
    shop.phones.reset()
    assert admin.get("/").text.count(">Halo<") == 1


@pytest.mark.parametrize("offset", ["420", "-330", "x", "99999", "-", "٤٢٠"])
def test_any_clock_cookie_is_survived(admin: TestClient, offset: str) -> None:
    assert admin.get("/documents", headers={"Cookie": f"balas_utc_offset={offset}".encode()}).status_code in {200, 303}


def test_what_can_never_be_answered_waits_for_nobody(admin: TestClient, shop: Shop) -> None:
    letter = shop.add_letter("Halo?", InboxState.DEAD, "unparseable")
    with transaction(shop.database) as session:
        session.get_one(InboxMessage, letter).text = None
    page = admin.get("/problems").text
    assert "A webhook that could not be read" in page
    assert count(page, "/problems") == ""
    shop.add_letter("Buka?", InboxState.DEAD, "deadline")
    assert count(admin.get("/problems").text, "/problems") == "1"


def count(page: str, href: str) -> str:
    """The number beside a link of the frame."""
    link = re.search(rf'<a [^>]*href="{href}".*?</a>', page, re.DOTALL)
    assert link is not None
    return "".join(re.findall(r">\s*(\d+)\s*<", link[0]))


def test_a_button_that_can_not_be_pressed_says_why(admin: TestClient) -> None:
    assert "There is nothing to ask yet" in admin.get("/golden").text


def test_a_conversation_that_is_not_there_leads_to_the_list(admin: TestClient) -> None:
    answer = admin.get("/conversations/999")
    assert answer.status_code == 404
    assert '<a class="button quiet" href="/conversations">Conversations</a>' in answer.text


def test_what_is_for_few_is_not_offered_to_the_person_of_the_playground(admin: TestClient, shop: Shop) -> None:
    document = shop.add_document("Pay", "Ani 7.")
    with transaction(shop.database) as session:
        row = session.get_one(Document, document)
        row.source, row.audience, row.updated_at = "file", "staff", datetime.now(UTC)
    page = admin.get("/").text
    assert "ready, for staff only" in page
    assert "ask about it" not in page
