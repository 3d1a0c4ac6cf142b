"""Sends whose answers are lost, late or wrong: never shown twice, and shown once where WAHA lets us look."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from balas.conversations import outbox
from balas.conversations.reconcile import SENDS_WITH_ID
from balas.database.session import reading
from balas.models import OutboxMessage, OutboxState
from balas.simulator.faults import Chance, Faults
from tests.chaos import quick, storm
from tests.chaos.checker import Finding, History, check, shown_words
from tests.chaos.storm import BookKeeper, index_document, model, model_settings, states_in
from tests.lines.system import System, started

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

FAULTS = Faults(
    lose_response=Chance(probability=0.10),
    lose_request=Chance(probability=0.10),
    error_after=Chance(probability=0.05),
    hang_after=Chance(probability=0.02, seconds=quick.SEND_TIMEOUT_SECONDS + 1.5),
)


def run(system: System, faults: Faults, messages: int) -> tuple[History, Finding]:
    people, history = storm.chats(messages // 4), History()
    system.simulator.set_faults(faults)
    with BookKeeper(system) as keeper:
        for number in range(messages):
            chat = people[number % len(people)]
            system.says(chat, f"Jam buka? {history.say(chat)}")
            time.sleep(0.04)
        settle(system)
        time.sleep(2.0)  # a second copy would come now
        return history, check(history, system.phones, states_in(system.runtime.database), keeper.readings)


def settle(system: System, seconds: float = 120.0) -> None:
    """Until nothing is open. `seconds`: for so long nothing may stand still; a busy machine needs longer for it all."""
    fewest, moved = -1, time.monotonic()
    while still := system.books()["open"]:
        if fewest < 0 or still < fewest:
            fewest, moved = still, time.monotonic()
        assert time.monotonic() < moved + seconds, f"{still} stay open"
        time.sleep(0.1)


def dead(system: System) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    more: dict[str, Any] = {"limit": 200}
    while True:
        page = system.client.get("/api/dead", params=more).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        more["cursor"] = page["next_cursor"]


def retry(system: System) -> int:
    """Every dead letter once more, now that WAHA answers; how many there were."""
    system.simulator.set_faults(Faults())
    letters = dead(system)
    for letter in letters:
        assert system.client.post(f"/api/dead/{letter['id']}/retry").status_code == 202
    settle(system)
    assert dead(system) == []
    return len(letters)


def sends_of_the_dead(system: System) -> set[int]:
    with reading(system.runtime.database) as session:
        return set(session.scalars(select(OutboxMessage.sends).where(OutboxMessage.state == OutboxState.DEAD)))


@pytest.fixture
def messages(long: bool, monkeypatch: pytest.MonkeyPatch) -> int:
    quick.shorten(monkeypatch.setattr)
    return 1_000 if long else 100


def test_with_ids_everything_is_answered_once(tmp_path: Path, messages: int) -> None:
    with model() as fake, started(tmp_path, **model_settings(fake)) as system:
        index_document(system.client)
        history, finding = run(system, FAULTS, messages)
        assert finding.is_clean, str(finding)
        # Three requests in a row are lost once in a thousand times: then a person decides.
        assert sends_of_the_dead(system) <= {SENDS_WITH_ID}
        assert retry(system) <= 0.01 * len(history.said) + 3
        assert_each_is_answered_once(system, history)


def assert_each_is_answered_once(system: System, history: History) -> None:
    books = system.books()
    assert (books["answered"], books["dead"]) == (len(history.said), 0)
    finding = check(history, system.phones, states_in(system.runtime.database), [])
    finding.out_of_order.clear()  # what a person tries again comes later
    assert finding.is_clean, str(finding)


def test_without_ids_the_store_is_searched(tmp_path: Path, messages: int) -> None:
    """A send that got lost twice is a dead letter; none is shown twice."""
    with model() as fake, started(tmp_path, engine="WEBJS", **model_settings(fake)) as system:
        index_document(system.client)
        history, finding = run(system, FAULTS, messages)
        assert finding.is_clean, str(finding)
        assert system.books()["answered"] >= 0.95 * len(history.said)


@pytest.mark.parametrize("engine", [pytest.param("NOWEB", marks=pytest.mark.long), "WEBJS"])
def test_without_a_readable_store_the_outcome_is_unknown_and_a_person_decides(
    tmp_path: Path, messages: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NOWEB says that its store is off; WEBJS only fails, so it is asked until the deadline."""
    monkeypatch.setattr(outbox, "DEADLINE", timedelta(seconds=20))
    with model() as fake, started(tmp_path, engine=engine, **model_settings(fake)) as system:
        index_document(system.client)
        history, finding = run(system, replace(FAULTS, store_off=True, ids_off=True), messages)
        assert finding.is_clean, str(finding)
        letters = dead(system)
        assert letters
        assert "send outcome unknown" in {letter["reason"] for letter in letters}
        retry(system)
        books = system.books()
        assert (books["answered"], books["dead"]) == (len(history.said), 0)
        assert all(word in shown_words(system.phones, chat) for chat, word in history.said)
