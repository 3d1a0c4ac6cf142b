from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.conversations import outbox, outcomes, turns
from balas.conversations.outbox import Errand, Parcel
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import LeaseLost
from balas.models import InboxMessage, InboxState, Message, OutboxMessage, OutboxState, Turn, TurnState
from balas.ports import JobName, SentMessage
from tests.unit.conversations.writing import ALICE, join, later, message

SENT = SentMessage(f"true_{ALICE}_OUT1", "OUT1")


def answer(session: Session, parts: list[str]) -> tuple[int, int]:
    """A turn whose answer is saved; returns its id and its first bubble's."""
    turn, conversation = join(session, message())
    work = turns.claim_work(session, turn.id, later(1))
    assert work is not None
    session.get_one(Turn, turn.id).state = TurnState.SENDING
    session.flush()
    outbox.enqueue(session, conversation.id, "default", ALICE, parts, f"turn:{turn.id}", later(2), turn_id=turn.id)
    first = outcomes.next_ring(session, conversation.id, later(2))
    assert first is not None
    return turn.id, first.row_id


def peek(session: Session, outbox_id: int, seconds: float) -> Parcel:
    parcel = outbox.peek(session, outbox_id, later(seconds))
    assert parcel is not None
    return parcel


def test_an_answer_is_written_down_once(database: Database) -> None:
    with transaction(database) as session:
        turn_id, _ = answer(session, ["satu", "dua"])
        conversation_id = session.get_one(Turn, turn_id).conversation_id
        from balas.models import Conversation

        conversation = session.get_one(Conversation, conversation_id)
        outbox.enqueue(
            session, conversation.id, "default", ALICE, ["satu", "dua"], f"turn:{turn_id}", later(3), turn_id=turn_id
        )
        assert len(session.scalars(select(OutboxMessage)).all()) == 2


def test_bubbles_go_in_order_and_the_last_one_closes_the_turn(database: Database) -> None:
    with transaction(database) as session:
        turn_id, first = answer(session, ["satu", "dua"])
        assert outbox.peek(session, first + 1, later(2)) is None
        token = outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        following = outcomes.mark_sent(session, first, token, SENT, later(3))
        assert following is not None
        assert (following.job, following.row_id) == (JobName.SEND_TO_WAHA, first + 1)
        assert session.get_one(Turn, turn_id, populate_existing=True).state == TurnState.SENDING
        token = outbox.begin_send(session, peek(session, first + 1, 3), None, later(3))
        assert outcomes.mark_sent(session, first + 1, token, SentMessage("x", "OUT2"), later(4)) is None
        assert session.get_one(Turn, turn_id, populate_existing=True).state == TurnState.ANSWERED
        assert session.scalars(select(InboxMessage.state)).all() == [InboxState.ANSWERED]
        assert session.scalars(select(Message.text).where(Message.role == "assistant")).all() == ["satu", "dua"]


def test_a_begun_send_is_looked_into_and_not_before_it_must_be_over(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        assert outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2)) is not None
        parcel = peek(session, first, 3)
        assert parcel.errand is Errand.RECONCILE
        assert parcel.canary == "3EB001"
        assert outbox.begin_send(session, parcel, "OUT1", later(30)) is None
        assert outbox.claim_doubtful(session, parcel, later(41)) is None
        assert outbox.claim_doubtful(session, parcel, later(43)) is not None


def test_a_paused_sender_cannot_write_over_its_successor(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        slow = outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        assert outbox.claim_doubtful(session, peek(session, first, 50), later(50)) is not None
    with pytest.raises(LeaseLost), transaction(database) as session:
        outcomes.mark_dead(session, first, slow, "too late", later(51))


def test_an_echo_proves_the_send_whoever_holds_it(database: Database) -> None:
    with transaction(database) as session:
        turn_id, first = answer(session, ["satu"])
        outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        outcomes.mark_sent(session, first, None, SENT, later(3))
        outcomes.mark_sent(session, first, None, SENT, later(4))
        assert session.get_one(Turn, turn_id, populate_existing=True).state == TurnState.ANSWERED
        assert len(session.scalars(select(Message).where(Message.role == "assistant")).all()) == 1


def test_a_dead_bubble_takes_the_rest_of_its_answer_along(database: Database) -> None:
    with transaction(database) as session:
        turn_id, first = answer(session, ["satu", "dua"])
        token = outbox.begin_send(session, peek(session, first, 2), None, later(2))
        outcomes.mark_dead(session, first, token, "chat not found", later(3))
        states = session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)).all()
        assert states == [OutboxState.DEAD, OutboxState.CANCELLED]
        letter = session.scalars(select(InboxMessage)).one()
        assert (letter.state, letter.reason) == (InboxState.DEAD, "chat not found")
        assert session.get_one(Turn, turn_id, populate_existing=True).state == TurnState.DEAD


def test_a_send_that_surely_failed_is_tried_again_later(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        parcel = peek(session, first, 2)
        token = outbox.begin_send(session, parcel, "OUT1", later(2))
        ring = outcomes.park(session, parcel, token, OutboxState.QUEUED, "refused", later(3), None)
        assert outbox.peek(session, first, later(3)) is None
        again = later(3) + timedelta(seconds=ring.delay_seconds)
        parcel = outbox.peek(session, first, again)
        assert parcel is not None
        assert parcel.errand is Errand.SEND


@pytest.mark.parametrize(("looked", "looks"), [(False, 0), (True, 1)])
def test_only_a_search_that_waha_answered_counts(database: Database, looked: bool, looks: int) -> None:
    """WAHA away is no proof that a bubble is not shown."""
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        parcel = peek(session, first, 60)
        token = outbox.claim_doubtful(session, parcel, later(60))
        outcomes.park(session, parcel, token, OutboxState.SENDING, "no answer", later(60), 1.0, looked=looked)
        assert peek(session, first, 70).looks == looks
