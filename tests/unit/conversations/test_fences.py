"""Whoever lost a row to an event, to the sweep or to a proof writes nothing to it any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.conversations import changes, endings, inbox, outbox, outcomes, responses, revival, turns, waha_sessions
from balas.conversations.leases import LeaseKeeper
from balas.database.engine import Database
from balas.database.session import persist, reading, transaction
from balas.errors import LeaseLost
from balas.models import (
    Analytics,
    Citation,
    Document,
    GapQuestion,
    InboxMessage,
    InboxState,
    Message,
    OutboxMessage,
    OutboxState,
    Turn,
    TurnState,
    WahaSession,
)
from balas.values import Answer, MessageEdited, MessageRevoked, Source
from tests.unit.conversations.test_outbox import SENT, answer, peek
from tests.unit.conversations.writing import ALICE, NOON, join, later, letter, message

REPLY = Answer("Buka jam 8.", abstained=False, language="id", mode="extractive")
REVOKED = MessageRevoked(ALICE, "3EB001", from_me=False)
TOO_LATE = turns.DEADLINE.total_seconds() + 60


def claimed(session: Session) -> turns.Work:
    turn, _ = join(session, message())
    work = turns.claim_work(session, turn.id, later(1))
    assert isinstance(work, turns.Work)
    return work


def edited(text: str) -> MessageEdited:
    return MessageEdited(ALICE, "3EB001", text, from_me=False)


def turn_of(session: Session, turn_id: int) -> str:
    return session.scalars(select(Turn.state).where(Turn.id == turn_id)).one()


def letters(session: Session) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in session.execute(select(InboxMessage.state, InboxMessage.reason))]


def bubbles(session: Session) -> list[tuple[str, str]]:
    found = session.execute(select(OutboxMessage.dedupe_key, OutboxMessage.state).order_by(OutboxMessage.id))
    return [(row.dedupe_key, row.state) for row in found]


def test_what_is_taken_back_while_it_is_worked_out_is_not_answered(database: Database) -> None:
    with transaction(database) as session:
        work = claimed(session)
        changes.revoke(session, "default", REVOKED, later(3))
    with pytest.raises(LeaseLost), transaction(database) as session:
        responses.save(session, work, REPLY, later(9))
    with reading(database) as session:
        assert turn_of(session, work.turn_id) == TurnState.CANCELLED
        assert letters(session) == [(InboxState.IGNORED, "revoked")]
        assert not bubbles(session)


def test_what_is_taken_back_is_no_open_question_any_more(database: Database) -> None:
    with transaction(database) as session:
        work = claimed(session)
        unknown = Answer("?", abstained=True, language="id", mode="abstained", trace={"unanswered": ["Jam berapa?"]})
        responses.save(session, work, unknown, later(2))
        assert session.scalars(select(GapQuestion.text)).all() == ["Jam berapa?"]
        changes.revoke(session, "default", REVOKED, later(3))
        assert not session.scalars(select(GapQuestion.text)).all()


def test_what_is_edited_while_it_is_worked_out_is_answered_as_it_reads_now(database: Database) -> None:
    with transaction(database) as session:
        work = claimed(session)
        ring = changes.edit(session, "default", edited("Jam berapa tutup?"))
        assert ring is not None
    with pytest.raises(LeaseLost), transaction(database) as session:
        responses.save(session, work, REPLY, later(9))
    with transaction(database) as session:
        again = turns.claim_work(session, ring.row_id, later(9))
        assert isinstance(again, turns.Work)
        assert [one.text for one in again.messages] == ["Jam berapa tutup?"]


def test_an_edit_that_is_handled_late_brings_back_nothing(database: Database) -> None:
    with transaction(database) as session:
        join(session, message())
        changes.revoke(session, "default", REVOKED, later(1))
        changes.edit(session, "default", edited("rahasia lagi"))
        assert session.scalars(select(InboxMessage.text)).all() == [None]
        assert session.scalars(select(Message.text)).all() == [""]


def doubted(session: Session, parcel: outbox.Parcel, token: str) -> None:
    outcomes.park(session, parcel, token, OutboxState.SENDING, "time-out", later(33), None)


def sent_again(session: Session, parcel: outbox.Parcel, token: str) -> None:
    outbox.begin_resend(session, parcel, token, later(33))


@pytest.mark.parametrize("late", [doubted, sent_again])
def test_what_an_echo_proved_is_neither_doubted_nor_sent_again(
    database: Database, late: Callable[[Session, outbox.Parcel, str], None]
) -> None:
    with transaction(database) as session:
        turn_id, first = answer(session, ["satu"])
        token = outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        assert token is not None
        parcel = peek(session, first, 3)
        outcomes.mark_sent(session, first, None, SENT, later(3))  # the echo
    with pytest.raises(LeaseLost), transaction(database) as session:
        late(session, parcel, token)
    with reading(database) as session:
        assert bubbles(session) == [(f"turn:{turn_id}:0", OutboxState.SENT)]
        assert letters(session) == [(InboxState.ANSWERED, None)]


def test_a_turn_taken_since_the_sweep_looked_does_not_expire(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        assert endings.overdue(session, later(TOO_LATE), 10) == [turn.id]
        work = turns.claim_work(session, turn.id, later(TOO_LATE))
        assert isinstance(work, turns.Work)
        assert responses.expire(session, turn.id, "not answered in time", later(TOO_LATE)) is None
        responses.save(session, work, REPLY, later(TOO_LATE + 1))
        assert bubbles(session) == [(f"turn:{turn.id}:0", OutboxState.QUEUED)]


def test_a_turn_that_nobody_works_on_expires_with_one_apology(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        assert responses.expire(session, turn.id, "not answered in time", later(TOO_LATE)) is not None
        assert responses.expire(session, turn.id, "not answered in time", later(TOO_LATE)) is None
        assert bubbles(session) == [(f"apology:{turn.id}:0", OutboxState.QUEUED)]
        assert letters(session) == [(InboxState.DEAD, "not answered in time")]


def test_a_bubble_taken_since_the_sweep_looked_does_not_expire(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        assert outbox.overdue(session, later(TOO_LATE), 10) == [(first, False)]
        assert outbox.begin_send(session, peek(session, first, TOO_LATE), "OUT1", later(TOO_LATE)) is not None
        assert outcomes.expire(session, first, "not sent in time", later(TOO_LATE)) is None
        assert [state for _, state in bubbles(session)] == [OutboxState.SENDING]


def test_a_send_that_can_never_be_looked_for_ends(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        assert outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2)) is not None
        assert outbox.overdue(session, later(TOO_LATE), 10) == []  # it is still to be found out what became of it
        session.get_one(OutboxMessage, first, populate_existing=True).attempts = outbox.MOST_ATTEMPTS
        session.flush()
        assert outbox.overdue(session, later(TOO_LATE), 10) == [(first, True)]
        assert outbox.claim_doubtful(session, peek(session, first, TOO_LATE), later(TOO_LATE)) is not None
        assert outbox.overdue(session, later(TOO_LATE), 10) == []  # somebody looks just now
        assert outcomes.expire(session, first, "send outcome unknown", later(TOO_LATE)) is None
        assert outbox.overdue(session, later(TOO_LATE + 60), 10) == [(first, True)]
        outcomes.expire(session, first, "send outcome unknown", later(TOO_LATE + 60))
        assert letters(session) == [(InboxState.DEAD, "send outcome unknown")]


def test_a_late_echo_mends_the_books_and_nothing_is_left_to_retry(database: Database) -> None:
    with transaction(database) as session:
        turn_id, first = answer(session, ["satu"])
        token = outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        assert token is not None
        outcomes.mark_dead(session, first, token, "send outcome unknown", later(60))
        letter_id = session.scalars(select(InboxMessage.id)).one()
        outcomes.mark_sent(session, first, None, SENT, later(90))
        assert turn_of(session, turn_id) == TurnState.ANSWERED
        assert letters(session) == [(InboxState.ANSWERED, None)]
        assert inbox.revive(session, letter_id, later(99)) is False


def test_half_an_answer_on_the_phone_stays_a_dead_letter(database: Database) -> None:
    with transaction(database) as session:
        turn_id, first = answer(session, ["satu", "dua"])
        token = outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
        assert token is not None
        outcomes.mark_dead(session, first, token, "send outcome unknown", later(60))
        outcomes.mark_sent(session, first, None, SENT, later(90))
        assert turn_of(session, turn_id) == TurnState.DEAD
        assert letters(session) == [(InboxState.DEAD, "send outcome unknown")]


def test_of_half_an_answer_the_beginning_is_not_shown_twice_with_all_that_is_tried_again(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu", "dua"])
        outcomes.mark_sent(session, first, None, SENT, later(3))
        outcomes.expire(session, first + 1, "not sent in time", later(TOO_LATE))
        assert letters(session) == [(InboxState.DEAD, "not sent in time")]
        assert revival.counts(session) == (0, 1)
        assert revival.revive_batch(session, None, later(TOO_LATE + 60)) == []
        [letter_id] = session.scalars(select(InboxMessage.id))
        assert inbox.revive(session, letter_id, later(TOO_LATE + 60)), "by somebody who looked at the phone"


def test_a_lease_of_the_next_holder_outlives_the_end_of_the_one_before(database: Database) -> None:
    keeper = LeaseKeeper(database)
    with keeper.holding(Turn, 7, "first"):
        with keeper.holding(Turn, 7, "second"):  # it had run out meanwhile
            pass
        assert keeper._held == {}
    first, second = keeper.holding(Turn, 7, "first"), keeper.holding(Turn, 7, "second")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert keeper._held == {(Turn, 7): "second"}
    second.__exit__(None, None, None)
    keeper.close()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_session_is_paired_in_whatever_order_its_states_are_handled(
    database: Database, order: tuple[int, int]
) -> None:
    told = [("SCAN_QR_CODE", NOON), ("WORKING", NOON + timedelta(seconds=20))]
    with transaction(database) as session:
        for status, at in (told[place] for place in order):
            waha_sessions.note_status(session, "default", status, at)
            session.flush()
        row = session.get_one(WahaSession, "default")
        assert row.status == "WORKING"
        assert row.paired_at is not None
        assert NOON <= row.paired_at <= NOON + timedelta(seconds=20)


def test_a_status_of_any_length_is_kept(database: Database) -> None:
    with transaction(database) as session:
        waha_sessions.note_status(session, "default", "X" * 64, NOON)
    with reading(database) as session:
        assert session.get_one(WahaSession, "default").status == "X" * 32


def test_markup_alone_is_an_apology_and_no_empty_answer(database: Database) -> None:
    for text in ("***", "---", "<b></b>", "\u200b"):
        assert responses.bubbles(Answer(text, abstained=False, language="en", mode="model"))[0].strip()
    with transaction(database) as session:
        _, conversation = join(session, message())
        outbox.enqueue(session, conversation.id, "default", ALICE, [], "nothing", NOON)
        assert not bubbles(session)
        inbox.store(session, [letter(message(bare_id="3EB002"))])


@pytest.mark.parametrize("days", [-400, 400])
def test_an_old_letter_is_answered_whatever_the_clocks_say(database: Database, days: int) -> None:
    """It may have been dead for a year; MySQL refuses a number that its column does not hold."""
    with transaction(database) as session:
        responses.save(session, claimed(session), REPLY, later(days * 86_400))
    with reading(database) as session:
        assert bubbles(session) == [("turn:1:0", OutboxState.QUEUED)]


def test_an_answer_whose_commit_got_lost_on_the_way_back_is_counted_once(database: Database) -> None:
    with transaction(database) as session:
        work = claimed(session)
        times = {"created_at": NOON, "updated_at": NOON}
        document = Document(source_key="k", source="text", name="Jam", title="Jam", **times)
        session.add(document)
        session.flush()
        sources = tuple(Source(document.id, "Jam", page, "Buka jam 8.") for page in (1, 2, None, 1))
    reply = replace(REPLY, sources=sources)
    rings = [persist(database, lambda session: responses.save(session, work, reply, later(2))) for _ in range(2)]
    assert [(ring.row_id, ring.parcel is None) for ring in rings if ring] == [(1, False), (1, True)]
    with reading(database) as session:
        assert set(session.scalars(select(Citation.page))) == {1, 2, None}
        for table, rows in ((Citation, 3), (Analytics, 1), (OutboxMessage, 1)):
            assert len(session.scalars(select(table.id)).all()) == rows
