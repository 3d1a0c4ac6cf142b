"""A chat in which somebody of the team writes from the phone is left to them, where `BALAS_PAUSE_MINUTES` says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
from sqlalchemy import select, update

from balas.audit import Action, Operator, acting
from balas.conversations import handoff, inbox, letters, outcomes, policy, turns
from balas.database import clock
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.jobs import process_message
from balas.models import (
    AuditEntry,
    Conversation,
    InboxMessage,
    InboxState,
    Message,
    OutboxMessage,
    OutboxState,
    Turn,
    TurnState,
)
from balas.runtime import Runtime
from balas.values import InboundMessage, MessageKind
from balas.waha.events import dedupe_key
from tests.unit.conversations.test_changes import KEYS
from tests.unit.conversations.test_inbox import BOB
from tests.unit.conversations.test_outbox import answer
from tests.unit.conversations.writing import ALICE, event, message

HOUR = timedelta(hours=1)


def told(database: Database, content: InboundMessage, ago: timedelta = timedelta(0), pause: int = 60) -> int:
    """A message on disk and worked on, written so long ago."""
    at = datetime.now(UTC) - ago
    content = msgspec.structs.replace(content, sent_at=at)
    happened = msgspec.structs.replace(event(content), happened_at=at)
    rules = policy.Rules(frozenset(["default"]), timedelta(hours=6))
    verdict = policy.screen(happened, rules, at)
    with transaction(database) as session:
        row = letters.of_event(happened, verdict, dedupe_key(happened, b""), datetime.now(UTC))
        row_id = inbox.store(session, [row])[0].row_id
    process_message.run(line(database, pause), row_id)
    return row_id


def line(database: Database, pause: int = 60) -> Runtime:
    settings = SimpleNamespace(balas_burst_seconds=None, balas_pause_minutes=pause)
    return cast(Runtime, SimpleNamespace(database=database, settings=settings, secrets=SimpleNamespace(hmac_keys=KEYS)))


def operator(text: str, bare_id: str, chat_id: str = ALICE) -> InboundMessage:
    return message(text, bare_id, chat_id, from_me=True)


def outcomes_of(database: Database) -> list[tuple[str | None, str, str | None]]:
    with reading(database) as session:
        query = select(InboxMessage).where(InboxMessage.from_me.is_(False)).order_by(InboxMessage.id)
        return [(row.bare_id, row.state, row.reason) for row in session.scalars(query)]


def test_what_comes_after_a_persons_words_is_kept_and_not_answered(database: Database) -> None:
    told(database, operator("Saya bantu ya, Kak.", "A"))
    told(database, message("terima kasih", "B"))
    told(database, message("jam buka?", "C", BOB))
    assert outcomes_of(database) == [("B", "ignored", "paused"), ("C", "queued", None)]
    with reading(database) as session:
        assert set(session.scalars(select(Message.text))) == {"Saya bantu ya, Kak.", "terima kasih", "jam buka?"}


@pytest.mark.parametrize("is_worked_out", [False, True])
def test_what_is_not_answered_yet_is_left_to_the_person(database: Database, is_worked_out: bool) -> None:
    told(database, message("jam buka?", "A"), ago=timedelta(seconds=30))
    if is_worked_out:
        with transaction(database) as session:
            turn_id = session.scalars(select(Turn.id)).one()
            due = clock.now(session) + timedelta(seconds=10)
            assert isinstance(turns.claim_work(session, turn_id, due), turns.Work)
    told(database, operator("Jam 9, Kak.", "B"))
    assert outcomes_of(database) == [("A", "ignored", "paused")]
    with reading(database) as session:
        turn = session.scalars(select(Turn)).one()
        assert (turn.state, turn.reason, turn.lease_token) == (TurnState.CANCELLED, "paused", None)


def test_an_answer_on_its_way_stays_on_it(database: Database) -> None:
    told(database, message("jam buka?", "A"), ago=timedelta(seconds=30))
    with transaction(database) as session:
        session.scalars(select(Turn)).one().state = TurnState.SENDING
    told(database, operator("Jam 9, Kak.", "B"))
    assert outcomes_of(database) == [("A", "queued", None)]


def test_the_pause_ends(database: Database) -> None:
    told(database, operator("Jam 9, Kak.", "A"), ago=HOUR + timedelta(minutes=1))
    told(database, message("dan hari minggu?", "B"))
    assert outcomes_of(database) == [("B", "queued", None)]


def test_it_is_counted_from_the_last_words(database: Database) -> None:
    told(database, operator("Jam 9, Kak.", "A"), ago=timedelta(minutes=50))
    told(database, operator("Minggu tutup.", "B"), ago=timedelta(minutes=20))
    told(database, operator("read back late", "C"), ago=timedelta(minutes=40))
    with reading(database) as session:
        until = session.scalars(select(Conversation.paused_until)).one()
    assert until is not None
    assert timedelta(minutes=39) < until - datetime.now(UTC) < timedelta(minutes=41)


def test_nothing_is_left_to_anybody_unless_it_is_set(database: Database) -> None:
    told(database, operator("Jam 9, Kak.", "A"), pause=0)
    told(database, message("dan hari minggu?", "B"), pause=0)
    assert outcomes_of(database) == [("B", "queued", None)]


def test_a_chat_that_is_given_back_is_answered(database: Database) -> None:
    told(database, operator("Jam 9, Kak.", "A"))
    for _ in range(2):
        with acting(Operator("console")), transaction(database) as session:
            handoff.give_back(session, session.scalars(select(Conversation.id)).one(), clock.now(session))
            assert session.scalars(select(AuditEntry.action)).all() == [Action.CONVERSATION_DONE], (
                "once, with the change"
            )
    told(database, message("dan hari minggu?", "B"))
    assert outcomes_of(database) == [("B", "queued", None)]


@pytest.mark.parametrize("is_told_first", [True, False])
def test_what_is_told_when_the_pause_is_over_was_still_left_to_the_person(
    database: Database, is_told_first: bool
) -> None:
    """After an outage: the team had answered from the phone, and the pause is over when all of it is read back."""
    theirs = lambda: told(database, operator("Jam 9, Kak.", "A"), ago=timedelta(minutes=90))  # noqa: E731
    if is_told_first:
        theirs()
    told(database, message("jam buka?", "B"), ago=timedelta(minutes=95))
    told(database, message("terima kasih", "C"), ago=timedelta(minutes=80))
    told(database, message("dan minggu?", "D"), ago=timedelta(minutes=20))
    if not is_told_first:
        theirs()
    assert outcomes_of(database) == [("B", "ignored", "paused"), ("C", "ignored", "paused"), ("D", "queued", None)]


def test_a_letter_that_joined_its_turn_in_the_moment_of_a_pause_is_left_to_the_person(database: Database) -> None:
    """Two workers on MySQL: one reads the conversation before the other commits the pause."""
    told(database, message("jam buka?", "A"))
    with transaction(database) as session:
        until = clock.now(session) + HOUR
        session.execute(update(Conversation).values(paused_until=until))
        turn_id = session.scalars(select(Turn.id)).one()
        work = turns.claim_work(session, turn_id, clock.now(session) + timedelta(seconds=10))
        assert isinstance(work, turns.Work)
        assert work.messages == ()
    assert outcomes_of(database) == [("A", "ignored", "paused")]


def test_what_somebody_says_to_try_again_is_answered(database: Database) -> None:
    row_id = told(database, message("jam buka?", "A"), ago=timedelta(minutes=30))
    with transaction(database) as session:
        inbox.close(session, InboxState.DEAD, "not answered in time", clock.now(session))
        session.execute(update(Turn).values(state=TurnState.DEAD, gathering=None))
    told(database, operator("Sebentar, Kak.", "B"))
    with transaction(database) as session:
        assert inbox.revive(session, row_id, clock.now(session))
    process_message.run(line(database), row_id)
    with transaction(database) as session:
        turn_id = session.scalars(select(InboxMessage.turn_id).where(InboxMessage.id == row_id)).one()
        assert turn_id is not None
        work = turns.claim_work(session, turn_id, clock.now(session) + timedelta(seconds=10))
        assert isinstance(work, turns.Work)
        assert [one.text for one in work.messages] == ["jam buka?"]


def test_what_another_program_sends_begins_no_pause(database: Database) -> None:
    told(database, msgspec.structs.replace(operator("Pesanan Anda dikirim.", "A"), source="api"))
    told(database, message("kapan sampai?", "B"))
    assert outcomes_of(database) == [("B", "queued", None)]


@pytest.mark.parametrize("kind", [MessageKind.EMPTY, MessageKind.WAITING])
def test_a_notice_among_our_own_devices_is_nobodys_words(database: Database, kind: MessageKind) -> None:
    told(database, msgspec.structs.replace(operator("", "A"), kind=kind))
    told(database, message("jam buka?", "B"))
    assert outcomes_of(database) == [("B", "queued", None)]
    with reading(database) as session:
        assert session.scalars(select(InboxMessage.reason).where(InboxMessage.bare_id == "A")).one() == kind
        assert session.scalars(select(Message.role)).all() == ["user"]


def test_our_own_words_begin_no_pause_under_whatever_id_or_address(database: Database) -> None:
    ours = {
        "an engine that passes over the id we send with": ("OURS", OutboxState.SENDING, ALICE),
        "an engine without ids": (None, OutboxState.SENDING, ALICE),
        "one whose send was given up as unknown": (None, OutboxState.DEAD, ALICE),
        "one that tells it under an address nobody knows": (None, OutboxState.SENDING, "900000000001@lid"),
    }
    with transaction(database) as session:
        _, bubble_id = answer(session, ["Jam 9."])
    for number, (case, (bare_id, state, chat_id)) in enumerate(ours.items()):
        with transaction(database) as session:
            bubble = session.get_one(OutboxMessage, bubble_id)
            bubble.bare_id, bubble.state, bubble.reason = bare_id, state, outcomes.UNKNOWN
            bubble.created_at = bubble.attempted_at = clock.now(session)
        row_id = told(database, operator(" Jam 9. ", f"ECHO{number}", chat_id))
        with transaction(database) as session:
            assert session.scalars(select(Conversation.paused_until)).all() == [None], case
            assert session.scalars(select(Message.role).where(Message.role == "operator")).all() == [], case
            row, bubble = session.get_one(InboxMessage, row_id), session.get_one(OutboxMessage, bubble_id)
            if chat_id == ALICE:
                assert (row.reason, bubble.state, bubble.bare_id) == ("echo", "sent", f"ECHO{number}"), case
            else:
                assert (row.reason, row.pending, bubble.state) == ("own", True, "sending"), (
                    "asked again once it is known"
                )


def test_a_dead_letter_that_is_tried_again_is_told_from_its_first_try(database: Database) -> None:
    """Both have the same words: the send that is under way must not be looked for in vain, and sent once more."""
    with transaction(database) as session:
        _, first = answer(session, ["Jam 9."])
        bubble = session.get_one(OutboxMessage, first)
        bubble.state, bubble.reason, bubble.created_at = OutboxState.DEAD, outcomes.UNKNOWN, clock.now(session)
        again = OutboxMessage(
            dedupe_key="turn:2:0",
            conversation_id=bubble.conversation_id,
            waha_session="default",
            chat_id=ALICE,
            text="Jam 9.",
            state=OutboxState.SENDING,
            deadline_at=bubble.deadline_at,
            created_at=clock.now(session),
        )
        session.add(again)
        session.flush()
        second = again.id
    told(database, operator("Jam 9.", "ECHO"))
    with reading(database) as session:
        states = [session.get_one(OutboxMessage, one).state for one in (first, second)]
    assert states == [OutboxState.DEAD, OutboxState.SENT]
