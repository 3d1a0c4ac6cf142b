from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from balas.conversations.spending import Caps, Tab, forget_people, reserve, settle
from balas.database.engine import Database
from balas.database.insertions import insert_once
from balas.database.session import reading, transaction
from balas.errors import BudgetSpent
from balas.models import Analytics, ModelSpend
from tests.unit.conversations.writing import NOON, join, message

NO_CAPS = Caps(calls=0, calls_per_user=0, cost=None)


def at_once(call: Callable[[], None], threads: int = 4) -> None:
    running = [threading.Thread(target=call) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def take(database: Database, caps: Caps, most: float, tab: Tab | None = None, now: datetime = NOON) -> Tab:
    """A call that is under way."""
    tab = tab or Tab()
    with transaction(database) as session:
        tab.add(now.date(), reserve(session, None, caps, most, now))
    return tab


def pay(database: Database, tab: Tab) -> None:
    with transaction(database) as session:
        settle(session, tab)


def spent(database: Database) -> tuple[float, float]:
    """What was spent, and what is reserved."""
    with reading(database) as session:
        cost, reserved = session.execute(select(ModelSpend.cost, ModelSpend.reserved)).one()
    return cost, reserved


def test_the_cap_is_exact_however_many_ask_at_once(database: Database) -> None:
    caps = Caps(calls=20, calls_per_user=0, cost=None)
    refused: list[BudgetSpent] = []

    def call() -> None:
        for _ in range(10):
            try:
                with transaction(database) as session:
                    reserve(session, None, caps, 0.0, NOON)
            except BudgetSpent as error:
                refused.append(error)

    at_once(call)
    assert len(refused) == 20
    with reading(database) as session:
        assert session.scalars(select(ModelSpend.calls)).all() == [20]


def test_a_person_has_a_cap_of_their_own_and_a_refusal_counts_for_nobody(database: Database) -> None:
    caps = Caps(calls=100, calls_per_user=1, cost=1.0)
    with transaction(database) as session:
        reserve(session, "alice", caps, 0.1, NOON)
    with pytest.raises(BudgetSpent), transaction(database) as session:
        reserve(session, "alice", caps, 0.1, NOON)
    with transaction(database) as session:
        reserve(session, "bob", caps, 0.1, NOON)
    with reading(database) as session:
        rows = session.execute(select(ModelSpend.spender, ModelSpend.calls, ModelSpend.reserved)).all()
    assert {who: (calls, reserved) for who, calls, reserved in rows} == {
        "*": (2, 0.2),
        "alice": (1, 0.0),
        "bob": (1, 0.0),
    }


def test_however_many_call_at_once_the_cap_on_cost_is_never_exceeded(database: Database) -> None:
    """Calls that take a moment, of which some cost little, some all that they may, and some end nobody knows how."""
    caps, most = Caps(calls=0, calls_per_user=0, cost=1.0), 0.04
    paid: list[float] = []
    refused: list[BudgetSpent] = []
    seen: list[float] = []

    def call() -> None:
        dice = random.Random(threading.get_ident())
        for number in range(25):
            tab = Tab()
            try:
                with transaction(database) as session:
                    settled = tab.add(NOON.date(), reserve(session, None, caps, most, NOON))
            except BudgetSpent as error:
                refused.append(error)
                continue
            seen.append(sum(spent(database)))
            cost = dice.uniform(0.0, most)
            if number % 5:
                settled(cost)
            paid.append(cost if number % 5 else most)
            pay(database, tab)

    at_once(call)
    assert refused, "the cap was reached"
    assert max(seen) <= 1.0
    cost, reserved = spent(database)
    assert cost == pytest.approx(sum(paid))
    assert 1.0 - 4 * most <= cost <= 1.0
    assert reserved == pytest.approx(0.0)


def test_money_closes_the_day_and_the_next_one_opens(database: Database) -> None:
    caps = Caps(calls=0, calls_per_user=0, cost=1.0)
    pay(database, take(database, caps, 0.75))
    with pytest.raises(BudgetSpent, match=r"does not cover a call of up to 0\.3") as refused:
        take(database, caps, 0.3)
    assert refused.value.retry_after_seconds == 12 * 3600
    take(database, caps, 0.25)
    take(database, caps, 0.3, now=NOON + timedelta(days=1))


def test_what_only_calls_under_way_hold_is_waited_for_and_not_given_up(database: Database) -> None:
    caps = Caps(calls=0, calls_per_user=0, cost=1.0)
    tab = Tab()
    with transaction(database) as session:
        settled = tab.add(NOON.date(), reserve(session, None, caps, 0.7, NOON))
    with pytest.raises(BudgetSpent, match="under way") as refused:
        take(database, caps, 0.7)
    assert refused.value.retry_after_seconds is None  # some seconds, as after any fault
    settled(0.1)
    pay(database, tab)
    take(database, caps, 0.7)
    assert spent(database) == (pytest.approx(0.1), pytest.approx(0.7))


@pytest.mark.parametrize(("outcome", "left"), [(0.0, 0.0), (0.2, 0.2), (1.5, 1.5), (None, 0.5)])
def test_a_reservation_becomes_what_the_call_cost(database: Database, outcome: float | None, left: float) -> None:
    """Nothing when it was not made, all that was reserved when nobody knows, and more where a server counts more."""
    tab = Tab()
    with transaction(database) as session:
        settled = tab.add(NOON.date(), reserve(session, None, Caps(0, 0, 1.0), 0.5, NOON))
    if outcome is not None:
        settled(outcome)
    pay(database, tab)
    assert spent(database) == (pytest.approx(left), pytest.approx(0.0))


def test_a_call_at_midnight_is_paid_for_on_the_day_it_was_reserved(database: Database) -> None:
    tab = take(database, Caps(0, 0, 1.0), 0.5, now=NOON.replace(hour=23, minute=59))
    take(database, Caps(0, 0, 1.0), 0.25, tab, now=NOON.replace(hour=0) + timedelta(days=1))
    pay(database, tab)
    with reading(database) as session:
        rows = session.execute(select(ModelSpend.day, ModelSpend.cost, ModelSpend.reserved).order_by(ModelSpend.day))
        assert [tuple(row) for row in rows] == [
            (NOON.date(), 0.5, 0.0),
            (NOON.date() + timedelta(days=1), 0.25, 0.0),
        ]


def test_an_answer_that_is_stored_twice_gives_nothing_back_twice(database: Database) -> None:
    """A commit whose answer was lost is repeated."""
    tab = take(database, Caps(0, 0, 1.0), 0.5)
    take(database, Caps(0, 0, 1.0), 0.25)
    with transaction(database) as session:
        turn, chat = join(session, message())
    for _ in range(2):
        with transaction(database) as session:
            settle(session, tab, turn.id)
            figures = {"turn_id": turn.id, "conversation_id": chat.id, "user_id": chat.user_id, "outcome": "answered"}
            insert_once(session, Analytics, [figures | {"mode": "model", "created_at": NOON}])
    assert spent(database) == (0.5, 0.25)


def test_a_cheap_call_counts_beside_a_dear_day(database: Database) -> None:
    """MySQL's FLOAT would forget it: it has seven digits."""
    pay(database, take(database, Caps(0, 0, 2e6), 1e6))
    for _ in range(5):
        pay(database, take(database, Caps(0, 0, 2e6), 0.01))
    assert spent(database)[0] == pytest.approx(1e6 + 0.05, abs=1e-6)


@pytest.mark.parametrize("most", [None, 0.0])
def test_no_cap_on_money_reserves_nothing_and_lets_everything_through(database: Database, most: float | None) -> None:
    caps, tab = Caps(calls=0, calls_per_user=0, cost=most), Tab()
    for _ in range(2):
        with transaction(database) as session:
            settled = tab.add(NOON.date(), reserve(session, "alice", caps, 5e9, NOON))
        settled(3e9)  # a day in a currency of small coins
    with reading(database) as session:
        assert session.scalars(select(ModelSpend.reserved)).all() == [0.0, 0.0]
    pay(database, tab)
    with reading(database) as session:
        assert sorted(session.scalars(select(ModelSpend.cost))) == [0.0, 6e9]


def test_without_prices_the_row_is_not_written_twice(database: Database) -> None:
    tab = take(database, NO_CAPS, 0.0)
    assert tab.due == {}


def test_yesterdays_counts_of_people_are_forgotten_and_the_costs_stay(database: Database) -> None:
    caps, tomorrow = Caps(calls=100, calls_per_user=5, cost=None), NOON + timedelta(days=1)
    with transaction(database) as session:
        reserve(session, "alice", caps, 0.0, NOON)
        reserve(session, "bob", caps, 0.0, tomorrow)
        forget_people(session, tomorrow)
    with reading(database) as session:
        rows = session.execute(select(ModelSpend.day, ModelSpend.spender)).all()
        assert sorted(map(tuple, rows)) == [
            (NOON.date(), "*"),
            (tomorrow.date(), "*"),
            (tomorrow.date(), "bob"),
        ]
