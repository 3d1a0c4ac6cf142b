"""Rows of a person are found under every address and removed, on each database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from balas.conversations import erasure, inbox, retention, tombstones, unread_chats
from balas.conversations.unread_chats import Looked
from balas.database.engine import Database
from balas.database.session import transaction
from balas.knowledge import golden, reports
from balas.models import GateReport, GoldenQuestion, InboxMessage, InboxState, Message, Turn, User
from tests.unit.conversations.writing import ALICE, NOON, join, later, letter, message

KEYS = (b"k" * 32,)
LID = "200000000000077@lid"


def test_a_person_is_found_by_number_and_hidden_id_and_removed(database: Database) -> None:
    with transaction(database) as session:
        join(session, message("satu", "3EB001"))
        join(session, message("dua", "3EB002", LID, phone=ALICE.partition("@")[0]))
        join(session, message("lain", "3EB003", "12025550199@c.us"))
        unread_chats.note(session, "default", {}, Looked(read={"x"}, failed={ALICE, LID, "y"}), NOON, NOON)
    with transaction(database) as session:
        person = erasure.find(session, phone=ALICE.partition("@")[0])
        assert person is not None
        assert {ALICE, LID} <= person.addresses
        erased = erasure.erase(session, person, KEYS, later(5)).erased
        assert (erased["inbox"], erased["messages"], erased["users"], erased["unread_chats"]) == (2, 2, 1, 2)
    with transaction(database) as session:
        assert session.scalars(select(func.count(User.id))).one() == 1
        assert session.scalars(select(func.count(Turn.id))).one() == 1
        assert session.scalars(select(Message.text)).all() == ["lain"]
        rows = session.scalars(select(InboxMessage).where(InboxMessage.state == InboxState.IGNORED)).all()
        assert [(row.reason, row.text, row.chat_id, row.turn_id) for row in rows] == [("erased", None, None, None)] * 2
        assert erasure.find(session, phone=ALICE.partition("@")[0]) is None
        assert tombstones.refuses(session, KEYS, message(), NOON)
        assert not tombstones.refuses(session, KEYS, message(), later(6))
        assert tombstones.refuses(session, (b"newer" * 8, *KEYS), message(chat_id=LID), NOON)


def test_a_repeated_erasure_finds_nobody_else(database: Database) -> None:
    """As of a client that repeats its DELETE after a time-out, while somebody new writes."""
    with transaction(database) as session:
        join(session, message("satu", "3EB001"))
        _, newest = join(session, message("dua", "3EB002", "12025550102@c.us"))
        person = erasure.find(session, user_id=newest.user_id)
        assert person is not None
        erasure.erase(session, person, KEYS, later(5))
    with transaction(database) as session:
        join(session, message("tiga", "3EB003", "12025550103@c.us"), now=later(9))
        assert erasure.find(session, user_id=newest.user_id) is None


@pytest.mark.mysql
def test_the_inbox_is_read_before_anything_is_locked_and_what_comes_meanwhile_is_found(mysql: Database) -> None:
    with transaction(mysql) as session:
        join(session, message("satu", "3EB001"))
    read = []

    def watch(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM inbox" in statement and " LIKE " in statement:
            read.append(statement)
        elif statement.startswith("UPDATE turns") and len(read) == 1:
            read.append("")
            with transaction(mysql) as other:
                inbox.store(other, [letter(message("dua", "3EB002"), pending=False)])

    with transaction(mysql) as session:
        person = erasure.find(session, phone=ALICE.partition("@")[0])
        assert person is not None
        read.clear()
        event.listen(mysql.writer, "before_cursor_execute", watch)
        assert erasure.erase(session, person, KEYS, later(5)).erased["inbox"] == 2
    assert len(read) == 3
    with transaction(mysql) as session:
        assert session.scalars(select(InboxMessage.text)).all() == [None, None]


def question(turn_id: int | None, said: str, approved_at: datetime | None) -> GoldenQuestion:
    return GoldenQuestion(
        question_key=said, question=said, turn_id=turn_id, approved_at=approved_at, created_at=NOON, updated_at=NOON
    )


def report(*asked: GoldenQuestion) -> GateReport:
    falls = [
        {"golden_id": one.id, "question": one.question, "reason": "fell", "before": one.question, "after": "no"}
        for one in asked
    ]
    return GateReport(cause="run", outcome="warned", before={}, after={}, falls=falls, created_at=NOON)


def by_retention(session: Session, golden_id: int) -> None:
    golden.approve(session, golden_id, NOON, is_approved=False)  # it counted once, and fell
    session.flush()
    retention.blank(session, retention.old(session, retention.Marks(), later(60), 10))


@pytest.mark.parametrize("forget", [by_retention, golden.remove])
def test_the_words_of_a_draft_go_with_it_wherever_it_fell(database: Database, forget) -> None:
    with transaction(database) as session:
        drafted, own = question(7, "kenanga", NOON), question(None, "melati", NOON)
        session.add_all([drafted, own])
        session.flush()
        reports.add(session, report(drafted, own))
        late = report(drafted, own)  # asked before, kept after it was forgotten
        golden_id = drafted.id
    with transaction(database) as session:
        forget(session, golden_id)
        reports.add(session, late)
    with transaction(database) as session:
        for row in session.scalars(select(GateReport)).all():
            assert [fall["question"] for fall in row.falls] == ["", "melati"]
            assert "kenanga" not in str(row.falls)
