from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from balas.conversations.spending import Caps, add_cost, forget_people, reserve
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import BudgetSpent
from balas.models import ModelSpend
from tests.unit.conversations.writing import NOON


def test_the_cap_is_exact_however_many_ask_at_once(database: Database) -> None:
    caps = Caps(calls=20, calls_per_user=0, cost=None)
    refused: list[BudgetSpent] = []

    def call() -> None:
        for _ in range(10):
            try:
                with transaction(database) as session:
                    reserve(session, None, caps, NOON)
            except BudgetSpent as error:
                refused.append(error)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 20
    with reading(database) as session:
        assert session.scalars(select(ModelSpend.calls)).all() == [20]


def test_a_person_has_a_cap_of_their_own_and_a_refusal_counts_for_nobody(database: Database) -> None:
    caps = Caps(calls=100, calls_per_user=1, cost=None)
    with transaction(database) as session:
        reserve(session, "alice", caps, NOON)
    with pytest.raises(BudgetSpent), transaction(database) as session:
        reserve(session, "alice", caps, NOON)
    with transaction(database) as session:
        reserve(session, "bob", caps, NOON)
    with reading(database) as session:
        rows = session.execute(select(ModelSpend.spender, ModelSpend.calls)).all()
        calls = dict(rows)
    assert calls == {"*": 2, "alice": 1, "bob": 1}


def test_money_closes_the_day_and_the_next_one_opens(database: Database) -> None:
    caps = Caps(calls=0, calls_per_user=0, cost=1.0)
    with transaction(database) as session:
        reserve(session, None, caps, NOON)
        add_cost(session, 1.25, NOON)
    with pytest.raises(BudgetSpent) as refused, transaction(database) as session:
        reserve(session, None, caps, NOON)
    assert refused.value.retry_after_seconds == 12 * 3600
    with transaction(database) as session:
        reserve(session, None, caps, NOON + timedelta(days=1))


@pytest.mark.parametrize("most", [None, 0.0])
def test_no_cap_on_money_lets_everything_through(database: Database, most: float | None) -> None:
    caps = Caps(calls=0, calls_per_user=0, cost=most)
    for _ in range(2):
        with transaction(database) as session:
            reserve(session, "alice", caps, NOON)
            add_cost(session, 3e9, NOON)  # a day in a currency of small coins


def test_yesterdays_counts_of_people_are_forgotten_and_the_costs_stay(database: Database) -> None:
    caps, tomorrow = Caps(calls=100, calls_per_user=5, cost=None), NOON + timedelta(days=1)
    with transaction(database) as session:
        reserve(session, "alice", caps, NOON)
        reserve(session, "bob", caps, tomorrow)
        forget_people(session, tomorrow)
    with reading(database) as session:
        rows = session.execute(select(ModelSpend.day, ModelSpend.spender)).all()
        assert sorted(map(tuple, rows)) == [
            (NOON.date(), "*"),
            (tomorrow.date(), "*"),
            (tomorrow.date(), "bob"),
        ]
