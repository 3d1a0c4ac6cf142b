"""The checker is shown to bite on hand-made histories."""

from __future__ import annotations

import pytest

from balas.simulator.phones import Phones
from tests.chaos.checker import Finding, History, Times, check

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


def turned_round(arrived: float) -> Finding:
    history, phones = History(), Phones()
    for _ in range(3):
        history.say(ALICE)
    for text in (A2, f"{A1} {B1}"):
        phones.owner_types(ALICE, text)
    times = Times(arrived={A1: arrived, A2: 1.0, B1: 9.0}, begun={A1: 9.5, A2: 5.0, B1: 9.5})
    return check(history, phones, FINE, [], times)


def test_only_what_arrived_after_a_newer_answer_was_begun_may_stand_behind_it() -> None:
    assert turned_round(arrived=4.9).out_of_order == [f"{A1} after {A2} in {ALICE}"]
    late = turned_round(arrived=5.1)
    assert late.is_clean
    assert late.late == [f"{A1} after {A2} in {ALICE}"]
