"""The cap of a minute: who gets a place in it, and who waits for the next one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from balas.conversations.places import place_in_line, room
from balas.conversations.spending import Caps, Tab, reserve
from balas.database.claims import update_where
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import BudgetSpent, MinuteSpent
from balas.models import ModelSpend, Turn, TurnState
from tests.unit.conversations.test_spending import at_once
from tests.unit.conversations.writing import NOON, join, later, message


def chat(database: Database, at: datetime, places: int = 1, per_minute: int = 5, calls: int = 0) -> bool:
    """Whether a call for a chat is let through."""
    try:
        with transaction(database) as session:
            left = room(session, per_minute, places, at, is_first_try=False)
            reserve(session, None, Caps(calls, 0, None, per_minute), 0.0, at, places, left)
    except MinuteSpent:
        return False
    return True


def test_the_minute_is_exact_however_many_ask_at_once(database: Database) -> None:
    passed: list[bool] = []

    def call() -> None:
        passed.extend(chat(database, NOON + timedelta(seconds=second), per_minute=12) for second in range(10))

    at_once(call)
    assert (passed.count(True), passed.count(False)) == (12, 28)
    with reading(database) as session:
        assert session.scalars(select(ModelSpend.calls)).all() == [12], "who is refused counts for nobody"


def test_the_next_minute_opens_and_who_is_late_counts_in_it(database: Database) -> None:
    late, then = NOON - timedelta(seconds=1), NOON
    assert [chat(database, late) for _ in range(6)] == [True] * 5 + [False]
    assert [chat(database, then), chat(database, late), chat(database, then)] == [True] * 3
    assert [chat(database, late), chat(database, then), chat(database, late), chat(database, then)] == [
        *(True, True),
        *(False, False),
    ]


def test_a_clock_that_was_set_back_does_not_close_it_for_hours(database: Database) -> None:
    assert [chat(database, NOON + timedelta(hours=3)) for _ in range(6)] == [True] * 5 + [False]
    assert [chat(database, NOON) for _ in range(6)] == [True] * 5 + [False]


def test_who_is_refused_is_told_when_the_next_minute_begins(database: Database) -> None:
    chat(database, NOON, per_minute=1)
    with (
        pytest.raises(MinuteSpent, match="BALAS_MODEL_CALLS_PER_MINUTE") as refused,
        transaction(database) as session,
    ):
        reserve(session, None, Caps(0, 0, None, 1), 0.0, NOON + timedelta(seconds=18), 1, 1)
    assert refused.value.retry_after_seconds == pytest.approx(42.0)


def test_who_writes_now_leaves_those_who_wait_their_places(database: Database) -> None:
    with transaction(database) as session:
        for number in range(3):
            turn, _ = join(session, message(chat_id=f"1202555030{number}@c.us", bare_id=f"W{number}"))
            waits = {"state": TurnState.GENERATING, "next_attempt_at": later(30)}
            update_where(session, Turn, Turn.id == turn.id, **waits)
        assert room(session, 5, 1, NOON, is_first_try=True) == 2
        assert room(session, 3, 1, NOON, is_first_try=True) == 0
        assert room(session, 5, 1, NOON, is_first_try=False) == 5
        with pytest.raises(MinuteSpent):
            reserve(session, None, Caps(0, 0, None, 3), 0.0, NOON, 1, 0)


def test_with_a_cap_of_one_a_follow_up_has_its_two_places(database: Database) -> None:
    with transaction(database) as session:
        assert room(session, 1, 2, NOON, is_first_try=True) == 2


def test_a_day_that_is_over_is_told_before_a_minute_that_is(database: Database) -> None:
    assert [chat(database, NOON, per_minute=1, calls=2), chat(database, NOON, per_minute=1, calls=2)] == [True, False]
    chat(database, NOON + timedelta(minutes=1), per_minute=1, calls=2)
    with pytest.raises(BudgetSpent, match="today's cap"):
        chat(database, NOON + timedelta(minutes=1), per_minute=1, calls=2)


def test_without_a_cap_and_for_nobody_in_particular_no_minute_is_spent(database: Database) -> None:
    assert all(chat(database, NOON, per_minute=0) for _ in range(9))
    assert not chat(database, NOON, per_minute=5)
    assert all(chat(database, NOON, places=0) for _ in range(9))


def test_a_follow_up_takes_the_place_of_its_answer_with_its_own(database: Database) -> None:
    """Else twelve follow-ups would take twelve places, wait for twelve more, and come again."""
    tab = Tab()
    assert tab.places(ahead=1) == 2
    tab.add(NOON.date(), 0.0, 2)
    assert tab.places(ahead=0) == 0
    tab.add(NOON.date(), 0.0, 0)
    assert tab.places(ahead=0) == 1  # another attempt
    assert [chat(database, NOON, places=2) for _ in range(3)] == [True, True, False]
    assert chat(database, NOON, places=0)
    later = NOON + timedelta(minutes=1)
    assert [chat(database, later, places=places, per_minute=1) for places in (2, 0, 1)] == [True, True, False]


def test_those_who_wait_come_minute_by_minute_as_many_as_are_let_through(database: Database) -> None:
    with transaction(database) as session:
        for number in range(25):
            turn, _ = join(session, message(bare_id=f"3EB{number:03d}", chat_id=f"1202555{number:04d}@c.us"))
            at = place_in_line(session, 10, NOON, rest_of_minute=42.0)
            assert 42.0 <= at - 60.0 * (number // 10) <= 44.0
            parked = {"state": TurnState.GENERATING, "gathering": None, "next_attempt_at": NOON + timedelta(seconds=at)}
            update_where(session, Turn, Turn.id == turn.id, **parked)
