from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.unit.api.conftest import START, Story


def texts(client: TestClient, **query: object) -> list[str]:
    answer = client.get("/api/messages", params=query)
    assert answer.status_code == 200, answer.text
    return [item["text"] for item in answer.json()["items"]]


def test_newest_first_and_rows_of_one_moment_by_id(client: TestClient, story: Story) -> None:
    _, chat = story.person("628115550101")
    for text, minute in (("b", 1), ("a", 0), ("c1", 2), ("c2", 2)):
        story.says(chat, text, minutes=minute)
    assert texts(client) == ["c2", "c1", "b", "a"]


def test_pages_join_without_gap_or_repeat_while_new_messages_arrive(client: TestClient, story: Story) -> None:
    _, chat = story.person("628115550101")
    for number in range(23):
        story.says(chat, str(number), minutes=number // 5)
    seen: list[str] = []
    cursor = None
    while True:
        page = client.get("/api/messages", params={"limit": 4, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["text"] for item in page["items"]]
        cursor = page["next_cursor"]
        story.says(chat, "new", minutes=99)
        if cursor is None:
            break
    assert seen == [str(number) for number in reversed(range(23))]


def test_a_page_that_is_exactly_full_is_the_last_one(client: TestClient, story: Story) -> None:
    _, chat = story.person("628115550101")
    story.says(chat, "one")
    story.says(chat, "two")
    assert client.get("/api/messages", params={"limit": 2}).json()["next_cursor"] is None


@pytest.mark.parametrize(
    "written", ["628115550101", "+62 811-555-0101", " (62) 811.555.0101 ", "628115550101@c.us", "+62/8115550101"]
)
def test_phone_matches_the_digits_of_the_number(client: TestClient, story: Story, written: str) -> None:
    _, right = story.person("628115550101")
    _, longer = story.person("6281155501019")
    _, hidden = story.person(None)
    for chat, text in ((right, "right"), (longer, "longer"), (hidden, "hidden")):
        story.says(chat, text)
    assert texts(client, phone=written) == ["right"]
    assert texts(client, phone="62811555010") == []


def test_messages_are_filtered_by_role_chat_time_and_text(client: TestClient, story: Story) -> None:
    _, chat = story.person("628115550101")
    _, other = story.person("628115550102")
    story.says(chat, "question", minutes=0)
    story.says(chat, "reply", role="assistant", minutes=1)
    story.says(chat, "by hand", role="operator", minutes=2)
    story.says(other, "elsewhere", minutes=3)
    assert texts(client, role="operator") == ["by hand"]
    assert texts(client, conversation_id=other.id) == ["elsewhere"]
    assert texts(
        client, since=(START + timedelta(minutes=1)).isoformat(), until=(START + timedelta(minutes=2)).isoformat()
    ) == ["reply"]
    assert texts(client, phone="628115550101", role="user", q="quest") == ["question"]
    # an offset whose plus sign was not escaped, and a moment without an offset
    assert len(client.get("/api/messages?since=2026-03-01T19:02:00+07:00").json()["items"]) == 2
    assert texts(client, since="2026-03-01T12:03:00") == ["elsewhere"]


@pytest.mark.parametrize("q", ["50%", "a_b", "back\\slash", "sl/ash", "'; DROP TABLE messages; --", '"quoted"', "ü🙂"])
def test_q_is_taken_literally(client: TestClient, story: Story, q: str) -> None:
    _, chat = story.person("628115550101")
    story.says(chat, f"before {q} after")
    story.says(chat, "before 50 axb backslash slash quoted after")
    assert texts(client, q=q) == [f"before {q} after"]


def test_an_answer_is_told_whole(client: TestClient, story: Story) -> None:
    user, chat = story.person("628115550101", name="Sari")
    answer = {
        "text": "…",
        "abstained": False,
        "mode": "model",
        "language": "en",
        "sources": [{"document_id": 4, "title": "Returns", "page": 2, "quote": "30 days"}],
        "trace": {"answerable": 0.9},
    }
    message = story.says(
        chat, "30 days", role="assistant", rag_context=answer, llm_tokens=612, response_time_ms=1480, ack=3
    )
    item = client.get("/api/messages").json()["items"][0]
    assert item == {
        "id": message.id,
        "conversation_id": chat.id,
        "turn_id": None,
        "role": "assistant",
        "text": "30 days",
        "kind": "text",
        "phone": "628115550101",
        "user": {"id": user.id, "phone": "628115550101", "name": "Sari"},
        "chat_id": "628115550101@c.us",
        "waha_session": "default",
        "waha_message_id": None,
        "ack": 3,
        "reaction": None,
        "tokens": 612,
        "response_time_ms": 1480,
        "sources": [
            {
                "document_id": 4,
                "title": "Returns",
                "page": 2,
                "heading": "",
                "rows": [],
                "quote": "30 days",
                "url": None,
            }
        ],
        "trace": {"mode": "model", "language": "en", "abstained": False, "answerable": 0.9},
        "created_at": "2026-03-01T12:00:00Z",
    }


@pytest.mark.parametrize(
    "query",
    [
        "since=0001-01-01T00:00:00%2B14:00", "until=9999-12-31T23:59:59-14:00", "since=9999-12-31T23:59:59-14:00",
        "since=0", "since=-1", "until=99999999999999", "since=1767225600", "since=1767225600123",
        "since=2026-01-01", "conversation_id=9223372036854775807", "q=%F0%9F%99%82%E2%80%AE", "q=%FF%FE", "phone=00",
    ],
)  # fmt: skip
def test_strange_queries_that_are_valid(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/messages?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"items": [], "next_cursor": None}
