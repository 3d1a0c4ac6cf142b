"""A chat in which somebody of the team writes from the phone is left to them, where `BALAS_PAUSE_MINUTES` says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
from sqlalchemy import select

from balas.conversations import handoff, inbox, letters, policy, turns
from balas.database import clock
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.jobs import process_message
from balas.models import Conversation, InboxMessage, Message, Turn, TurnState
from balas.runtime import Runtime
from balas.values import InboundMessage
from balas.waha.events import dedupe_key
from tests.unit.conversations.test_changes import KEYS
from tests.unit.conversations.test_inbox import BOB
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
    settings = SimpleNamespace(balas_burst_seconds=None, balas_pause_minutes=pause)
    runtime = SimpleNamespace(database=database, settings=settings, secrets=SimpleNamespace(hmac_keys=KEYS))
    process_message.run(cast(Runtime, runtime), row_id)
    return row_id


def operator(text: str, bare_id: str, chat_id: str = ALICE) -> InboundMessage:
    return message(text, bare_id, chat_id, from_me=True)


def outcomes(database: Database) -> list[tuple[str | None, str, str | None]]:
    with reading(database) as session:
        query = select(InboxMessage).where(InboxMessage.from_me.is_(False)).order_by(InboxMessage.id)
        return [(row.bare_id, row.state, row.reason) for row in session.scalars(query)]


def test_what_comes_after_a_persons_words_is_kept_and_not_answered(database: Database) -> None:
    told(database, operator("Saya bantu ya, Kak.", "A"))
    told(database, message("terima kasih", "B"))
    told(database, message("jam buka?", "C", BOB))
    assert outcomes(database) == [("B", "ignored", "paused"), ("C", "queued", None)]
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
    assert outcomes(database) == [("A", "ignored", "paused")]
    with reading(database) as session:
        turn = session.scalars(select(Turn)).one()
        assert (turn.state, turn.reason, turn.lease_token) == (TurnState.CANCELLED, "paused", None)


def test_an_answer_on_its_way_stays_on_it(database: Database) -> None:
    told(database, message("jam buka?", "A"), ago=timedelta(seconds=30))
    with transaction(database) as session:
        session.scalars(select(Turn)).one().state = TurnState.SENDING
    told(database, operator("Jam 9, Kak.", "B"))
    assert outcomes(database) == [("A", "queued", None)]


def test_the_pause_ends(database: Database) -> None:
    told(database, operator("Jam 9, Kak.", "A"), ago=HOUR + timedelta(minutes=1))
    told(database, message("dan hari minggu?", "B"))
    assert outcomes(database) == [("B", "queued", None)]


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
    assert outcomes(database) == [("B", "queued", None)]


def test_a_chat_that_is_given_back_is_answered(database: Database) -> None:
    told(database, operator("Jam 9, Kak.", "A"))
    with transaction(database) as session:
        handoff.give_back(session, session.scalars(select(Conversation.id)).one(), clock.now(session))
    told(database, message("dan hari minggu?", "B"))
    assert outcomes(database) == [("B", "queued", None)]
