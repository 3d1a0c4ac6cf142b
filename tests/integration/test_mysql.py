"""The row functions that matter most, on a real MySQL: its SQL differs from MariaDB's where nobody expects it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from balas.conversations import endings, inbox, turns
from balas.database import schema
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.models import InboxMessage, InboxState, Turn, TurnState
from tests.unit.conversations.writing import join, later, letter, message

pytestmark = pytest.mark.oracle


@pytest.fixture
def oracle(empty_oracle_url: str) -> Iterator[Database]:
    database = Database(empty_oracle_url, pool_size=10)
    schema.migrate(database)
    yield database
    database.close()


def test_repeats_and_ids_that_look_alike(oracle: Database) -> None:
    ids = ["3EB001", "3eb001", "3EB001 ", "3EB00\u00c4", "3EB001"]
    with transaction(oracle) as session:
        stored = inbox.store(session, [letter(message(bare_id=bare_id)) for bare_id in ids])
    assert [item.is_new for item in stored] == [True, True, True, True, False]


def test_a_burst_is_one_turn_and_its_answer_closes_it(oracle: Database) -> None:
    with transaction(oracle) as session:
        join(session, message("halo \U0001f600", "1"))
        turn, _ = join(session, message("ä" * 65_536, "2"))
    with transaction(oracle) as session:
        work = turns.claim_work(session, turn.id, later(2))
        assert work is not None
        assert [len(m.text) for m in work.messages] == [6, 65_536]
        endings.finish(session, turn.id, TurnState.ANSWERED, later(3), token=work.token)
    with reading(oracle) as session:
        assert set(session.scalars(select(InboxMessage.state))) == {InboxState.ANSWERED}


def test_messages_and_workers_at_once(oracle: Database) -> None:
    start = threading.Barrier(6)
    claimed: list[turns.Work] = []

    def arrive(n: int) -> None:
        start.wait()
        with transaction(oracle) as session:
            join(session, message(f"pesan {n}", f"ID{n}"), 0.0)

    def claim() -> None:
        start.wait()
        for turn_id in range(1, 20):
            with transaction(oracle) as session:
                work = turns.claim_work(session, turn_id, later(5))
            if work is not None:
                claimed.append(work)

    threads = [threading.Thread(target=arrive, args=(n,)) for n in range(4)]
    threads += [threading.Thread(target=claim) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({work.turn_id for work in claimed}) == len(claimed)
    with reading(oracle) as session:
        assert session.scalar(select(func.count()).where(InboxMessage.turn_id.is_not(None))) == 4
        assert session.scalar(select(func.count()).where(Turn.gathering == 1)) in (0, 1)
