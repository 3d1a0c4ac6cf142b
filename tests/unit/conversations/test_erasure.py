"""Rows of a person are found under every address and removed, on each database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, func, select

from balas.conversations import erasure, inbox, tombstones
from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import InboxMessage, InboxState, Message, Turn, User
from tests.unit.conversations.writing import ALICE, NOON, join, later, letter, message

KEYS = (b"k" * 32,)
LID = "200000000000077@lid"


def test_a_person_is_found_by_number_and_hidden_id_and_removed(database: Database) -> None:
    with transaction(database) as session:
        join(session, message("satu", "3EB001"))
        join(session, message("dua", "3EB002", LID, phone=ALICE.partition("@")[0]))
        join(session, message("lain", "3EB003", "12025550199@c.us"))
    with transaction(database) as session:
        person = erasure.find(session, phone=ALICE.partition("@")[0])
        assert person is not None
        assert {ALICE, LID} <= person.addresses
        erased = erasure.erase(session, person, KEYS, later(5)).erased
        assert (erased["inbox"], erased["messages"], erased["users"]) == (2, 2, 1)
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
