"""What a turn's calls reserved is settled once, whoever answers the turn and whatever becomes of the commit."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.conversations import changes, outbox, outcomes, responses, spending, turns
from balas.database import clock
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import LeaseLost
from balas.jobs import generate_response
from balas.models import ModelSpend, OutboxMessage, Turn
from balas.ports import Reserve
from balas.rag.question import Question
from balas.values import Answer, MessageEdited
from tests.unit.conversations.answering import answering
from tests.unit.conversations.test_fences import REPLY, claimed
from tests.unit.conversations.test_outbox import SENT, peek
from tests.unit.conversations.writing import ALICE, NOON, join, later, message

CAPS = spending.Caps(0, 0, 1.0)


def called(session: Session, cost: float = 0.1, most: float = 0.4) -> spending.Tab:
    tab = spending.Tab()
    tab.add(NOON.date(), spending.reserve(session, None, CAPS, most, NOON))(cost)
    return tab


def settled(database: Database, tab: spending.Tab) -> tuple[float, float]:
    """What was spent and what is reserved, after the end of who holds the tab."""
    with transaction(database) as session:
        spending.settle(session, tab)
    with reading(database) as session:
        row = session.execute(select(ModelSpend.cost, ModelSpend.reserved).where(ModelSpend.spender == "*")).one()
    return round(row.cost, 9), round(row.reserved, 9)


class Overtaking:
    """A library whose model thinks for so long that the message is edited and another worker answers it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer(self, _question: Question, reserve: Reserve) -> Answer:
        reserve(0.4)(0.1)
        with transaction(self._database) as session:
            turn_id = session.scalars(select(Turn.id)).one()
            changes.edit(session, "default", MessageEdited(ALICE, "3EB001", "baru?", from_me=False))
            theirs = turns.claim_work(session, turn_id, clock.now(session))
            assert isinstance(theirs, turns.Work)
            responses.save(session, theirs, REPLY, clock.now(session), called(session))
        return REPLY


def test_what_was_paid_for_a_turn_that_somebody_else_answered_counts_as_well(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message(), now=clock.now(session) - timedelta(seconds=2))
    caps = {"balas_model_cost_per_day": 1.0, "balas_model_price_output": 1.0}
    with answering(database, Overtaking(database), **caps) as runtime, pytest.raises(LeaseLost):
        generate_response.run(runtime, turn.id)
    with reading(database) as session:
        rows = session.execute(select(ModelSpend.cost, ModelSpend.reserved).where(ModelSpend.spender == "*")).all()
    assert [sum(column) for column in zip(*rows, strict=True)] == [pytest.approx(0.2), pytest.approx(0.0)]


def test_a_commit_whose_answer_was_lost_gives_nothing_back_once_more(database: Database) -> None:
    """It was made: the answer is on the phone by the time that it is repeated, and the turn is nobody's any more."""
    with transaction(database) as session:
        work = claimed(session)
        tab = called(session)
        called(session)  # of another chat
        responses.save(session, work, REPLY, later(2), tab)
        bubble = session.scalars(select(OutboxMessage.id)).one()
        token = outbox.begin_send(session, peek(session, bubble, 3), "OUT1", later(3))
        assert token is not None
        outcomes.mark_sent(session, bubble, token, SENT, later(4))
    with pytest.raises(LeaseLost), transaction(database) as session:
        responses.save(session, work, REPLY, later(5), tab)
    assert settled(database, tab) == (0.1, 0.4)


def test_a_commit_that_was_not_made_is_repeated_and_counts(database: Database) -> None:
    with transaction(database) as session:
        work = claimed(session)
        tab = called(session)
    with suppress(ConnectionError), transaction(database) as session:
        responses.save(session, work, REPLY, later(2), tab)
        raise ConnectionError
    with transaction(database) as session:
        responses.save(session, work, REPLY, later(3), tab)
    assert settled(database, tab) == (0.1, 0.0)
