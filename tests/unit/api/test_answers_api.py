"""Approved answers, audiences, periods and gaps through the API."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from balas.conversations import gaps, handoff
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.models import Conversation, Document, Gap, GapQuestion, GapState, User
from balas.ports import JobName, Ring
from tests.unit.api.conftest import START, Doorbells, Story

PAIR: dict[str, Any] = {"questions": ["Do you deliver?", " do  you deliver? ", "Delivery?"], "answer": "Yes.\r\nDaily."}


def test_an_answer_is_kept_listed_replaced_and_deleted(
    client: TestClient, doorbells: Doorbells, database: Database
) -> None:
    kept = client.post("/api/answers", json=PAIR | {"audience": "staff,parents,staff"}).json()
    assert (kept["questions"], kept["answer"]) == (["Do you deliver?", "do you deliver?", "Delivery?"], "Yes.\nDaily.")
    assert (kept["audience"], kept["status"]) == ("parents,staff", "received")
    assert doorbells.rung == [Ring(JobName.INGEST_DOCUMENT, kept["id"])]
    path = f"/api/answers/{kept['id']}"
    assert client.get(path).json() == kept
    assert client.get("/api/answers", params={"q": "DELIVER"}).json()["items"] == [kept]
    assert client.get("/api/documents").json()["items"] == []

    changed = client.put(path, json=PAIR | {"answer": "No.", "valid_until": "2026-12-31", "audience": "staff"}).json()
    assert (changed["answer"], changed["valid_until"]) == ("No.", "2027-01-01T00:00:00Z")
    with reading(database) as session:
        row = session.get_one(Document, kept["id"])
        assert (row.audience, row.uploaded_version) == ("staff", 2)  # at once, not with the new version
    assert client.delete(path).status_code == 204
    assert [client.request(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]


@pytest.mark.parametrize(
    "wrong",
    [
        {"questions": []},
        {"questions": [" "]},
        {"answer": " "},
        {"audience": "staff, parents"},
        {"audience": ""},
        {"valid_from": "2026-05-02", "valid_until": "2026-05-01"},
        {"valid_until": "31 Dec"},
        {"category": "  "},
    ],
)
def test_what_can_not_be_an_answer(client: TestClient, wrong: dict[str, Any]) -> None:
    assert client.post("/api/answers", json=PAIR | wrong).status_code == 422


def test_terms_of_a_document(client: TestClient) -> None:
    given = {"title": "Fees", "text": "300 a month.", "category": "fees", "valid_from": "2026-01-01T08:00:00+07:00"}
    document = client.post("/api/documents", json=given).json()
    assert (document["category"], document["valid_from"]) == ("fees", "2026-01-01T01:00:00Z")
    path = f"/api/documents/{document['id']}"
    changed = client.patch(path, json={"audience": "b,a", "valid_until": "2026-06-30"}).json()
    assert (changed["audience"], changed["category"]) == ("a,b", "fees")
    assert (changed["valid_from"], changed["valid_until"]) == ("2026-01-01T01:00:00Z", "2026-07-01T00:00:00Z")
    assert client.patch(path, json={"category": None, "valid_from": None}).json()["category"] is None
    assert client.patch(path, json={"valid_from": "2026-08-01"}).status_code == 422
    assert client.patch(path, json={"colour": "red"}).status_code == 422
    # a new version keeps what nobody spoke of
    again = client.post("/api/documents", json={"title": "Fees", "text": "310 a month."}).json()
    assert (again["version"], again["audience"], again["valid_until"]) == (2, "a,b", "2026-07-01T00:00:00Z")
    sent = {"file": ("list.txt", b"One, two.")}, {"valid_until": "2026-12-31", "audience": "a"}
    with_file = client.post("/api/documents", files=sent[0], data=sent[1]).json()
    assert (with_file["audience"], with_file["valid_until"]) == ("a", "2027-01-01T00:00:00Z")
    assert client.get("/api/documents", params={"category": "fees"}).json()["items"] == []


def test_numbers_of_an_audience(client: TestClient, story: Story) -> None:
    story.person("628115550101")
    phones = ["+62 811-555-0101", "628115550102", "62811 5550101"]
    assert client.post("/api/audiences/parents", json={"phones": phones}).json() == {"name": "parents", "numbers": 2}
    client.post("/api/audiences/staff", json={"phones": ["628115550101"]})
    assert client.get("/api/audiences").json()["items"] == [
        {"name": "parents", "numbers": 2},
        {"name": "staff", "numbers": 1},
    ]
    first = client.get("/api/audiences", params={"limit": 1}).json()
    assert [one["name"] for one in first["items"]] == ["parents"]
    last = client.get("/api/audiences", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert ([one["name"] for one in last["items"]], last["next_cursor"]) == (["staff"], None)
    assert client.get("/api/audiences", params={"cursor": "made up"}).status_code == 400
    assert client.get("/api/audiences", params={"foo": 1}).status_code == 422
    page = client.get("/api/audiences/parents", params={"limit": 1}).json()
    assert (page["phones"], page["next_after"]) == (["628115550101"], "628115550101")
    rest = client.get("/api/audiences/parents", params={"after": page["next_after"]}).json()
    assert (rest["phones"], rest["next_after"]) == (["628115550102"], None)
    assert client.get("/api/users").json()["items"][0]["audiences"] == ["parents", "staff"]
    assert client.delete("/api/audiences/parents/628115550102").status_code == 204
    assert client.delete("/api/audiences/parents/628115550102").status_code == 404
    assert client.delete("/api/audiences/parents").status_code == 204
    assert client.post("/api/audiences/public", json={"phones": phones}).status_code == 422
    assert client.post("/api/audiences/a b", json={"phones": phones}).status_code == 422


def asked(
    story: Story, text: str, gap: Gap | None, who: tuple[User, Conversation], minutes: float, **more: Any
) -> GapQuestion:
    turn = story.turn(who[1], "abstained", 100)
    row: GapQuestion = story.add(
        GapQuestion(
            gap_id=gap.id if gap else None, turn_id=turn.id, conversation_id=who[1].id, user_id=who[0].id, position=0,
            text=text, language="en", passages=[], asked_at=START + timedelta(minutes=minutes), **more,
        )
    )  # fmt: skip
    return row


def test_gaps_are_counted_paged_and_exported(client: TestClient, story: Story) -> None:
    alice, bob = story.person("628115550101"), story.person("628115550102")
    first, second, hidden = (story.add(Gap(state=state, created_at=START)) for state in ("open", "open", "dismissed"))
    reply = story.says(alice[1], "Yes, we do.", role="operator")
    asked(story, "Sunday?", first, alice, 1, closeness=0.9, reply_message_id=reply.id)
    asked(story, "Open on Sunday?", first, bob, 2, closeness=0.95)
    asked(story, "sunday", first, bob, 9, closeness=0.8)
    asked(story, '=HYPERLINK("x")', second, alice, 5, closeness=1.0)
    asked(story, "Nonsense", hidden, alice, 5, closeness=1.0)
    asked(story, "Not gathered yet", None, alice, 6)

    page = client.get("/api/gaps", params={"limit": 1}).json()
    [gap] = page["items"]
    assert (gap["question"], gap["also"]) == ("Open on Sunday?", ["Sunday?", "sunday"])
    assert (gap["messages"], gap["people"], gap["replied"], gap["reply"]) == (3, 2, 1, "Yes, we do.")
    rest = client.get("/api/gaps", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert ([item["id"] for item in rest["items"]], rest["next_cursor"]) == ([second.id], None)
    early = client.get("/api/gaps", params={"until": "2026-03-01T12:03:00Z"}).json()["items"]
    assert [(item["id"], item["messages"], item["people"]) for item in early] == [(first.id, 2, 2)]

    answer = client.get("/api/gaps.csv", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row[0] for row in rows[1:]] == ["Open on Sunday?", '\'=HYPERLINK("x")']
    assert client.get("/api/gaps.csv", headers={"Accept": "image/png"}).status_code == 406

    kept = client.post("/api/answers", json=PAIR | {"gap_id": first.id}).json()
    assert client.get(f"/api/gaps/{first.id}").json()["answer_id"] == kept["id"]
    assert client.delete(f"/api/answers/{kept['id']}").status_code == 204
    assert client.get(f"/api/gaps/{first.id}").json()["state"] == "open"
    assert client.post(f"/api/gaps/{second.id}/dismiss").status_code == 204
    assert [item["id"] for item in client.get("/api/gaps").json()["items"]] == [first.id]
    assert client.post("/api/answers", json=PAIR | {"gap_id": 999}).status_code == 404
    assert client.get("/api/answers").json()["items"] == []  # nothing is kept of what was refused


def test_asking_for_a_person_counts_more_than_being_offered_one(
    client: TestClient, story: Story, database: Database
) -> None:
    chats = [story.person(f"6281155501{n:02}")[1] for n in range(3)]
    with transaction(database) as session:
        handoff.await_person(session, chats[0].id, "unanswered", START)
        handoff.await_person(session, chats[0].id, "asked", START + timedelta(minutes=5))
        handoff.await_person(session, chats[0].id, "unanswered", START + timedelta(minutes=6))
    [item] = client.get("/api/conversations", params={"waiting": True}).json()["items"]
    assert (item["id"], item["waiting_for"], item["waiting_since"]) == (chats[0].id, "asked", "2026-03-01T12:00:00Z")
    assert len(client.get("/api/conversations", params={"waiting": False}).json()["items"]) == 2
    assert "balas_conversations_waiting 1.0" in client.get("/metrics").text
    assert client.post(f"/api/conversations/{chats[0].id}/done").status_code == 204
    assert client.post("/api/conversations/999/done").status_code == 404
    assert client.get("/api/conversations", params={"waiting": True}).json()["items"] == []


def test_an_answered_gap_opens_again_with_the_same_question(story: Story, database: Database) -> None:
    alice = story.person("628115550101")
    gap = story.add(Gap(state=GapState.ANSWERED, created_at=START))
    dismissed = story.add(Gap(state=GapState.DISMISSED, created_at=START))
    one, other = asked(story, "Sunday?", None, alice, 1), asked(story, "Nonsense", None, alice, 2)
    with transaction(database) as session:
        assert gaps.place(session, one.id, gap.id, "m", b"")
        assert gaps.place(session, other.id, dismissed.id, "m", b"")
        assert not gaps.place(session, 999, gap.id, "m", b"")
    with reading(database) as session:
        assert session.get_one(Gap, gap.id).state == GapState.OPEN
        assert session.get_one(Gap, dismissed.id).state == GapState.DISMISSED
    with transaction(database) as session:
        assert gaps.forget(session, GapQuestion.user_id == alice[0].id) == 2
    with reading(database) as session:
        assert session.get(Gap, gap.id) is None


def test_an_answer_for_few_stays_so_when_it_is_replaced(client: TestClient) -> None:
    path = "/api/answers/{id}".format(**client.post("/api/answers", json=PAIR | {"audience": "staff"}).json())
    client.put(path, json=PAIR | {"category": "pay", "valid_until": "2026-12-31"})
    again = client.put(path, json=PAIR | {"answer": "No."}).json()
    assert (again["audience"], again["category"], again["valid_until"]) == ("staff", "pay", "2027-01-01T00:00:00Z")
    again = client.put(path, json=PAIR | {"answer": "No.", "category": None}).json()
    assert (again["category"], again["valid_until"]) == (None, None)
