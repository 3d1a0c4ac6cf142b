"""Edits, revocations and acks that come at the wrong moment: before their message, beside its neighbour, twice."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
from sqlalchemy import select

from balas.conversations import changes, endings, erasure, inbox, letters, outbox, outcomes, policy, responses, turns
from balas.conversations.policy import Status, Verdict
from balas.database import clock
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import LeaseLost
from balas.jobs import process_message
from balas.models import InboxMessage, Message, Turn, TurnState
from balas.runtime import Runtime
from balas.values import Answer, EventContent, MessageAck, MessageEdited, MessageRevoked
from balas.waha.events import dedupe_key
from tests.unit.conversations.test_outbox import SENT, answer, peek
from tests.unit.conversations.writing import ALICE, event, join, later, message

KEYS = (b"k" * 32,)


def runtime(database: Database) -> Runtime:
    """What `process_message` looks at."""
    settings, secrets = SimpleNamespace(balas_burst_seconds=None), SimpleNamespace(hmac_keys=KEYS)
    return cast(Runtime, SimpleNamespace(database=database, settings=settings, secrets=secrets))


def stored(database: Database, content: EventContent, seconds: float = 0.0) -> int:
    """On disk, as the webhook leaves it."""
    name = {MessageEdited: "message.edited", MessageRevoked: "message.revoked"}.get(type(content), "message")
    told = msgspec.structs.replace(event(content, name), event_id=f"{seconds}", happened_at=later(seconds))
    verdict = policy.QUEUED if name == "message" else Verdict(Status.IGNORED, name, follow_up=True)
    with transaction(database) as session:
        row = letters.of_event(told, verdict, dedupe_key(told, b""), later(seconds))
        return inbox.store(session, [row])[0].row_id


def told(database: Database, content: EventContent, seconds: float = 0.0) -> None:
    process_message.run(runtime(database), stored(database, content, seconds))


def state_of(database: Database, bare_id: str) -> tuple[str, str | None, str | None]:
    with reading(database) as session:
        query = select(InboxMessage).where(InboxMessage.bare_id == bare_id, InboxMessage.kind == "message")
        row = session.scalars(query).one()
        return row.state, row.reason, row.text


def wordy(database: Database) -> list[int]:
    """The letters that hold words."""
    with reading(database) as session:
        return [row.id for row in session.scalars(select(InboxMessage)) if row.text or row.content]


def archived(database: Database) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(Message.text).order_by(Message.id)))


def test_words_taken_back_before_they_arrive_are_not_answered(database: Database) -> None:
    told(database, MessageRevoked(ALICE, "M", from_me=False), 1)
    told(database, message("rahasia", "M"), 2)
    assert state_of(database, "M") == ("ignored", "revoked", None)
    assert archived(database) == [""]
    with reading(database) as session:
        assert session.scalars(select(Turn.state)).all() == [TurnState.CANCELLED]


def test_words_edited_before_they_arrive_are_answered_as_they_read_now(database: Database) -> None:
    told(database, MessageEdited(ALICE, "M", "Jam tutup?", from_me=False), 1)
    told(database, message("Jam buka?", "M"), 2)
    assert state_of(database, "M") == ("queued", None, "Jam tutup?")
    assert archived(database) == ["Jam tutup?"]


def test_an_older_edit_that_is_told_late_changes_nothing(database: Database) -> None:
    told(database, message("satu", "M"))
    told(database, MessageEdited(ALICE, "M", "tiga", from_me=False), 5)
    told(database, MessageEdited(ALICE, "M", "dua", from_me=False), 3)
    assert archived(database) == ["tiga"]


def test_an_edit_of_somebody_who_was_erased_leaves_no_words(database: Database) -> None:
    told(database, message("rahasia", "M"))
    with transaction(database) as session:
        person = erasure.find(session, phone=ALICE.split("@")[0])
        assert person is not None
        erasure.erase(session, person, KEYS, clock.now(session))
    told(database, MessageEdited(ALICE, "M", "rahasia lagi", from_me=False))
    assert wordy(database) == []


def test_of_two_messages_one_is_taken_back_while_the_answer_is_worked_out(database: Database) -> None:
    with transaction(database) as session:
        join(session, message("Jam buka?", "3EB001"))
        turn, _ = join(session, message("nomor kartu saya 1234", "3EB002"))
        work = turns.claim_work(session, turn.id, later(9))
        assert work is not None
        ring = changes.revoke(session, "default", MessageRevoked(ALICE, "3EB002", from_me=False), later(10))
        assert ring is not None
    said = Answer("jawaban atas keduanya", abstained=False, language="id", mode="extractive")
    with pytest.raises(LeaseLost), transaction(database) as session:
        responses.save(session, work, said, later(11))
    with transaction(database) as session:
        again = turns.claim_work(session, ring.row_id, later(12))
        assert again is not None
        assert [one.text for one in again.messages] == ["Jam buka?"]


def test_an_ack_before_the_answer_of_its_send_is_not_lost(database: Database) -> None:
    with transaction(database) as session:
        _, first = answer(session, ["satu"])
        token = outbox.begin_send(session, peek(session, first, 2), "OUT1", later(2))
    row_id = stored(database, MessageAck(ALICE, "OUT1", -1), 3)
    process_message.run(runtime(database), row_id)
    with transaction(database) as session:
        outcomes.mark_sent(session, first, token, SENT, later(4))
        assert inbox.waiting(session, later(60), later(60), 10) == [row_id]
    process_message.run(runtime(database), row_id)
    with reading(database) as session:
        assert session.scalars(select(Message.ack).where(Message.role == "assistant")).one() == -1
        assert inbox.waiting(session, later(60), later(60), 10) == []


@pytest.mark.mysql
def test_a_message_that_joins_while_its_neighbour_is_taken_back_stays(
    mysql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(mysql, message("salah ketik", "M"))
    joining = stored(mysql, message("Jam berapa buka?", "N"), 1)
    revoking = stored(mysql, MessageRevoked(ALICE, "M", from_me=False), 2)
    joined, go_on = threading.Event(), threading.Event()

    def pause(place: str) -> None:
        if place == "after_turn_joined":
            joined.set()
            go_on.wait(5)

    monkeypatch.setattr(process_message, "failpoint", pause)
    first = threading.Thread(target=process_message.run, args=(runtime(mysql), joining))
    first.start()
    assert joined.wait(5)
    second = threading.Thread(target=process_message.run, args=(runtime(mysql), revoking))
    second.start()
    time.sleep(0.5)  # it now waits for the first one's lock, or has looked past it
    go_on.set()
    first.join()
    second.join()
    assert state_of(mysql, "N") == ("queued", None, "Jam berapa buka?")
    assert state_of(mysql, "M") == ("ignored", "revoked", None)


@pytest.mark.mysql
def test_a_turn_claimed_while_its_message_is_edited_is_answered_as_it_reads_then(mysql: Database) -> None:
    with transaction(mysql) as session:
        turn_id = join(session, message("Jam buka?"))[0].id
    claimed: list[str] = []

    def claim() -> None:
        with transaction(mysql) as session:
            work = turns.claim_work(session, turn_id, later(2))
            claimed.extend(one.text for one in work.messages if work) if work else None

    with transaction(mysql) as session:
        ring = changes.edit(session, "default", MessageEdited(ALICE, "3EB001", "Jam tutup?", from_me=False))
        worker = threading.Thread(target=claim)
        worker.start()
        worker.join(0.5)
    worker.join()
    assert ring is not None
    assert claimed == ["Jam tutup?"]


@pytest.mark.mysql
def test_an_edit_during_an_erasure_brings_no_words_back(mysql: Database) -> None:
    with transaction(mysql) as session:
        join(session, message("rahasia"))
    with transaction(mysql) as session:
        person = erasure.find(session, phone=ALICE.split("@")[0])
        assert person is not None
        erasure.erase(session, person, KEYS, clock.now(session))
        meanwhile = stored(mysql, MessageEdited(ALICE, "3EB001", "rahasia lagi", from_me=False))
        editing = threading.Thread(target=process_message.run, args=(runtime(mysql), meanwhile))
        editing.start()
        time.sleep(0.5)
    editing.join()
    assert wordy(mysql) == []


def test_a_letter_is_not_held_for_hours_by_a_clock_that_is_wrong(database: Database) -> None:
    with transaction(database) as session:
        row_id = inbox.store(session, [{**letter_held_until(3_600)}])[0].row_id
    ring = process_message.run(runtime(database), row_id)
    assert ring is not None
    assert ring.delay_seconds <= turns.LONGEST_HOLD.total_seconds()
    with reading(database) as session:
        assert endings.overdue(session, clock.now(session), 10) == []


def letter_held_until(seconds: float) -> dict[str, object]:
    content = message()
    happened = event(content)
    row = letters.of_event(happened, policy.QUEUED, dedupe_key(happened, b"{}"), later(0))
    return {**row, "hold_until": later(seconds)}
