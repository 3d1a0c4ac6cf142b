"""What WAHA answers to a send: each answer has its named end."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from balas.conversations import outbox
from balas.jobs import send_to_waha, sweep
from balas.simulator.faults import Chance, Faults
from tests.chaos import quick
from tests.lines.system import ALICE, System, started, wait_until
from tests.lines.test_approved_answers import approve


@pytest.mark.parametrize(
    ("faults", "ends"),
    [
        (Faults(unauthorized=Chance(count=1)), "answered"),
        (Faults(too_many=Chance(count=1, seconds=1)), "answered"),
        (Faults(error_before=Chance(count=1, status=422)), "answered"),
        (Faults(error_before=Chance(count=1, status=500)), "answered"),
        (Faults(error_after=Chance(count=1, status=504)), "answered"),
        (Faults(no_id=Chance(count=1)), "answered"),
        (Faults(other_id=Chance(count=1)), "answered"),
        (Faults(error_before=Chance(count=1, status=404)), "dead"),
        # What surely was not sent does not count among the sends of a bubble that gets lost then.
        (Faults(unauthorized=Chance(count=3), lose_request=Chance(count=1)), "answered"),
    ],
    ids=["401", "429", "422", "500", "504", "no id", "another id", "404", "401 and then lost"],
)
def test_what_waha_answers_to_a_send(
    data_dir: Path, faults: Faults, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.shorten(monkeypatch.setattr)
    monkeypatch.setattr(send_to_waha, "UNAUTHORIZED_SECONDS", 1.0)
    with started(data_dir) as system:
        system.simulator.set_faults(faults)
        system.says(ALICE, "Jam buka?")
        wait_until(lambda: system.books()["received"] or None)
        books = system.wait_until_settled(30)
        assert books[ends] == 1, books
        time.sleep(0.5)
        assert len(system.replies(ALICE)) == (1 if ends == "answered" else 0)
        if ends == "dead":
            [letter] = system.client.get("/api/dead").json()["items"]
            assert "WAHA answered" in letter["reason"]
            assert system.client.post(f"/api/dead/{letter['id']}/retry").status_code == 202
            assert system.wait_for_replies(ALICE)


def test_what_is_too_long_for_waha_is_sent_in_parts(system: System) -> None:
    """Each part once, in order, and nothing of the text is missing."""
    words = [f"kata{number:04}" for number in range(300)]
    approve(system, "Apa semua kata?", answer=" ".join(words), language="id")
    system.simulator.set_faults(Faults(longest_body=1_000))
    system.says(ALICE, "Apa semua kata?")
    wait_until(lambda: system.books()["answered"] or None)
    replies = system.replies(ALICE)
    assert all(len(reply) < 1_000 for reply in replies)
    assert 4 <= len(replies) <= 6
    assert " ".join(replies).split()[:300] == words
    listed = system.client.get("/api/messages", params={"role": "assistant"}).json()["items"]
    assert [item["text"] for item in reversed(listed)] == replies


def test_a_short_text_that_is_too_long_for_waha_is_a_dead_letter(system: System) -> None:
    """Something else is wrong: a limit of a proxy, say, that nothing fits through."""
    system.simulator.set_faults(Faults(longest_body=10))
    system.says(ALICE, "Jam buka?")
    wait_until(lambda: system.books()["dead"] or None)
    [letter] = system.client.get("/api/dead").json()["items"]
    assert "413" in letter["reason"]
    assert system.replies(ALICE) == []


def test_a_key_that_waha_refuses_kills_nothing_before_the_deadline(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.shorten(monkeypatch.setattr)
    monkeypatch.setattr(outbox, "DEADLINE", timedelta(seconds=4))
    monkeypatch.setattr(send_to_waha, "UNAUTHORIZED_SECONDS", 1.0)
    with started(data_dir) as system:
        system.simulator.set_faults(Faults(unauthorized=Chance(probability=1.0)))
        begun = time.monotonic()
        system.says(ALICE, "Jam buka?")
        wait_until(lambda: system.books()["dead"] or None)
        assert time.monotonic() - begun > 4.0
        [letter] = system.client.get("/api/dead").json()["items"]
        assert letter["reason"] == sweep.NEVER_SENT
        system.simulator.set_faults(Faults())
        assert system.client.post(f"/api/dead/{letter['id']}/retry").status_code == 202
        assert len(system.wait_for_replies(ALICE)) == 1


def test_all_dead_letters_are_tried_again_and_two_clicks_answer_each_once(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.shorten(monkeypatch.setattr)
    chats = [f"1202555{number:04d}@c.us" for number in range(6)]
    with started(data_dir) as system:
        system.simulator.set_faults(Faults(longest_body=10))
        for chat in chats:
            system.says(chat, "Jam buka?")
        wait_until(lambda: True if system.books()["dead"] == len(chats) else None)
        system.simulator.set_faults(Faults())
        with ThreadPoolExecutor(2) as clicks:
            answers = list(clicks.map(lambda _: system.client.post("/api/dead/retry"), range(2)))
        assert [answer.status_code for answer in answers] == [202, 202]
        assert sum(answer.json()["retried"] for answer in answers) == len(chats)
        books = system.wait_until_settled()
        assert (books["answered"], books["dead"]) == (len(chats), 0)
        time.sleep(0.5)
        assert [len(system.replies(chat)) for chat in chats] == [1] * len(chats)
