"""Near things that are offered in place of an answer, from the phone to the gaps."""

from __future__ import annotations

from typing import Any

from balas.conversations import picks
from balas.database.session import transaction
from balas.rag.talk.phrases import phrase
from tests.lines.system import ALICE, BOB, System, wait_until
from tests.lines.test_approved_answers import ask, waiting

QUESTION = "Kalau pesan malam, sampainya besok?"
NAME = "Pengiriman"
SHIPPING = "Ongkos kirim ke Jakarta Rp 12.000 per kilogram."


def offered(system: System, chat: str = ALICE) -> str:
    """The message that offers them; returns the number of what the test chooses."""
    before = len(system.replies(chat))
    system.says(chat, QUESTION)
    reply = system.wait_for_replies(chat, before + 1)[before]
    assert reply.startswith(phrase("abstain", "id")), reply
    [line] = [line for line in reply.splitlines() if NAME in line]
    return line[0] if line[0].isdigit() else "ya"


def gaps(system: System) -> list[str]:
    return [item["question"] for item in system.client.get("/api/gaps", params={"state": "all"}).json()["items"]]


def test_what_is_chosen_is_answered_and_its_question_is_open_no_more(system: System) -> None:
    place = offered(system)
    assert waiting(system) == [(ALICE, "unanswered")]
    wait_until(lambda: gaps(system) or None)
    system.says(ALICE, place)
    reply = system.wait_for_replies(ALICE, 2)[1]
    assert reply.startswith(f"*{NAME}*\n")
    assert reply.endswith(f"{SHIPPING}\n\nSumber: {NAME}")
    system.wait_until_settled()
    assert (waiting(system), gaps(system)) == ([], [])
    told = system.client.get("/api/stats").json()
    assert (told["answered"], told["abstained"]) == (1, 1)
    system.says(ALICE, "sumbernya mana?")
    assert SHIPPING in system.wait_for_replies(ALICE, 3)[2]
    with transaction(system.runtime.database) as session:
        picks.settle(session, 1, 99, [NAME])  # as a job that runs again


def test_a_wait_for_something_else_goes_on(system: System) -> None:
    system.says(ALICE, "mau bicara dengan admin")
    system.wait_for_replies(ALICE)
    before = len(system.replies(ALICE))
    system.says(ALICE, offered(system))
    assert SHIPPING in system.wait_for_replies(ALICE, before + 2)[-1]
    system.wait_until_settled()
    assert waiting(system) == [(ALICE, "asked")]


def test_a_number_after_the_teams_own_list_is_theirs(system: System) -> None:
    place = offered(system)
    system.phones.owner_types(ALICE, "1. Kopi Gayo\n2. Kopi Toraja")
    wait_until(lambda: True if not waiting(system) else None)
    system.says(ALICE, place)
    assert SHIPPING not in system.wait_for_replies(ALICE, 3)[2]


def test_what_was_deleted_meanwhile_is_not_told(system: System) -> None:
    place = offered(system, BOB)
    items: list[dict[str, Any]] = system.client.get("/api/documents").json()["items"]
    [shipping] = [item["id"] for item in items if item["title"] == NAME]
    assert system.client.delete(f"/api/documents/{shipping}").status_code == 204
    system.says(BOB, place)
    assert system.wait_for_replies(BOB, 2)[1] == phrase("abstain", "id")
    assert waiting(system) == [(BOB, "unanswered")]


def test_over_the_api_the_history_is_enough(system: System) -> None:
    first = ask(system, QUESTION)
    assert first["abstained"]
    names = first["trace"]["near"]
    history = [{"role": "user", "text": QUESTION}, {"role": "assistant", "text": first["answer"]}]
    second = ask(system, str(names.index(NAME) + 1), history=history)
    assert (second["abstained"], [one["title"] for one in second["sources"]]) == (False, [NAME])
