from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.conversations import erasure, halving, outbox, outcomes, turns
from balas.conversations.outbox import Errand, Parcel
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import LeaseLost
from balas.models import (
    OPEN_SENDS,
    Conversation,
    InboxMessage,
    InboxState,
    Message,
    OutboxMessage,
    OutboxState,
    Turn,
    TurnState,
)
from balas.ports import JobName, Ring, SentMessage
from tests.unit.conversations.writing import ALICE, join, later, message

BOB = "12025550102@c.us"
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


def test_what_waits_behind_a_parked_bubble_does_not_fill_the_sweep(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu", "dua"])
        session.get_one(OutboxMessage, first).next_attempt_at = later(600)
        session.flush()
        assert outbox.unfinished(session, later(60), 10) == []
        session.get_one(OutboxMessage, first).next_attempt_at = None
        session.flush()
        assert outbox.unfinished(session, later(60), 10) == [first]


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


def open_texts(session: Session) -> list[str]:
    """What still waits, in the order in which it goes."""
    waits = OutboxMessage.state.in_(OPEN_SENDS)
    return list(session.scalars(select(OutboxMessage.text).where(waits).order_by(*outbox.place(OutboxMessage))))


def test_a_bubble_that_is_too_long_goes_on_in_parts_where_it_stood(database: Database) -> None:
    words = [f"kata{n:03}" for n in range(120)]
    with transaction(database) as session:
        _, first = answer(session, [" ".join(words[:60]), " ".join(words[60:])])
        conversation = session.get_one(Conversation, session.get_one(OutboxMessage, first).conversation_id)
        outbox.enqueue(session, conversation.id, "default", ALICE, ["a notice"], "rate:1", later(2))
        token = outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        assert token is not None
        assert halving.halve(session, peek(session, first, 3), token, later(3)) == Ring(JobName.SEND_TO_WAHA, first)
        second = first + 1
        assert [len(text.split()) for text in open_texts(session)] == [32, 28, 60, 2]
        with pytest.raises(LeaseLost):
            outcomes.mark_dead(session, first, "another token", "-", later(3))
    sent: list[str] = []
    with transaction(database) as session:
        while (ring := outcomes.next_ring(session, conversation.id, later(4))) is not None:
            parcel = peek(session, ring.row_id, 4)
            assert (parcel.errand, parcel.bare_id, parcel.sends) == (Errand.SEND, None, 0)
            token = outbox.begin_send(session, parcel, None, later(4))
            assert token is not None
            if parcel.id == second and len(parcel.text.split()) == 60:
                assert halving.halve(session, peek(session, second, 4), token, later(4)) is not None
                continue
            outcomes.mark_sent(session, parcel.id, token, SentMessage("x", f"OUT{len(sent)}"), later(4))
            sent.append(parcel.text)
        assert [len(text.split()) for text in sent] == [32, 28, 32, 28, 2]
        assert " ".join(sent[:4]).split() == words
        assert session.scalars(select(InboxMessage.state)).all() == [InboxState.ANSWERED]
        assert session.scalars(select(Message.text).where(Message.role == "assistant")).all() == sent


def test_parts_are_cut_again_together_with_those_behind_them(database: Database) -> None:
    words = [f"kata{n:03}" for n in range(200)]
    with transaction(database) as session:
        _, first = answer(session, [" ".join(words)])
        for _ in range(2):
            parcel = peek(session, first, 2)
            token = outbox.begin_send(session, parcel, None, later(2))
            assert token is not None
            assert halving.halve(session, parcel, token, later(2)) is not None
        assert [len(text.split()) for text in open_texts(session)] == [53, 49, 53, 45]
        assert " ".join(open_texts(session)).split() == words
        keys = session.scalars(select(OutboxMessage.dedupe_key).order_by(OutboxMessage.id)).all()
        assert [key.partition("/")[2] for key in keys] == ["", "1", "2", "3"]


@pytest.mark.parametrize(("text", "seconds"), [("x" * 200, 2), ("kata " * 100, 1_000)])
def test_a_short_bubble_or_a_late_one_is_not_cut(database: Database, text: str, seconds: int) -> None:
    with transaction(database) as session:
        _, first = answer(session, [text])
        parcel = peek(session, first, 2)
        token = outbox.begin_send(session, parcel, None, later(2))
        assert token is not None
        assert halving.halve(session, parcel, token, later(seconds)) is None


def test_a_bubble_of_somebody_erased_is_not_sent_in_the_place_of_anothers(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["untuk Alice"])
        parcel = peek(session, first, 2)  # a worker shows "typing" now
        person = erasure.find(session, phone=ALICE.partition("@")[0])
        assert person is not None
        erasure.erase(session, person, (b"k" * 32,), later(3))
    with transaction(database) as session:
        _, conversation = join(session, message("halo", "3EB002", BOB), now=later(3))
        outbox.enqueue(session, conversation.id, "default", BOB, ["untuk Bob"], "notice", later(4))
        assert outbox.begin_send(session, parcel, "OUT1", later(4)) is None
        assert [row.state for row in session.scalars(select(OutboxMessage))] == [OutboxState.QUEUED]


def test_a_row_is_taken_for_its_own_chat_only(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["untuk Alice"])
        parcel = peek(session, first, 2)
        assert outbox.begin_send(session, replace(parcel, chat_id=BOB), "OUT1", later(2)) is None
        assert outbox.begin_send(session, parcel, "OUT1", later(2)) is not None
        assert outbox.claim_doubtful(session, replace(parcel, chat_id=BOB), later(60)) is None
        assert outbox.claim_doubtful(session, parcel, later(60)) is not None
