from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from balas.conversations import revival
from balas.models import InboxState
from balas.ports import JobName, Ring
from tests.unit.api.conftest import START, Doorbells, Story


def test_books_of_nothing(client: TestClient) -> None:
    assert client.get("/api/books").json() == {
        "received": 0,
        "answered": 0,
        "ignored": 0,
        "dead": 0,
        "open": 0,
        "oldest_open_seconds": 0.0,
    }


def test_books_count_each_message_in_one_state(client: TestClient, story: Story) -> None:
    wanted = {
        InboxState.ANSWERED: 5,
        InboxState.IGNORED: 4,
        InboxState.DEAD: 3,
        InboxState.QUEUED: 2,
        InboxState.RECEIVED: 1,
    }
    for state, count in wanted.items():
        for number in range(count):
            story.letter(state, at=START + timedelta(minutes=number))
    for state in InboxState:
        story.letter(state, counted=False)  # acks, presence: not messages
    books = client.get("/api/books").json()
    age = books.pop("oldest_open_seconds")
    assert books == {"received": 15, "answered": 5, "ignored": 4, "dead": 3, "open": 3}
    assert age > 0


def test_stats_count_what_was_said_in_the_period(client: TestClient, story: Story) -> None:
    _, chat = story.person("628115550101")
    _, other = story.person("628115550102")
    story.person("628115550103")  # says nothing
    for number in range(20):
        story.says(chat, "q", minutes=number)
        story.turn(chat, "answered", 100 * (number + 1), minutes=number)
    story.says(other, "by hand", role="operator", minutes=1)
    story.says(other, "again", role="operator", minutes=2)
    abstained = story.turn(other, "abstained", 9000, minutes=3)
    story.letter(InboxState.DEAD)
    story.letter(InboxState.DEAD, counted=False)
    returns, prices = story.document("Returns"), story.document("Prices")
    story.cites(abstained, returns, page=1)
    story.cites(abstained, returns, page=2)
    last = story.turn(chat, "smalltalk", 100, minutes=30)
    story.cites(last, returns)
    story.cites(last, prices)
    assert client.get("/api/stats").json() == {
        "since": None,
        "until": None,
        "messages": 22,
        "messages_by_role": {"user": 20, "assistant": 0, "operator": 2},
        "users": 2,
        "conversations": 2,
        "answered": 20,
        "abstained": 1,
        "smalltalk": 1,
        "handed_over": 1,
        "dead": 1,
        "latency_ms": {"p50": 1000, "p95": 2000},
        "tokens": 22 * 110,
        "prompt_tokens": 2200,
        "completion_tokens": 220,
        "cost": 5.5,
        "top_documents": [
            {"document_id": returns.id, "title": "Returns", "answers": 2},
            {"document_id": prices.id, "title": "Prices", "answers": 1},
        ],
    }


def test_stats_of_a_span_begin_with_since_and_end_before_until(client: TestClient, story: Story) -> None:
    _, chat = story.person("628115550101")
    for minute in range(5):
        story.says(chat, "q", minutes=minute)
        story.turn(chat, "answered", 100 * (minute + 1), minutes=minute)
    span = {"since": "2026-03-01T12:01:00Z", "until": "2026-03-01T12:03:00Z"}
    found = client.get("/api/stats", params=span).json()
    assert (found["messages"], found["answered"], found["latency_ms"]) == (2, 2, {"p50": 200, "p95": 300})
    assert (found["since"], found["until"]) == (span["since"], span["until"])
    empty = client.get("/api/stats", params={"since": "2030-01-01"}).json()
    assert (empty["messages"], empty["latency_ms"], empty["top_documents"]) == (0, {"p50": None, "p95": None}, [])


def test_dead_letters_with_what_they_died_of(client: TestClient, story: Story) -> None:
    _, chat = story.person("628115550101")
    turn = story.turn(chat, "dead", 0, reason="the model did not answer for 15 minutes")
    first = story.letter(InboxState.DEAD, reason="unparseable", text=None, content=None, raw="{", kind="")
    second = story.letter(
        InboxState.DEAD,
        reason="deadline",
        turn_id=turn.id,
        waha_message_id="false_628115550101@c.us_3A",
        chat_id="628115550101@c.us",
        at=START + timedelta(minutes=1),
    )
    story.letter(InboxState.IGNORED, reason="group")
    page = client.get("/api/dead", params={"limit": 1}).json()
    assert page["items"] == [
        {
            "id": second.id,
            "waha_message_id": "false_628115550101@c.us_3A",
            "chat_id": "628115550101@c.us",
            "text": "hello",
            "reason": "deadline",
            "detail": "the model did not answer for 15 minutes",
            "waha_session": "default",
            "received_at": "2026-03-01T12:01:00Z",
            "failed_at": "2026-03-01T12:01:00Z",
        }
    ]
    rest = client.get("/api/dead", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert [item["id"] for item in rest["items"]] == [first.id]
    assert rest["next_cursor"] is None


def test_retry_rings_once_the_letter_is_back_in_line(client: TestClient, story: Story, doorbells: Doorbells) -> None:
    letter = story.letter(InboxState.DEAD, reason="deadline", content="{}")
    answer = client.post(f"/api/dead/{letter.id}/retry")
    assert answer.status_code == 202
    assert answer.json() == {"id": letter.id, "status": "queued"}
    assert doorbells.rung == [Ring(JobName.PROCESS_MESSAGE, letter.id)]
    assert client.get("/api/dead").json()["items"] == []
    assert client.post(f"/api/dead/{letter.id}/retry").status_code == 409
    assert len(doorbells.rung) == 1


def test_all_that_can_be_answered_are_retried_once(
    client: TestClient, story: Story, doorbells: Doorbells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revival, "BATCH", 2)  # so that they take several transactions
    dead = [story.letter(InboxState.DEAD, reason="deadline", content="{}").id for _ in range(5)]
    left = [
        story.letter(InboxState.DEAD, reason="unparseable", text=None, content=None, raw="{", kind=""),
        story.letter(InboxState.DEAD, reason="failed", text=None, content=None),  # too old: it has lost its words
        story.letter(InboxState.DEAD, reason="send outcome unknown", content="{}"),
    ]
    story.letter(InboxState.ANSWERED, content="{}")
    story.letter(InboxState.IGNORED, reason="stale", content="{}")
    answer = client.post("/api/dead/retry")
    assert (answer.status_code, answer.json()) == (202, {"retried": 5, "left": 3})
    assert [ring.row_id for ring in doorbells.rung] == dead  # the oldest first, when all are back in line
    assert {ring.job for ring in doorbells.rung} == {JobName.PROCESS_MESSAGE}
    assert [one["id"] for one in client.get("/api/dead").json()["items"]] == [one.id for one in reversed(left)]
    assert client.post("/api/dead/retry").json() == {"retried": 0, "left": 3}
    assert len(doorbells.rung) == 5


@pytest.mark.parametrize(
    "columns", [{"state": InboxState.ANSWERED}, {"content": None, "kind": "", "reason": "unparseable"}]
)
def test_retry_of_what_cannot_be_retried(
    client: TestClient, story: Story, doorbells: Doorbells, columns: dict[str, object]
) -> None:
    letter = story.letter(**({"state": InboxState.DEAD, "content": "{}"} | columns))  # type: ignore[arg-type]
    answer = client.post(f"/api/dead/{letter.id}/retry")
    assert answer.status_code == 409
    assert client.post("/api/dead/987654/retry").status_code == 404
    assert doorbells.rung == []
