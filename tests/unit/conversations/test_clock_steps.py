"""The database's clock was an hour ahead and is put right: chats go on within a sweep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, select

from balas.conversations import outbox, turns
from balas.database.claims import LEASE_SECONDS, update_where
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.jobs import clock_steps, sweep
from balas.models import CatchUp, IndexLease, OutboxMessage, OutboxState, Turn, TurnState
from balas.ports import JobName, Ring
from balas.telemetry import Metrics
from tests.unit.conversations.test_outbox import answer
from tests.unit.conversations.writing import ALICE, join, message

HOUR = timedelta(hours=1)


def swept(database: Database) -> set[Ring]:
    runtime: Any = SimpleNamespace(database=database, queue=SimpleNamespace(depth=lambda: 0), metrics=Metrics())
    return set(sweep.run(runtime))


def ahead() -> datetime:
    return datetime.now(UTC) + HOUR


def soon(moment: datetime | None, seconds: float) -> bool:
    assert moment is not None
    return abs((moment - datetime.now(UTC)).total_seconds() - seconds) < 30


def test_a_burst_that_began_ahead_is_answered_now(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message(), now=ahead())
    assert Ring(JobName.GENERATE_RESPONSE, turn.id) in swept(database)
    with transaction(database) as session:
        assert soon(session.scalars(select(Turn.deadline_at)).one(), turns.DEADLINE.total_seconds())
        assert isinstance(turns.claim_work(session, turn.id, datetime.now(UTC)), turns.Work)


def test_a_turn_whose_worker_died_or_put_it_off_ahead_is_taken_up(database: Database) -> None:
    with transaction(database) as session:
        for place, left in enumerate(({"lease_until": ahead()}, {"next_attempt_at": ahead()})):
            turn, _ = join(session, message(bare_id=f"A{place}", chat_id=f"1202555010{place}@c.us"))
            changes = {"state": TurnState.GENERATING, "gathering": None, "deadline_at": ahead(), **left}
            update_where(session, Turn, Turn.id == turn.id, **changes)
    rung = swept(database)
    assert Ring(JobName.GENERATE_RESPONSE, 2) in rung
    assert Ring(JobName.GENERATE_RESPONSE, 1) not in rung, "its worker may be alive"
    with reading(database) as session:
        assert soon(session.get_one(Turn, 1).lease_until, LEASE_SECONDS)


def test_a_bubble_written_put_off_or_begun_ahead_is_taken_up(database: Database) -> None:
    with transaction(database) as session:
        _, bubble = answer(session, ["satu"])
        update_where(
            session,
            OutboxMessage,
            OutboxMessage.id == bubble,
            created_at=ahead(),
            next_attempt_at=ahead(),
            deadline_at=ahead() + outbox.DEADLINE,
        )
    assert Ring(JobName.SEND_TO_WAHA, bubble) in swept(database)
    with transaction(database) as session:
        begun = {"state": OutboxState.SENDING, "lease_until": ahead(), "next_attempt_at": None}
        update_where(session, OutboxMessage, OutboxMessage.id == bubble, **begun)
    assert Ring(JobName.SEND_TO_WAHA, bubble) not in swept(database)
    with reading(database) as session:
        assert soon(session.get_one(OutboxMessage, bubble).lease_until, outbox.SEND_LEASE_SECONDS)


def test_what_one_of_several_processes_does_is_free_again(database: Database) -> None:
    with transaction(database) as session:
        session.add(IndexLease(id=1, lease_token="gone", lease_until=ahead(), attempts=1))
        read = {"began_at": ahead(), "read_until": ahead(), "next_attempt_at": ahead()}
        session.add(CatchUp(waha_session="default", attempts=0, **read))
    swept(database)
    with reading(database) as session:
        assert soon(session.get_one(IndexLease, 1).lease_until, LEASE_SECONDS)
        assert soon(session.scalars(select(CatchUp.next_attempt_at)).one(), 0)


def test_what_lies_ahead_as_it_should_is_left_alone(sqlite: Database) -> None:
    now = datetime.now(UTC)
    with transaction(sqlite) as session:
        turn, _ = join(session, message(chat_id=ALICE), quiet_seconds=60.0, now=now)
        kept = {"lease_until": now + timedelta(seconds=20), "next_attempt_at": now + timedelta(minutes=14)}
        update_where(session, Turn, Turn.id == turn.id, **kept)
    written: list[str] = []
    event.listen(sqlite.writer, "before_cursor_execute", lambda *told: written.append(told[2]))
    assert swept(sqlite) == set()
    assert not written


@pytest.mark.parametrize("place", [0, 1])
def test_the_look_goes_by_an_index(sqlite: Database, place: int) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(sqlite.reader, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    with reading(sqlite) as session:
        clock_steps._is_ahead(session, place, datetime.now(UTC))
        statement, parameters = asked[-1]  # the first begins
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert "USING INDEX" in str(plan)
    assert "SCAN" not in str(plan)
