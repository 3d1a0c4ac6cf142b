"""Approved answers, audiences, gaps and the wish for a person, from the phone to the API."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from balas.rag.talk.phrases import phrase
from tests.chaos.storm import model_settings
from tests.fakes.openai_server import FakeOpenAI, Quotes
from tests.lines.system import ALICE, BOB, System, started, wait_until

PHONE = ALICE.partition("@")[0]
UNKNOWN = "Apakah kalian menjual ban mobil bekas?"


def approve(system: System, *questions: str, answer: str, **more: Any) -> dict[str, Any]:
    body = {"questions": list(questions), "answer": answer, **more}
    found = system.client.post("/api/answers", json=body)
    assert found.status_code == 202, found.text
    return indexed(system, found.json()["id"])


def indexed(system: System, answer_id: int) -> dict[str, Any]:
    def ready() -> dict[str, Any] | None:
        answer: dict[str, Any] = system.client.get(f"/api/answers/{answer_id}").json()
        return answer if answer["status"] == "indexed" else None

    return wait_until(ready)


def ask(system: System, question: str, **more: Any) -> dict[str, Any]:
    found = system.client.post("/api/ask", json={"question": question, **more})
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


def hits(system: System, query: str, **more: Any) -> str:
    found = system.client.post("/api/search", json={"query": query, **more}).json()["hits"]
    return "\n".join(hit["title"] + hit["text"] for hit in found)


def test_an_approved_answer_wins_as_written(system: System) -> None:
    words = "*Ya*, tiap Minggu kami buka pukul 10–14.\n- pintu depan saja"
    kept = approve(system, "Hari Minggu buka?", "Apakah buka hari Minggu?", answer=words, language="id")
    system.says(ALICE, "halo kak, hari Minggu apakah buka?")
    [reply] = system.wait_for_replies(ALICE)
    assert reply == f"{words}\n\nSumber: jawaban resmi"
    answer = ask(system, "apakah buka hari minggu")
    assert (answer["answer"], answer["trace"]["mode"]) == (words, "approved")
    assert [(one["document_id"], one["title"]) for one in answer["sources"]] == [(kept["id"], "jawaban resmi")]
    assert words not in ask(system, "Hari Senin buka jam berapa?")["answer"]
    listed = system.client.get("/api/answers", params={"q": "minggu"}).json()["items"]
    assert [one["id"] for one in listed] == [kept["id"]]
    assert [one["source"] for one in system.client.get("/api/documents").json()["items"]] == ["text"] * 3

    changed = {"questions": kept["questions"], "answer": "Tidak lagi.", "language": "id"}
    assert system.client.put(f"/api/answers/{kept['id']}", json=changed).status_code == 202
    indexed(system, kept["id"])
    assert ask(system, "hari minggu buka?")["answer"] == "Tidak lagi."
    assert system.client.delete(f"/api/answers/{kept['id']}").status_code == 204
    assert "Tidak lagi" not in ask(system, "hari minggu buka?")["answer"]
    assert system.client.get(f"/api/answers/{kept['id']}").status_code == 404


def test_beside_another_question_it_stands_as_written(system: System) -> None:
    approve(system, "Ada parkir?", answer="Parkir gratis di belakang.", language="id")
    system.says(ALICE, "ada parkir?\nongkos kirim ke Jakarta berapa?")
    [reply] = system.wait_for_replies(ALICE)
    assert reply.startswith("Parkir gratis di belakang.")
    assert "Rp 12.000" in reply
    assert "jawaban resmi" in reply
    assert "Pengiriman" in reply
    answer = ask(system, f"ada parkir?\n{UNKNOWN}")
    assert answer["answer"].startswith("Parkir gratis di belakang.\n\nTentang “Apakah kalian menjual")
    assert (answer["abstained"], answer["trace"]["unanswered"]) == (False, [UNKNOWN])


@pytest.fixture
def suggesting(data_dir: Path) -> Iterator[System]:
    with started(data_dir, BALAS_WHEN_UNKNOWN="near_topics") as running:
        yield running


def test_an_approved_answer_to_two_questions_in_one_is_given_to_both_together(system: System) -> None:
    approve(system, "Jam buka berapa dan berapa ongkirnya?", answer="Lihat papan di toko.", language="id")
    assert ask(system, "jam buka berapa dan berapa ongkirnya?")["answer"] == "Lihat papan di toko."
    assert "20.00" in ask(system, "Senin buka jam berapa dan berapa ongkos kirim ke Jakarta?")["answer"]


def test_a_model_gets_the_whole_turn_and_is_told_what_is_answered_already(data_dir: Path) -> None:
    with FakeOpenAI() as fake, started(data_dir, **model_settings(fake)) as system:
        fake.default = Quotes()
        approve(system, "Apakah ada COD?", answer="Ya, di Bandung.", language="id")
        ask(system, "Apakah ada COD?\nSenin buka jam berapa?")
        [call] = fake.chats
    assert call.last_user == "Apakah ada COD?\nSenin buka jam berapa?"
    assert "leave them out.\n<quoted>\nApakah ada COD?\n</quoted>" in call.system


def test_what_is_for_others_leaks_nowhere(suggesting: System) -> None:
    """Answers, citations, near topics, search, trace, also right after somebody who may know has asked the same."""
    system = suggesting
    secret = "Rahasia: kunci gudang ada di laci biru."
    approve(system, "Di mana kunci gudang?", answer=secret, language="id", audience="staff,owners")
    document = {"title": "Laci biru", "text": "Kunci gudang rahasia disimpan di laci biru.", "audience": "staff"}
    added = system.client.post("/api/documents", json=document).json()
    wait_until(lambda: system.client.get(f"/api/documents/{added['id']}").json()["status"] == "indexed" or None)

    def leaked(found: Any) -> bool:
        return "laci" in str(found).lower()

    question = "Di mana kunci gudang?"
    for audience, may_know in (
        ("public", False),
        ("staf", False),
        ("staff", True),
        ("owners", True),
        ("x,staff", True),
    ):
        for _ in range(2):
            answer = ask(system, question, audience=audience)
            assert leaked(answer) is may_know, (audience, answer)
            assert leaked(hits(system, question, audience=audience)) is may_know
    assert not leaked(ask(system, question))

    assert system.client.post("/api/audiences/staff", json={"phones": [f"+{PHONE}"]}).json()["numbers"] == 1
    for chat, may_know in ((ALICE, True), (BOB, False), (f"{PHONE}9@c.us", False), (f"{PHONE[:-1]}@c.us", False)):
        system.says(chat, question)
        [reply] = system.wait_for_replies(chat)
        assert leaked(reply) is may_know, chat
    traces = system.client.get("/api/messages", params={"phone": BOB.partition("@")[0]}).text
    assert not leaked(traces)
    assert not leaked(system.client.get("/api/gaps", params={"state": "all"}).text)

    user = system.client.get("/api/users", params={"phone": PHONE}).json()["items"][0]
    assert user["audiences"] == ["staff"]
    assert system.client.delete(f"/api/audiences/staff/{PHONE}").status_code == 204
    system.says(ALICE, question)
    assert not leaked(system.wait_for_replies(ALICE, 2)[1])


def test_a_gap_is_gathered_answered_and_forgotten(system: System) -> None:
    for chat, text in ((ALICE, UNKNOWN), (BOB, "apakah kalian jual ban mobil bekas"), (BOB, "Siapa presiden Prancis?")):
        before = len(system.replies(chat))
        system.says(chat, text)
        system.wait_for_replies(chat, before + 1)

    def gathered() -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = system.client.get("/api/gaps").json()["items"]
        return items if sum(item["messages"] for item in items) == 3 else None

    gaps = wait_until(gathered)
    tyres = next(gap for gap in gaps if gap["people"] == 2)
    assert (len(gaps), tyres["messages"], tyres["languages"]) == (2, 2, ["id"])
    assert "ban mobil bekas" in tyres["question"]
    assert tyres["passages"][0]["title"] in {"Jam buka", "Pengiriman", "Pembayaran"}

    rows = list(csv.reader(io.StringIO(system.client.get("/api/gaps.csv").text.removeprefix("\ufeff"))))
    assert (rows[0][0], rows[1][0], rows[1][2]) == ("question", tyres["question"], "2")

    kept = approve(system, tyres["question"], answer="Tidak, hanya yang baru.", language="id", gap_id=tyres["id"])
    assert system.client.get(f"/api/gaps/{tyres['id']}").json()["answer_id"] == kept["id"]
    assert len(system.client.get("/api/gaps").json()["items"]) == 1
    assert ask(system, UNKNOWN)["answer"] == "Tidak, hanya yang baru."
    other = next(gap for gap in gaps if gap is not tyres)
    assert system.client.post(f"/api/gaps/{other['id']}/dismiss").status_code == 204
    assert system.client.get("/api/gaps").json()["items"] == []
    assert len(system.client.get("/api/gaps", params={"state": "dismissed"}).json()["items"]) == 1

    user = system.client.get("/api/users", params={"phone": BOB.partition("@")[0]}).json()["items"][0]
    erased = system.client.delete(f"/api/users/{user['id']}").json()["erased"]
    assert erased["gap_questions"] == 2
    left = system.client.get("/api/gaps", params={"state": "all"}).json()["items"]
    assert [(gap["question"], gap["people"]) for gap in left] == [(UNKNOWN, 1)]


def waiting(system: System) -> list[tuple[str, str]]:
    items = system.client.get("/api/conversations", params={"waiting": True}).json()["items"]
    return [(item["chat_id"], item["waiting_for"]) for item in items]


def test_who_was_offered_a_person_waits_until_one_writes(system: System) -> None:
    system.says(ALICE, UNKNOWN)
    system.wait_for_replies(ALICE)
    assert waiting(system) == [(ALICE, "unanswered")]
    system.says(BOB, "ongkos kirim ke Jakarta?")
    system.wait_for_replies(BOB)
    assert waiting(system) == [(ALICE, "unanswered")]
    assert "balas_conversations_waiting 1.0" in system.client.get("/metrics").text
    system.phones.owner_types(ALICE, "Ya, kami punya. Datang saja.")
    wait_until(lambda: True if not waiting(system) else None)
    gap = wait_until(lambda: (system.client.get("/api/gaps").json()["items"] or [None])[0])
    assert (gap["replied"], gap["reply"]) == (1, "Ya, kami punya. Datang saja.")


@pytest.mark.parametrize("wish", ["bisa bicara dengan admin?", "Can I talk to a human please", "转人工"])
def test_who_asks_for_a_person_waits_for_one(system: System, wish: str) -> None:
    system.says(ALICE, wish)
    [reply] = system.wait_for_replies(ALICE)
    assert "Rp" not in reply
    assert waiting(system) == [(ALICE, "asked")]
    conversation = system.client.get("/api/conversations").json()["items"][0]
    assert system.client.post(f"/api/conversations/{conversation['id']}/done").status_code == 204
    assert waiting(system) == []


def test_a_yes_to_the_offer_of_a_person_asks_for_one_unless_the_team_wrote_since(system: System) -> None:
    system.says(ALICE, UNKNOWN)
    system.wait_for_replies(ALICE)
    system.says(ALICE, "iya boleh")
    assert system.wait_for_replies(ALICE, 2)[1] == phrase("human", "id")
    assert waiting(system) == [(ALICE, "asked")]
    system.says(BOB, UNKNOWN)
    system.wait_for_replies(BOB)
    system.phones.owner_types(BOB, "Halo, mau dibantu sekarang?")
    wait_until(lambda: True if waiting(system) == [(ALICE, "asked")] else None)
    system.says(BOB, "iya boleh")
    assert system.wait_for_replies(BOB, 3)[2] == phrase("ok", "id")
    assert waiting(system) == [(ALICE, "asked")]


def test_who_wants_no_more_messages_calls_nobody_and_leaves_no_gap(system: System) -> None:
    system.says(ALICE, "jangan kirim pesan lagi")
    assert system.wait_for_replies(ALICE) == [phrase("stop", "id")]
    system.wait_until_settled()
    assert waiting(system) == []
    assert system.client.get("/api/gaps", params={"state": "all"}).json()["items"] == []
    system.says(ALICE, "ongkos kirim ke Jakarta?")
    assert "12.000" in system.wait_for_replies(ALICE, 2)[1]


def test_near_topics_are_named_and_nobody_is_offered(suggesting: System) -> None:
    question = "Kalau pesan malam, sampainya besok?"
    answer = ask(suggesting, question)
    assert answer["abstained"]
    assert answer["answer"].startswith(phrase("unknown", "id"))
    assert "Pengiriman" in answer["trace"]["near"]
    assert set(answer["trace"]["near"]) <= {"Jam buka", "Pengiriman", "Pembayaran"}
    suggesting.says(ALICE, question)
    suggesting.wait_for_replies(ALICE)
    assert waiting(suggesting) == []
