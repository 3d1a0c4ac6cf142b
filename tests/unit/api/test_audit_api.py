"""Everything that the API changes is written down with it, and can be read and not changed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select
from starlette.testclient import TestClient

from balas.audit import Action
from balas.database.engine import Database
from balas.database.session import reading
from balas.models import AuditEntry, Conversation, Gap, GapState, InboxState
from balas.runtime import Runtime
from balas.security.redaction import keyed_hash
from tests.unit.api.conftest import START, Story
from tests.unit.api.test_documents_api import indexed, upload

Json = dict[str, Any]
ANSWER = {"questions": ["Do you deliver?"], "answer": "Yes, daily."}
SITE = {"url": "https://example.org/help"}


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """SQLite; both for the test that asks for it."""
    found: Database = request.getfixturevalue(getattr(request, "param", "sqlite"))
    return found


def done(client: TestClient, **query: Any) -> list[tuple[str, str | None, int]]:
    """The oldest first."""
    answer = client.get("/api/audit", params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    return [(one["action"], one["target"], one["number"]) for one in answer.json()["items"]][::-1]


def test_documents_and_what_is_said_about_them(client: TestClient, runtime: Runtime) -> None:
    first = upload(client, "a.txt", b"Nine to five.").json()["id"]
    upload(client, "a.txt", b"Nine to five.")  # nothing new
    upload(client, "a.txt", b"Nine to six.")
    lines = b'{"_id": "1", "title": "A", "text": "one"}\n{"_id": "2", "title": "B", "text": "two"}\n'
    second = upload(client, "b.jsonl", lines).json()["id"]
    indexed(runtime, first, 1)
    assert client.patch(f"/api/documents/{first}", json={"category": "hours"}).status_code == 200
    assert client.delete(f"/api/documents/{first}").status_code == 204
    assert client.delete(f"/api/documents/{first}").status_code == 404
    assert done(client) == [
        ("document.uploaded", str(first), 1),
        ("document.replaced", str(first), 1),
        ("document.uploaded", str(second), 2),
        ("document.changed", str(first), 1),
        ("document.deleted", str(first), 1),
    ]


def test_websites_answers_and_gaps(client: TestClient, story: Story) -> None:
    site = client.post("/api/websites", json=SITE).json()["id"]
    client.post("/api/websites", json=SITE)
    client.post("/api/websites", json={**SITE, "max_pages": 7})
    client.post(f"/api/websites/{site}/sync")
    client.delete(f"/api/websites/{site}")
    gap = story.add(Gap(state=GapState.OPEN, created_at=START)).id
    other = story.add(Gap(state=GapState.OPEN, created_at=START)).id
    answer = client.post("/api/answers", json={**ANSWER, "gap_id": gap}).json()["id"]
    client.put(f"/api/answers/{answer}", json={**ANSWER, "answer": "No."})
    client.delete(f"/api/answers/{answer}")
    client.post(f"/api/gaps/{other}/dismiss")
    assert client.post("/api/gaps/9999/dismiss").status_code == 404
    assert [(action, target) for action, target, _ in done(client)] == [
        ("website.added", str(site)),
        ("website.synced", str(site)),
        ("website.changed", str(site)),
        ("website.synced", str(site)),
        ("website.removed", str(site)),
        ("answer.approved", str(answer)),
        ("gap.answered", str(gap)),
        ("answer.changed", str(answer)),
        ("answer.deleted", str(answer)),
        ("gap.dismissed", str(other)),
    ]


def test_each_change_of_a_golden_question_is_recorded_once(client: TestClient) -> None:
    draft = {"question": "Do you deliver?", "expected": "daily", "approved": False}
    golden = client.post("/api/golden", json=draft).json()["id"]
    client.post(f"/api/golden/{golden}/approve")
    client.post(f"/api/golden/{golden}/approve")  # it is already
    client.patch(f"/api/golden/{golden}", json={"expected": "every day", "approved": False})
    client.delete(f"/api/golden/{golden}")
    assert done(client)[-5:] == [
        (f"golden.{verb}", str(golden), 1) for verb in ("added", "approved", "changed", "withdrawn", "deleted")
    ]


def test_people_and_their_letters(client: TestClient, story: Story) -> None:
    phones = ["+62 811 555 0101", "628115550102"]
    client.post("/api/audiences/parents", json={"phones": phones})
    client.post("/api/audiences/parents", json={"phones": phones})  # they have it
    client.delete(f"/api/audiences/parents/{phones[1]}")
    client.delete("/api/audiences/parents")
    dead = [story.letter(InboxState.DEAD, content="{}", text="Hi").id for _ in range(3)]
    client.post(f"/api/dead/{dead[0]}/retry")
    assert client.post(f"/api/dead/{dead[0]}/retry").status_code == 409
    client.post("/api/dead/retry")
    person, _ = story.person("628115550101")
    chat = story.add(
        Conversation(waha_session="default", chat_key="w", chat_id="w", user_id=person.id, created_at=START,
                     last_message_at=START, waiting_since=START, waiting_for="asked")
    )  # fmt: skip
    client.post(f"/api/conversations/{chat.id}/done")
    client.post(f"/api/conversations/{chat.id}/done")  # nobody waits any more
    receipt = client.delete(f"/api/users/{person.id}").json()["receipt_id"]
    assert done(client)[-7:] == [
        ("audience.given", None, 2),
        ("audience.taken", None, 1),
        ("audience.taken", None, 1),
        ("dead.retried", str(dead[0]), 1),
        ("dead.retried", str(dead[2]), 2),
        ("conversation.done", str(chat.id), 1),
        ("person.erased", receipt, 1),
    ]


def test_an_entry_says_who_and_where_without_names_or_numbers(client: TestClient, runtime: Runtime) -> None:
    client.post("/api/audiences/parents", json={"phones": ["628115550101"]})
    upload(client, "secret-name.txt", b"secret words")
    answer = client.get("/api/audit")
    entry = answer.json()["items"][0]
    assert {name: entry[name] for name in ("who", "address", "result")} == {
        "who": "api",
        "address": keyed_hash(runtime.secrets.hmac_keys[-1], "testclient"),
        "result": "done",
    }
    for told in ("testclient", "parents", "628115550101", "secret"):
        assert told not in answer.text


@pytest.mark.parametrize("database", ["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_it_is_only_ever_added_to(client: TestClient, runtime: Runtime, story: Story) -> None:
    """What changes say to the table, and what the API lets anybody do to it."""
    said: list[str] = []
    event.listen(runtime.database.writer, "before_cursor_execute", lambda *told: said.append(told[2]))
    test_documents_and_what_is_said_about_them(client, runtime)
    test_each_change_of_a_golden_question_is_recorded_once(client)
    test_people_and_their_letters(client, story)
    verbs = {statement.split()[0].upper() for statement in said if "audit_entries" in statement}
    assert verbs - {"SELECT"} == {"INSERT"}
    for method in ("put", "patch", "post", "delete"):
        assert getattr(client, method)("/api/audit").status_code == 405
        assert getattr(client, method)("/api/audit/1").status_code == 404
    assert len(done(client)) == 17


def test_pages_and_filters(client: TestClient, story: Story, runtime: Runtime) -> None:
    for n in range(5):
        upload(client, f"{n}.txt", f"text {n}".encode())
    first = client.get("/api/audit", params={"limit": 2}).json()
    second = client.get("/api/audit", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    third = client.get("/api/audit", params={"limit": 2, "cursor": second["next_cursor"]}).json()
    ids = [one["id"] for page in (first, second, third) for one in page["items"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), third["next_cursor"]) == (5, None)
    target = first["items"][0]["target"]
    assert done(client, action="document.uploaded", target=target) == [("document.uploaded", target, 1)]
    assert done(client, action="document.deleted") == []
    for query in ({"action": "document.eaten"}, {"target": "../x"}, {"limit": 0}, {"who": "me"}):
        refused = client.get("/api/audit", params=query)
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert client.get("/api/audit", params={"cursor": "x"}).status_code == 400
    with reading(runtime.database) as session:
        assert {row.action for row in session.scalars(select(AuditEntry))} <= set(Action)
