"""A person's cap on model calls holds when the number behind a hidden id becomes known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from balas.conversations import chats, endings
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.jobs import generate_response
from balas.models import ModelSpend, TurnState
from balas.ports import Reserve
from balas.rag.question import Question
from balas.values import Answer, InboundMessage
from tests.unit.conversations.answering import answering
from tests.unit.conversations.test_fences import REPLY
from tests.unit.conversations.test_hidden_ids import LID, NUMBER, PHONE, hidden
from tests.unit.conversations.writing import NOON, join, later, message


class Model:
    """Calls once for each answer, where it may."""

    def __init__(self) -> None:
        self.calls = 0

    def answer(self, _question: Question, reserve: Reserve) -> Answer:
        reserve(0.0)(0.0)
        self.calls += 1
        return REPLY


def calls(database: Database, cap: int, *said: InboundMessage) -> int:
    """How many are made for what is said; each turn is over before the next message."""
    model = Model()
    with answering(database, model, balas_model_calls_per_user_per_day=cap) as runtime:
        for one in said:
            with transaction(database) as session:
                turn, _ = join(session, one, now=datetime.now(UTC) - timedelta(seconds=2))
            generate_response.run(runtime, turn.id)
            with transaction(database) as session:
                endings.finish(session, turn.id, TurnState.ANSWERED, later(9))
    return model.calls


def counted(database: Database) -> dict[str, int]:
    with reading(database) as session:
        return {row.spender: row.calls for row in session.execute(select(ModelSpend.spender, ModelSpend.calls))}


@pytest.mark.parametrize("cap", [1, 3])
def test_the_number_becomes_known(database: Database, cap: int) -> None:
    said = [hidden(f"A{number}", PHONE if number >= 1 else None) for number in range(cap + 2)]
    assert calls(database, cap, *said) == cap
    assert counted(database) == {"*": cap, LID if cap == 1 else NUMBER: cap}, "a refusal moves nothing"


def test_who_is_known_under_both_has_what_was_counted_under_either(database: Database) -> None:
    said = [message("halo", "A1", NUMBER), hidden("A2"), hidden("A3"), hidden("A4", PHONE), hidden("A5", PHONE)]
    assert calls(database, 4, *said) == 4
    assert counted(database) == {"*": 4, NUMBER: 4}


def test_a_chat_that_is_still_the_hidden_ids_counts_for_the_number(database: Database) -> None:
    """Its turn is open, or it is one with another number of ours."""
    with transaction(database) as session:
        turn, _ = join(session, hidden("A1"), now=datetime.now(UTC) - timedelta(seconds=2))
        chats.open_conversation(session, "second", hidden("A2", PHONE), NOON)
    model = Model()
    with answering(database, model, balas_model_calls_per_user_per_day=1) as runtime:
        generate_response.run(runtime, turn.id)
    assert calls(database, 1, message("halo", "A3", NUMBER)) == 0
    assert counted(database) == {"*": 1, NUMBER: 1}
    assert LID not in counted(database)
