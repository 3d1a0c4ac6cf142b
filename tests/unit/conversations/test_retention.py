from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from balas.conversations import inbox, retention
from balas.conversations.retention import Marks
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.models import InboxMessage, InboxState
from tests.unit.conversations.writing import NOON, letter, message

MONTH = timedelta(days=30)


@pytest.fixture
def letters(database: Database) -> Database:
    """Forty ignored letters, one a day."""
    with transaction(database) as session:
        for day in range(40):
            now = NOON + timedelta(days=day)
            inbox.store(session, [letter(message(f"hari {day}", f"3EB{day:03}"), now, state=InboxState.IGNORED)])
    return database


def run(database: Database, marks: Marks, before: datetime, limit: int = 7) -> int:
    with reading(database) as session:
        old = retention.old(session, marks, before, limit)
    with transaction(database) as session:
        return retention.blank(session, old)


def worded(database: Database) -> list[int]:
    with reading(database) as session:
        return list(session.scalars(select(InboxMessage.id).where(InboxMessage.text.is_not(None))))


def test_what_is_old_is_blanked_batch_by_batch_and_the_rest_is_kept(letters: Database) -> None:
    marks, before = Marks(), NOON + timedelta(days=20)
    done = [run(letters, marks, before) for _ in range(5)]

    assert done == [7, 7, 6, 0, 0]
    assert worded(letters) == list(range(21, 41))
    assert run(letters, marks, before + timedelta(hours=1)) == 1  # the next one to grow old
    assert marks.passed["inbox"] == 20


def test_a_row_whose_time_is_out_of_order_is_found_a_day_later(letters: Database) -> None:
    marks, before = Marks(), NOON + timedelta(days=20)
    with transaction(letters) as session:
        session.execute(update(InboxMessage).where(InboxMessage.id == 5).values(state=InboxState.QUEUED))
    while run(letters, marks, before):
        pass
    with transaction(letters) as session:
        session.execute(update(InboxMessage).where(InboxMessage.id == 5).values(state=InboxState.IGNORED))

    run(letters, marks, before + timedelta(hours=1))
    assert 5 in worded(letters)
    run(letters, marks, before + timedelta(days=1))
    assert 5 not in worded(letters)


def test_a_letter_that_is_put_back_in_line_meanwhile_keeps_its_words(letters: Database) -> None:
    with reading(letters) as session:
        old = retention.old(session, Marks(), NOON + MONTH, 7)
    with transaction(letters) as session:
        again = {"state": InboxState.RECEIVED, "received_at": NOON + MONTH}
        session.execute(update(InboxMessage).where(InboxMessage.id == 3).values(**again))
    with transaction(letters) as session:
        assert retention.blank(session, old) == 6
    assert 3 in worded(letters)


def test_with_nothing_to_do_no_row_is_read_that_was_read_before(letters: Database) -> None:
    marks, before = Marks(), NOON + timedelta(days=20)
    while run(letters, marks, before):
        pass
    with counted(letters) as statements, reading(letters) as session:
        assert not retention.old(session, marks, before, 7)
    searches = [values for sql, values in statements if "inbox.text IS NOT NULL" in sql]

    assert len(searches) == 1
    assert {20, 21} <= set(searches[0])  # id > 20 AND id < 21


@contextmanager
def counted(database: Database) -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    seen: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _k: object, sql: str, values: object, *_rest: object) -> None:
        seen.append((sql, tuple(values.values() if isinstance(values, dict) else values)))  # type: ignore[arg-type]

    event.listen(database.reader, "before_cursor_execute", note)
    yield seen
    event.remove(database.reader, "before_cursor_execute", note)
