"""Every answer can be looked into, asked again, and is forgotten with its person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from balas.conversations import retention
from balas.database.session import transaction
from tests.lines.system import ALICE, BOB, System
from tests.lines.test_document_line import balas, until_settled

LAST = "Siapa presiden Prancis?"  # when no document is left to answer it


def traces(system: System, **filters: Any) -> list[dict[str, Any]]:
    answer = system.client.get("/api/traces", params=filters).raise_for_status().json()
    found: list[dict[str, Any]] = answer["items"]
    return found


def test_a_trace_holds_all_and_replays_with_its_history(system: System) -> None:
    system.says(ALICE, "Hari Minggu toko buka?")
    system.wait_for_replies(ALICE, 1)
    system.says(ALICE, "kalau hari Senin?")
    system.wait_for_replies(ALICE, 2)
    system.wait_until_settled()
    newest, first = traces(system)
    assert (newest["question"], first["question"]) == ("kalau hari Senin?", "Hari Minggu toko buka?")
    whole = system.client.get(f"/api/traces/{newest['turn_id']}").raise_for_status().json()
    record = whole["trace"]
    assert record["asked"] == {
        "lines": ["kalau hari Senin?"],
        "audiences": ["public"],
        "language": first["language"],
        "quoted": None,
    }
    assert len(whole["history"]) == 2
    assert record["lines"][0]["rewritten"]
    assert {"dense", "words", "characters", "score", "text", "chunk_id"} <= set(record["lines"][0]["hits"][0])
    assert record["answerable"] == record["lines"][0]["answerable"] > 0
    assert record["knowledge_version"] > 0
    assert {"retrieve", "extract", "total"} <= set(record["times"])

    before = system.client.get("/api/books").json()
    same = system.client.post(f"/api/traces/{newest['turn_id']}/replay").raise_for_status().json()
    assert same["same_answer"]
    assert same["new"]["answer"] == whole["answer"]
    assert same["new"]["trace"]["lines"][0]["rewritten"] == record["lines"][0]["rewritten"]

    changed = "Toko buka hari Senin sampai Jumat pukul 10.00 sampai 17.00. Hari Minggu toko tutup."
    handed = system.client.post("/api/documents", json={"title": "Jam buka", "text": changed}).json()
    until_settled(system, handed["id"])
    other = system.client.post(f"/api/traces/{newest['turn_id']}/replay").raise_for_status().json()
    assert not other["same_answer"]
    assert "10.00" in other["new"]["answer"]
    assert {"answer", "passages", "knowledge_version"} <= {one["what"] for one in other["differences"]}
    assert len(system.replies(ALICE)) == 2
    assert system.client.get("/api/books").json() == before


def test_traces_are_listed_by_time_outcome_and_chat_page_by_page(system: System) -> None:
    for chat, text, replies in ((ALICE, "Bisa bayar COD?", 1), (BOB, "Halo!", 1), (BOB, LAST, 2)):
        if text == LAST:
            for document in system.client.get("/api/documents").json()["items"]:
                system.client.delete(f"/api/documents/{document['id']}").raise_for_status()
        system.says(chat, text)
        system.wait_for_replies(chat, replies)
        system.wait_until_settled()
    assert [one["outcome"] for one in traces(system)] == ["abstained", "smalltalk", "answered"]
    assert [one["question"] for one in traces(system, outcome="abstained")] == [LAST]
    bobs = traces(system)[0]["conversation_id"]
    assert len(traces(system, conversation_id=bobs)) == 2
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert traces(system, since=soon) == []
    assert len(traces(system, until=soon)) == 3
    page = system.client.get("/api/traces", params={"limit": 2}).json()
    rest = system.client.get("/api/traces", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [one["question"] for one in [*page["items"], *rest["items"]]] == [one["question"] for one in traces(system)]
    assert rest["next_cursor"] is None


def test_a_question_for_the_source_is_replayed_with_what_it_asked_about(system: System) -> None:
    for count, text in enumerate(("Bisa bayar COD?", "sumbernya?"), 1):
        system.says(ALICE, text)
        system.wait_for_replies(ALICE, count)
        system.wait_until_settled()
    newest = traces(system)[0]
    again = system.client.post(f"/api/traces/{newest['turn_id']}/replay").raise_for_status().json()
    assert again["new"]["answer"] == newest["answer"]
    assert "COD" in newest["answer"]


def test_what_was_erased_or_blanked_has_no_trace(system: System) -> None:
    for chat in (ALICE, BOB):
        system.says(chat, "Bisa bayar COD?")
        system.wait_until_settled()
    bobs, alices = traces(system)
    alice = next(user for user in system.client.get("/api/users").json()["items"] if user["phone"] == "12025550101")
    system.client.delete(f"/api/users/{alice['id']}").raise_for_status()
    assert [one["turn_id"] for one in traces(system)] == [bobs["turn_id"]]
    assert system.client.get(f"/api/traces/{alices['turn_id']}").status_code == 404
    with transaction(system.runtime.database) as session:
        before = datetime.now(UTC) + timedelta(minutes=1)
        retention.blank(session, retention.old(session, retention.Marks(), before, 100))
    assert traces(system) == []
    gone = system.client.post(f"/api/traces/{bobs['turn_id']}/replay")
    assert gone.status_code == 404
    assert "blanked" in gone.json()["detail"]


def test_the_command_shows_and_compares(system: System, data_dir: Path) -> None:
    system.says(ALICE, "Bisa bayar COD?")
    system.wait_until_settled()
    turn = str(traces(system)[0]["turn_id"])
    told = balas(data_dir, "trace", turn)
    assert "Bisa bayar COD?" in told.stdout
    assert "meaning" in told.stdout
    compared = balas(data_dir, "trace", turn, "--replay", "--json")
    assert json.loads(compared.stdout)["same_answer"], compared.stderr
    assert balas(data_dir, "trace", "999").returncode == 1
