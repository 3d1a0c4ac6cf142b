"""Another company's program answers ours: it ends after a few answers, in a named state. A quick person goes on."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from balas.database.session import reading
from balas.models import InboxMessage
from balas.simulator.phones import Phones
from tests.lines.system import ALICE, BOB, System, started, wait_until

SHOP = "# Harga\n\n" + "\n\n".join(f"{thing} berharga Rp{10 + n}.000 per bungkus." for n, thing in enumerate(
    ("Kopi", "Teh", "Gula", "Susu", "Roti", "Keju", "Madu", "Beras", "Garam", "Cabai", "Tepung", "Telur", "Sabun",
     "Sirup", "Mentega")))  # fmt: skip
MENU = "Selamat datang di Bank Contoh! Ketik 1 untuk saldo, 2 untuk kartu, 3 untuk cabang."


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder: Path = tmp_path_factory.mktemp("loops")
    with started(folder, RATE_LIMIT_MESSAGES_PER_MINUTE="60") as running:
        made = running.client.post("/api/documents", json={"title": "Harga", "text": SHOP}).raise_for_status()
        path = f"/api/documents/{made.json()['id']}"
        wait_until(lambda: running.client.get(path).json()["status"] == "indexed" or None, 60)
        yield running


@contextmanager
def program(phones: Phones, chat: str, answer: Callable[[str], str]) -> Iterator[None]:
    """Answers each message of ours soon after it came."""
    over = threading.Event()

    def run() -> None:
        answered = 0
        while not over.wait(0.1):
            ours = [message.text for message in phones.shown(chat) if message.from_me]
            for text in ours[answered:]:
                answered += 1
                phones.person_sends(chat, answer(text))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(5)


def conversation(system: System, chat: str) -> dict[str, Any]:
    items = system.client.get("/api/conversations").raise_for_status().json()["items"]
    return next((item for item in items if item["chat_id"] == chat), {"waiting_for": None})


def ends(system: System, chat: str) -> Counter[tuple[str, str | None]]:
    """What became of the letters of a chat, and why."""
    theirs = select(InboxMessage.state, InboxMessage.reason).where(
        InboxMessage.chat_id == chat, InboxMessage.from_me.is_(False), InboxMessage.counted
    )
    with reading(system.runtime.database) as session:
        return Counter((state, reason) for state, reason in session.execute(theirs))


def waits_for(system: System, chat: str) -> Any:
    return conversation(system, chat)["waiting_for"]


@pytest.mark.parametrize(
    ("chat", "answer", "sign", "answers"),
    [
        ("12025550301@c.us", lambda text: f"Anda menulis: {text}", "loop_echo", 3),
        ("12025550302@c.us", lambda text: MENU, "loop_repeat", 8),
    ],
)
def test_a_program_is_stopped_after_few_answers_and_can_be_given_back(
    system: System, chat: str, answer: Callable[[str], str], sign: str, answers: int
) -> None:
    with program(system.phones, chat, answer):
        system.says(chat, "Berapa harga kopi?")
        wait_until(lambda: waits_for(system, chat) == sign or None, 40)
        system.says(chat, "Berapa harga teh?")
        system.says(chat, "Berapa harga gula?")
        books = system.wait_until_settled()
        time.sleep(0.5)
    assert len(system.replies(chat)) == answers
    # Its last letter and the two after it are left alone by name.
    assert ends(system, chat) == {("answered", None): answers, ("ignored", "loop"): 3}
    assert books["received"] == books["answered"] + books["ignored"] + books["dead"]
    assert sign in system.client.get("/api/conversations", params={"waiting": True}).text

    system.client.post(f"/api/conversations/{conversation(system, chat)['id']}/done").raise_for_status()
    system.says(chat, answer("Berapa harga susu?"))
    assert len(system.wait_for_replies(chat, answers + 1)) == answers + 1
    assert waits_for(system, chat) != sign


def test_a_person_who_asks_fifteen_things_in_two_minutes_is_answered_each_time(system: System) -> None:
    """Faster than that: each question comes as soon as the answer to the last one is there."""
    for number, thing in enumerate(SHOP.split("\n\n")[1:], 1):
        system.says(ALICE, f"berapa harga {thing.split()[0].lower()}?")
        system.wait_for_replies(ALICE, number)
    assert len(system.replies(ALICE)) == 15
    assert waits_for(system, ALICE) is None


def test_a_person_who_asks_the_same_four_times_is_answered_each_time(system: System) -> None:
    for number in range(1, 5):
        system.says(BOB, "Berapa harga kopi?")
        system.wait_for_replies(BOB, number)
    assert waits_for(system, BOB) is None


def test_what_the_team_writes_on_the_phone_does_not_start_it_again(system: System) -> None:
    chat = "12025550303@c.us"
    with program(system.phones, chat, lambda text: MENU):
        system.says(chat, "Halo, berapa harga kopi?")
        wait_until(lambda: waits_for(system, chat) == "loop_repeat" or None, 40)
    shown = len(system.replies(chat))
    system.phones.owner_types(chat, "Tolong hentikan pesan otomatis ini.")
    system.says(chat, MENU)
    system.wait_until_settled()
    assert waits_for(system, chat) == "loop_repeat"
    assert len(system.replies(chat)) == shown + 1
