"""Answers, gaps, audiences, periods of documents and who waits, through HTTP with rows behind."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from balas.console.audiences import numbers_in
from balas.console.pages import OFFSET_COOKIE
from balas.conversations import audiences
from balas.database.session import reading, transaction
from balas.errors import InvalidRequest
from balas.knowledge import approved_answers
from balas.models import Conversation, Document, Gap, GapQuestion, GapState, Message, Turn, TurnState, User, Website
from balas.ports import JobName
from tests.console_shop import Shop

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> Buka?"


def add(shop: Shop, *rows: Any) -> None:
    with transaction(shop.database) as session:
        for row in rows:
            session.add(row)
            session.flush()


def gap(shop: Shop) -> None:
    moments = {"created_at": NOW, "last_message_at": NOW}
    turn = {"state": TurnState.ANSWERED, "due_at": NOW, "deadline_at": NOW, "created_at": NOW}
    passage = {"document_id": 99, "title": "Gone", "page": None, "text": "x"}
    asked = {"gap_id": 1, "conversation_id": 1, "user_id": 1, "language": "id", "passages": [passage], "asked_at": NOW}
    add(
        shop,
        User(user_key="628125550101@c.us", phone="628125550101", name="Budi", created_at=NOW),
        Conversation(waha_session="default", chat_key="a", chat_id="a", user_id=1, **moments),
        Turn(conversation_id=1, **turn),
        Message(conversation_id=1, role="operator", text="Ya, buka.", created_at=NOW),
        Gap(state=GapState.OPEN, created_at=NOW),
        GapQuestion(turn_id=1, position=0, text=HOSTILE, closeness=0.9, reply_message_id=1, **asked),
        GapQuestion(turn_id=1, position=1, text="buka kah", closeness=0.8, **asked),
    )


def kept(shop: Shop) -> list[approved_answers.Kept]:
    with reading(shop.database) as session:
        return approved_answers.page(session, limit=50)


def test_a_gap_becomes_an_answer(admin: TestClient, shop: Shop) -> None:
    gap(shop)
    listed = admin.get("/gaps").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Buka?" in listed
    assert "Your team wrote: Ya, buka." in listed
    assert "Gone" not in listed
    form = admin.get("/answers/new?gap=1").text
    assert re.search(r"<textarea name=\"answer\"[^>]*>Ya, buka.</textarea>", form)
    sent = {"questions": f"{HOSTILE}\nbuka kah\n", "answer": "Ya.", "language": "id", "audience": "public", "gap": "1"}
    answer = admin.post("/answers/new", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/gaps")
    [one] = kept(shop)
    assert (one.pair.questions, one.document.language) == ((HOSTILE, "buka kah"), "id")
    assert [(ring.job, ring.row_id) for ring in shop.rings] == [(JobName.INGEST_DOCUMENT, one.document.id)]
    assert HOSTILE not in admin.get("/gaps").text
    assert f"/answers/{one.document.id}" in admin.get("/gaps?state=answered").text
    assert admin.post(f"/answers/{one.document.id}/delete").status_code == 204
    assert "buka kah" in admin.get("/gaps").text


def test_a_gap_is_dismissed_and_opened_again(admin: TestClient, shop: Shop) -> None:
    gap(shop)
    assert admin.post("/gaps/1/dismissed").status_code == 204
    assert "buka kah" not in admin.get("/gaps").text
    assert "buka kah" in admin.get("/gaps?state=dismissed").text
    assert admin.post("/gaps/1/open").status_code == 204
    assert "buka kah" in admin.get("/gaps?days=").text
    assert "buka kah" not in admin.get("/gaps?days=7").text or datetime.now(UTC) - NOW < timedelta(days=7)
    assert "buka kah" in admin.get("/gaps/table.csv").text
    assert admin.post("/gaps/9/dismissed").status_code == 404


def test_what_is_missing_is_said_beside_what_was_written(admin: TestClient, shop: Shop) -> None:
    answer = admin.post("/answers/new", data={"questions": "Buka?", "answer": " ", "audience": "staff"})
    assert answer.status_code == 422
    assert "Write the answer." in answer.text
    assert ">Buka?</textarea>" in answer.text
    assert kept(shop) == []


def test_days_are_those_of_the_readers_calendar(admin: TestClient, shop: Shop) -> None:
    admin.cookies.set(OFFSET_COOKIE, "420")  # Jakarta
    sent = {"questions": "Promo?", "answer": "Ya.", "valid_from": "2026-06-01", "valid_until": "2026-06-30"}
    admin.post("/answers/new", data=sent)
    [one] = kept(shop)
    assert one.document.valid_from == datetime(2026, 5, 31, 17, tzinfo=UTC)
    assert one.document.valid_until == datetime(2026, 6, 30, 17, tzinfo=UTC)
    assert 'value="2026-06-30"' in admin.get(f"/answers/{one.document.id}").text
    exact = datetime(2026, 6, 30, 9, 30, tzinfo=UTC)
    with transaction(shop.database) as session:
        session.get_one(Document, one.document.id).valid_until = exact
    admin.post(f"/answers/{one.document.id}", data={**sent, "answer": "Tidak."})
    assert [(again.pair.answer, again.document.valid_until) for again in kept(shop)] == [("Tidak.", exact)]
    admin.post(f"/answers/{one.document.id}", data={**sent, "valid_until": ""})
    assert kept(shop)[0].document.valid_until is None


def test_terms_of_a_document(admin: TestClient, shop: Shop) -> None:
    row = {"source_key": "k", "source": "file", "name": "fees.pdf", "title": "Fees", "live_version": 1}
    add(shop, Document(**row, status="indexed", created_at=NOW, updated_at=NOW))
    sent = {"audience": "staff, parents", "category": " school  fees ", "valid_until": "2020-12-31"}
    assert admin.post("/documents/1/terms", data=sent).status_code == 303
    shown = admin.get("/documents").text
    assert "parents, staff" in shown
    admin.post("/audiences", data={"name": "staff", "phones": "+62 812-5550-101"})
    page = admin.get("/documents/1").text
    assert "No number belongs to “parents” yet" in page
    assert "No number belongs to “staff” yet" not in page
    assert "was valid until 31 Dec 2020" in shown
    assert "Fees" in admin.get("/documents?category=school+fees").text
    assert "fees.pdf" not in admin.get("/documents?category=other").text
    refused = admin.post("/documents/1/terms", data={**sent, "audience": "a;<b>", "category": "uniforms"})
    assert refused.status_code == 422
    assert "cannot name an audience" in refused.text
    assert 'value="a;&lt;b&gt;"' in refused.text
    assert 'value="uniforms"' in refused.text


@pytest.mark.parametrize("offset", [-720, 0, 840])
@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar(admin: TestClient, shop: Shop, day: str, offset: int) -> None:
    admin.cookies.set(OFFSET_COOKIE, str(offset))
    far = datetime.fromisoformat(day).replace(tzinfo=UTC)
    row = {
        "source": "file",
        "name": "fees.pdf",
        "title": "Fees",
        "live_version": 1,
        "created_at": NOW,
        "updated_at": NOW,
    }
    add(shop, Document(**row, source_key="k", status="indexed", valid_from=far, valid_until=far))
    add(shop, Document(**row, source_key="l", status="indexed"))
    for sent in ({"valid_from": day}, {"valid_until": day}):
        assert admin.post("/documents/2/terms", data=sent).status_code == 303
        for path in ("/documents", "/documents/1", "/documents/2"):
            assert admin.get(path).status_code == 200


def test_numbers_are_given_an_audience(admin: TestClient, shop: Shop) -> None:
    assert admin.post("/audiences", data={"name": "staff", "phones": "+62 812-5550-101\n"}).status_code == 303
    with reading(shop.database) as session:
        assert audiences.of_phone(session, "628125550101") == {"public", "staff"}
        assert audiences.of_phone(session, "6281255501011") == {"public"}
        assert audiences.of_phone(session, None) == {"public"}
    assert "+62 812-5550-101" in admin.get("/audiences").text
    wrong = admin.post("/audiences", data={"name": "public", "phones": "628125550101"})
    assert wrong.status_code == 422
    assert admin.post("/audiences/staff/delete?phone=628125550101").status_code == 204
    assert "+62 812-5550-101" not in admin.get("/audiences").text


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("+55 81 98765-4321", "558187654321"),
        ("+55 81 8765-4321", "5581987654321"),
        ("+52 55 1234 5678", "5215512345678"),
        ("0062 812 5550 101", "628125550101"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(admin: TestClient, shop: Shop, written: str, seen: str) -> None:
    assert admin.post("/audiences", data={"name": "staff", "phones": written}).status_code == 303
    with transaction(shop.database) as session:
        assert audiences.of_phone(session, seen) == {"public", "staff"}
        assert audiences.of_phones(session, {seen, "558133334444"}) == {seen: ["staff"]}
        assert audiences.forget(session, {seen}) == 1
        with pytest.raises(InvalidRequest, match="country code"):
            audiences.add(session, "staff", ["0812550101"], NOW)


@pytest.mark.parametrize("text", ["", "12345", "sari", "0812 5550\nsari", "1" * 21, "0812 5550 101"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(InvalidRequest):
        numbers_in(text)


def test_who_waits_is_counted_and_let_go(admin: TestClient, shop: Shop) -> None:
    gap(shop)
    assert "Waiting for a person" not in admin.get("/conversations").text
    with transaction(shop.database) as session:
        row = session.get_one(Conversation, 1)
        row.waiting_since, row.waiting_for = NOW, "asked"
    assert 'aria-label="1 open"' in admin.get("/answers").text
    assert "Asks for a person" in admin.get("/conversations?waiting=1").text
    assert admin.post("/conversations/1/done").status_code == 204
    assert "Budi" not in admin.get("/conversations?waiting=1").text
    assert "Budi" in admin.get("/conversations").text


def test_what_is_for_few_stays_so(admin: TestClient, shop: Shop) -> None:
    """A file that is dropped again, an address that is read again, a form without the field."""
    admin.post("/documents/upload?name=pay.txt", content=b"Ani 7")
    admin.post("/documents/1/terms", data={"audience": "staff"})
    admin.post("/documents/upload?name=pay.txt", content=b"Ani 8")
    admin.post("/documents/1/terms", data={"category": "pay"})
    admin.post("/answers/new", data={"questions": "Wages?", "answer": "7", "audience": "staff"})
    admin.post("/answers/2", data={"questions": "Wages?", "answer": "8"})
    admin.post("/documents/websites", data={"url": "example.org"})
    with transaction(shop.database) as session:
        session.get_one(Website, 1).audience = "staff"
    admin.post("/documents/websites", data={"url": "example.org", "pages": "9"})
    with reading(shop.database) as session:
        kept = [session.get_one(Document, number) for number in (1, 2)]
        assert [(one.audience, one.given_audience, one.uploaded_version) for one in kept] == [("staff", "staff", 2)] * 2
        website = session.get_one(Website, 1)
        assert (website.audience, website.max_pages) == ("staff", 9)
