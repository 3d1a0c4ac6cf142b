from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, select, text

from balas.conversations import inbox
from balas.database.claims import change, claim, renew
from balas.database.engine import Database
from balas.database.insertions import insert_once, insert_or_find
from balas.database.session import transaction
from balas.errors import LeaseLost
from balas.models import ModelSpend, Turn, TurnState, User
from tests.unit.conversations.writing import NOON, join, later, message


def test_only_new_rows_are_inserted(database: Database) -> None:
    rows = [{"day": NOON.date(), "spender": name, "calls": 0, "cost": 0.0} for name in ("alice", "bob", "alice")]
    with transaction(database) as session:
        insert_once(session, ModelSpend, rows)
        insert_once(session, ModelSpend, rows)
        assert sorted(session.scalars(select(ModelSpend.spender))) == ["alice", "bob"]


def test_a_lease_is_taken_renewed_and_runs_out(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        first = claim(session, Turn, turn.id, NOON)
        assert first is not None
        assert claim(session, Turn, turn.id, later(19)) is None
        renew(session, Turn, turn.id, first, later(15))
        assert claim(session, Turn, turn.id, later(34)) is None
        second = claim(session, Turn, turn.id, later(36))
        assert second is not None
        assert second != first
    with pytest.raises(LeaseLost), transaction(database) as session:
        change(session, Turn, turn.id, first, reason="too late")


def test_a_condition_that_does_not_hold_is_not_claimed(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        assert claim(session, Turn, turn.id, NOON, Turn.state == "dead") is None


def test_a_row_that_is_there_is_found(database: Database) -> None:
    person = {"user_key": "12025550101@c.us", "phone": "12025550101", "created_at": NOON}
    with transaction(database) as session:
        first = insert_or_find(session, User, person)
        other = insert_or_find(session, User, {**person, "user_key": "12025550102@c.us"})
    with transaction(database) as session:
        assert insert_or_find(session, User, {**person, "phone": "1"}) == first != other
        assert session.get_one(User, first).phone == "12025550101", "and stays as it was"


def test_those_who_begin_a_chat_at_once_begin_one(database: Database) -> None:
    """The bubbles of a first burst: none of their transactions is a deadlock's victim."""
    together = Barrier(6)

    def begin(number: int) -> tuple[int, int]:
        together.wait()
        with transaction(database) as session:
            turn, _ = join(session, message(bare_id=f"3EB{number}"))
            return turn.id, turn.conversation_id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(begin, range(6)))) == 1


@pytest.mark.mysql
def test_a_row_is_taken_by_its_id_however_small_the_table(mysql: Database) -> None:
    """By an index of what waits it would wait for rows that a stopped process has not committed."""
    said: list[tuple[str, Any]] = []
    with transaction(mysql) as session:
        turn, _ = join(session, message())
        session.execute(text("ANALYZE TABLE inbox, turns"))
        event.listen(mysql.writer, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
        inbox.take(session, 1)
        claim(session, Turn, turn.id, NOON, Turn.state == TurnState.GATHERING)
        updates = [one for one in said if one[0].startswith("UPDATE")]
        plans = [
            session.connection().exec_driver_sql(f"EXPLAIN {sql}", given).mappings().one() for sql, given in updates
        ]
    assert [(plan["table"], plan["key"]) for plan in plans] == [("inbox", "PRIMARY"), ("turns", "PRIMARY")]
