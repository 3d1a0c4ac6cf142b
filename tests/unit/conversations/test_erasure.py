"""Rows of a person are found under every address and removed, on each database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from balas.api.users import erased
from balas.conversations import erasure, inbox, retention, tombstones, unread_chats
from balas.conversations.unread_chats import Looked
from balas.database.claims import update_where
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import NotFound
from balas.knowledge import golden, reports
from balas.models import GateReport, GoldenQuestion, InboxMessage, InboxState, Message, Tombstone, Turn, User
from balas.runtime import Runtime
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
        assert {ALICE, LID} <= person.person.addresses
        receipt = erasure.erase(session, person, KEYS, later(5))
        assert receipt is not None
        erased = receipt.erased
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


def erased_while(database: Database, meanwhile: Callable[[], object]) -> tuple[int, list[bool]]:
    """Erase Alice; as soon as the inbox has been read for her, something happens.

    Returns how many letters that were, and of each time that they were looked for whether only the newest were read.
    """
    read: list[bool] = []

    def watch(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM inbox" in statement and " LIKE " in statement and "raw" in statement:
            read.append("inbox.id > " in statement)
            if len(read) == 1:
                meanwhile()

    for engine in {database.reader, database.writer}:
        event.listen(engine, "after_cursor_execute", watch)
    secrets = SimpleNamespace(hmac_keys=KEYS)
    runtime = cast(Runtime, SimpleNamespace(database=database, secrets=secrets))
    try:
        return erased(runtime, phone=ALICE.partition("@")[0]).erased["inbox"], read
    finally:
        for engine in {database.reader, database.writer}:
            event.remove(engine, "after_cursor_execute", watch)


def test_nobody_waits_while_the_inbox_is_read_and_what_comes_meanwhile_is_found(database: Database) -> None:
    with transaction(database) as session:
        join(session, message("satu", "3EB001"))

    def meanwhile() -> None:
        with transaction(database) as session:
            update_where(session, User, name="Alice")
            inbox.store(session, [letter(message("dua", "3EB002"), pending=False)])

    assert erased_while(database, meanwhile) == (2, [False, True])
    with transaction(database) as session:
        assert session.scalars(select(InboxMessage.text)).all() == [None, None]


def test_a_hidden_id_that_becomes_known_meanwhile_is_looked_up_as_well(database: Database) -> None:
    with transaction(database) as session:
        join(session, message("satu", "3EB001"))
        inbox.store(session, [letter(message("dua", "3EB002", LID), pending=False)])

    def meanwhile() -> None:
        with transaction(database) as session:
            known = message("tiga", "3EB003", LID, phone=ALICE.partition("@")[0])
            inbox.store(session, [letter(known, pending=False)])

    with pytest.MonkeyPatch.context() as few:
        few.setattr(erasure, "IN_FLIGHT", 1)
        assert erased_while(database, meanwhile) == (3, [False, False, True])
    with transaction(database) as session:
        assert session.scalars(select(InboxMessage.chat_id)).all() == [None, None, None]


def test_of_two_who_erase_at_once_one_finds_nobody(database: Database) -> None:
    with transaction(database) as session:
        join(session, message("satu", "3EB001"))

    def meanwhile() -> None:
        with transaction(database) as session:
            found = erasure.find(session, phone=ALICE.partition("@")[0])
            assert found is not None
            assert erasure.erase(session, found, KEYS, later(5)) is not None

    with pytest.raises(NotFound):
        erased_while(database, meanwhile)
    with transaction(database) as session:
        assert session.scalars(select(Tombstone.erased_at).distinct()).all() == [later(5)]


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
