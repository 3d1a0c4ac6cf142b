from __future__ import annotations

from datetime import timedelta

from starlette.testclient import TestClient

from tests.unit.api.conftest import START, Story


def test_conversations_with_their_last_message(client: TestClient, story: Story) -> None:
    user, chat = story.person("628115550101")
    _, silent = story.person("628115550102", at=START - timedelta(days=1))
    story.says(chat, "first")
    last = story.says(chat, "second", role="assistant", minutes=1)
    items = client.get("/api/conversations").json()["items"]
    assert [item["id"] for item in items] == [chat.id, silent.id]
    assert items[0] == {
        "id": chat.id,
        "waha_session": "default",
        "chat_id": "628115550101@c.us",
        "phone": "628115550101",
        "user": {"id": user.id, "phone": "628115550101", "name": "Sari"},
        "language": None,
        "waiting_since": None,
        "waiting_for": None,
        "paused_until": None,
        "last_message": {
            "id": last.id,
            "role": "assistant",
            "text": "second",
            "created_at": "2026-03-01T12:01:00Z",
        },
        "created_at": "2026-03-01T12:00:00Z",
        "last_message_at": "2026-03-01T12:00:00Z",
    }
    assert items[1]["last_message"] is None
    one = client.get(f"/api/conversations/{chat.id}").json()
    assert one == items[0] | {"messages": {"user": 1, "assistant": 1}}


def test_conversations_by_phone_and_user(client: TestClient, story: Story) -> None:
    user, chat = story.person("628115550101")
    _, other = story.person("628115550102")

    def found(**query: object) -> list[int]:
        return [item["id"] for item in client.get("/api/conversations", params=query).json()["items"]]

    assert found(phone="+62 811 555 0101") == [chat.id]
    assert found(user_id=user.id) == [chat.id]
    assert found(phone="628115550102", user_id=user.id) == []
    assert set(found()) == {chat.id, other.id}


def test_pages_of_people_join_without_gap(client: TestClient, story: Story) -> None:
    people = [story.person(f"62811555{number:04}")[0].id for number in range(7)]
    seen: list[int] = []
    query: dict[str, object] = {"limit": 3}
    while True:
        page = client.get("/api/users", params=query).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == people[::-1]


def test_a_hostile_name_is_shown_as_written(client: TestClient, story: Story) -> None:
    user, chat = story.person(None, name="=cmd|' /C calc'!A0 <script>")
    assert client.get(f"/api/users/{user.id}").json() == {
        "id": user.id,
        "phone": None,
        "lid": None,
        "name": "=cmd|' /C calc'!A0 <script>",
        "audiences": [],
        "created_at": "2026-03-01T12:00:00Z",
        "last_seen_at": None,
        "conversation_ids": [chat.id],
    }
    assert [item["id"] for item in client.get("/api/users", params={"phone": "628"}).json()["items"]] == []
