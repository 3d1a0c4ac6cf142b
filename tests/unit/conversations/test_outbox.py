from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.conversations import chats, erasure, halving, inbox, outbox, outcomes, reconcile, responses, turns
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
from balas.ports import Gateway, JobName, Ring, SentMessage, SessionInfo
from balas.values import InboundMessage
from tests.unit.conversations.writing import ALICE, NOON, join, later, letter, message

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


def writes_on(session: Session, seconds: float, bare_id: str = "3EB002") -> None:
    """A further message, received at that time by the clock of the web process."""
    stored = inbox.store(session, [letter(message("halo?", bare_id), later(seconds))])[0]
    assert inbox.take(session, stored.row_id) is not None


def canary_in_doubt(session: Session, outbox_id: int, seconds: float) -> str | None:
    """What proves that WAHA's store can be read, after a send whose answer was lost."""
    assert outbox.begin_send(session, peek(session, outbox_id, seconds), None, later(seconds)) is not None
    return peek(session, outbox_id, seconds + 60).canary


@dataclass
class Phone:
    """A WAHA whose engine has no ids to give, and what it shows."""

    shown: list[InboundMessage]

    def sessions(self) -> list[SessionInfo]:
        return [SessionInfo("default", "WORKING", "WEBJS", None, True)]

    def recent_messages(self, waha_session: str, chat_id: str) -> list[InboundMessage]:
        return self.shown


@pytest.mark.parametrize("behind", [0, 5, 3_600])
def test_what_was_said_after_a_bubble_does_not_hide_it_whatever_the_clocks_say(database: Database, behind: int) -> None:
    """By the web process's clock the person wrote on before the bubble was written down at noon and 2 s."""
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        assert outbox.begin_send(session, peek(session, first, 2), None, later(2)) is not None
        writes_on(session, 5 - behind)
        parcel = peek(session, first, 60)
    shown = [message("halo?", "3EB002"), message("satu", "OURS", from_me=True), message(bare_id="3EB001")]
    sighting = reconcile.look(cast(Gateway, Phone(shown)), parcel)
    assert (parcel.canary, sighting.readable) == ("3EB001", True)
    assert reconcile.decide(parcel, sighting, set())[0] is reconcile.Verdict.SENT


def test_the_newest_message_of_a_burst_is_looked_for(database: Database) -> None:
    with transaction(database) as session:
        join(session, message(bare_id="3EB000"), 5.0)
        _, first = answer(session, ["satu"])
        assert session.scalars(select(Turn.id)).all() == [session.get_one(OutboxMessage, first).turn_id]
        assert canary_in_doubt(session, first, 2) == "3EB001"


def test_an_apology_is_looked_for_behind_the_turn_it_is_about(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        work = turns.claim_work(session, turn.id, later(1))
        assert isinstance(work, turns.Work)
        ring = responses.give_up(session, work, "refused", later(2))
        assert ring is not None
        writes_on(session, 0.5)
        assert canary_in_doubt(session, ring.row_id, 2) == "3EB001"


def test_a_notice_is_looked_for_behind_the_last_answer_before_it_or_not_sent_again(database: Database) -> None:
    with transaction(database) as session:
        chat = chats.open_conversation(session, "default", message(), NOON)
        outbox.enqueue(session, chat.id, "default", ALICE, ["too fast"], "rate:1:1", later(1))
        ring = outcomes.next_ring(session, chat.id, later(1))
        assert ring is not None
        writes_on(session, 0.5, "3EB000")
        assert canary_in_doubt(session, ring.row_id, 1) is None
        outcomes.mark_sent(session, ring.row_id, None, SENT, later(2))
        _, first = answer(session, ["satu"])
        outbox.enqueue(session, chat.id, "default", ALICE, ["too fast"], "rate:1:2", later(2))
        outcomes.mark_sent(session, first, None, SentMessage("x", "OUT2"), later(3))
        later_turn, _ = join(session, message("halo?", "3EB002"), now=later(0.5))
        outbox.enqueue(session, chat.id, "default", ALICE, ["dua"], "turn:2", later(4), turn_id=later_turn.id)
        assert canary_in_doubt(session, first + 1, 4) == "3EB001"


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


def test_a_send_that_surely_failed_is_tried_again_later(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        parcel = peek(session, first, 2)
        token = outbox.begin_send(session, parcel, "OUT1", later(2))
        ring = outcomes.park(session, parcel, token, OutboxState.QUEUED, "refused", later(3), None, unsent=True)
        assert outbox.peek(session, first, later(3)) is None
        again = later(3) + timedelta(seconds=ring.delay_seconds)
        parcel = outbox.peek(session, first, again)
        assert parcel is not None
        assert (parcel.errand, parcel.sends) == (Errand.SEND, 0), "else it could soon not be sent again once it is lost"


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


def test_what_was_looked_for_before_says_nothing_about_a_further_send(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        looked = replace(peek(session, first, 60), looks=1)
        token = outbox.claim_doubtful(session, looked, later(60))
        assert token is not None
        resent = outbox.begin_resend(session, looked, token, later(60))
        assert (resent.sends, resent.looks) == (2, 0)
        outcomes.park(session, resent, token, OutboxState.SENDING, "lost as well", later(61), 2.5)
        parcel = peek(session, first, 70)
        assert (parcel.sends, parcel.looks) == (2, 0), "else a third send would follow after one look"


@pytest.mark.parametrize("seconds", [3600.0, 60.0])
def test_nobody_waits_past_the_deadline_because_waha_says_so(database: Database, seconds: float) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        doubtful = peek(session, first, 60)
        token = outbox.claim_doubtful(session, doubtful, later(60))
        ring = outcomes.park(session, doubtful, token, OutboxState.SENDING, "429", later(60), seconds)
        assert ring.delay_seconds == min(seconds, (doubtful.deadline_at - later(60)).total_seconds())
        due = outbox.peek(session, first, doubtful.deadline_at)
        assert due is not None, "then it is looked for once more, and dead"
        late = doubtful.deadline_at + timedelta(seconds=5)
        token = outbox.claim_doubtful(session, due, late)
        assert outcomes.park(session, due, token, OutboxState.SENDING, "429", late, seconds).delay_seconds == 1.0
