"""The checker is shown to bite on hand-made histories."""

from __future__ import annotations

import pytest

from balas.simulator.phones import Phones
from tests.chaos.checker import Finding, History, check

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
