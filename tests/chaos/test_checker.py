"""The checker is shown to bite on hand-made histories."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest

from balas.conversations import inbox
from balas.database.engine import Database
from balas.database.session import transaction
from balas.ports import uptime
from balas.simulator.phones import Phones
from tests.chaos import process
from tests.chaos.checker import Finding, History, Times, check
from tests.unit.conversations.writing import letter, message

ALICE, BOB = "12025550101@c.us", "12025550102@c.us"


def outcome(shown: dict[str, list[str]], states: dict[str, str], books: list[dict[str, int]] | None = None) -> Finding:
    history = History()
    for chat in (ALICE, ALICE, BOB):
        history.say(chat)
    phones = Phones()
    for chat, texts in shown.items():
        for text in texts:
            phones.owner_types(chat, text)
    return check(history, phones, states, books or [])


A1, A2, B1 = "kata00000x", "kata00001x", "kata00002x"
FINE = {A1: "answered", A2: "answered", B1: "answered"}


def test_a_clean_run_is_clean() -> None:
    assert outcome({ALICE: [A1, A2], BOB: [B1]}, FINE).is_clean
    assert outcome({ALICE: [f"{A1} {A2}"], BOB: []}, FINE | {B1: "dead"}).is_clean


@pytest.mark.parametrize(
    ("shown", "states", "what"),
    [
        ({ALICE: [A1, A2]}, {A1: "answered", A2: "answered"}, "lost"),
        ({ALICE: [A1, A2]}, FINE | {B1: "queued"}, "lost"),
        ({ALICE: [A1], BOB: [B1]}, FINE, "unanswered"),
        ({ALICE: [A1, A2, A2], BOB: [B1]}, FINE, "doubled"),
        ({ALICE: [A2, A1], BOB: [B1]}, FINE, "out_of_order"),
        ({ALICE: [A1, A2, B1], BOB: [B1]}, FINE, "leaked"),
    ],
)
def test_each_fault_is_named(shown: dict[str, list[str]], states: dict[str, str], what: str) -> None:
    finding = outcome(shown, states)
    assert getattr(finding, what), str(finding)


def test_books_that_do_not_balance_are_named() -> None:
    books = {"received": 3, "answered": 1, "ignored": 0, "dead": 0, "open": 1}
    assert outcome({ALICE: [A1, A2], BOB: [B1]}, FINE, [books]).unbalanced


def turned_round(on_disk: float, begun: float) -> Finding:
    history, phones = History(), Phones()
    for _ in range(3):
        history.say(ALICE)
    for text in (A2, f"{A1} {B1}"):
        phones.owner_types(ALICE, text)
    times = Times(on_disk={A1: on_disk, A2: begun - 1, B1: begun + 1}, begun={A1: begun + 2, A2: begun, B1: begun + 2})
    return check(history, phones, FINE, [], times)


def test_only_what_was_on_disk_after_a_newer_answer_was_begun_may_stand_behind_it() -> None:
    assert turned_round(on_disk=4.9, begun=5.0).out_of_order == [f"{A1} after {A2} in {ALICE}"]
    late = turned_round(on_disk=5.1, begun=5.0)
    assert late.is_clean
    assert late.late == [f"{A1} after {A2} in {ALICE}"]


def test_a_message_counts_from_its_commit_and_not_from_its_arrival(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came at once, its commit took its time, and meanwhile another process began the answer to a newer one."""
    monkeypatch.setattr(inbox, "store", inbox.store)  # undone afterwards
    process.witness_commits(tmp_path / process.ON_DISK)
    with suppress(ZeroDivisionError), transaction(sqlite) as session:
        inbox.store(session, [letter(message(A2, A2))])
        raise ZeroDivisionError  # never committed
    with transaction(sqlite) as session:
        arrived = uptime()
        inbox.store(session, [letter(message(A1, A1))])
        time.sleep(0.7)
        begun = uptime()
    committed = uptime()
    with transaction(sqlite) as session:
        inbox.store(session, [letter(message(A1, A1))])
    on_disk = process.on_disk(tmp_path)
    assert list(on_disk) == [A1]
    assert begun - arrived > 0.5
    assert begun < on_disk[A1] <= committed, "the first commit counts: neither the arrival nor a repeat"
    assert turned_round(on_disk[A1], begun).is_clean
    assert turned_round(on_disk[A1], committed).out_of_order
