from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from balas.conversations import catching_up, inbox, unread_chats
from balas.conversations.catching_up import Reading
from balas.conversations.unread_chats import Backlog, Looked, Unread
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import LeaseLost
from tests.unit.conversations.writing import ALICE, NOON, later, letter, message

BOB = "12025550102@c.us"
STALE_AFTER = timedelta(hours=6)


def heard(database: Database, seconds: float, waha_session: str = "default") -> bool:
    with transaction(database) as session:
        return catching_up._heard_since(session, waha_session, later(seconds))


def test_a_session_was_heard_when_a_webhook_brought_a_message(database: Database) -> None:
    read_back = {"request_id": catching_up.READ_BACK}
    with transaction(database) as session:
        inbox.store(session, [letter(message(), NOON, request_id="r1")])
        inbox.store(session, [letter(message(bare_id="3EB002"), later(60), **read_back)])

    assert heard(database, -1)
    assert not heard(database, 1)  # what was read back brought no webhook
    assert not heard(database, -1, "other")


def test_whether_a_session_was_heard_is_looked_up_by_time(sqlite: Database) -> None:
    """With a million letters a scan takes seconds, each minute, while a session is deaf."""
    with sqlite.reader.connect() as connection:
        asked = catching_up._HEARD_SINCE.params(moment=NOON, waha_session="default")
        query = str(asked.compile(connection, compile_kwargs={"render_postcompile": True}))
        given = ("x",) * query.count("?")  # a plan does not look at the values
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", given))

    assert "ix_inbox_books (counted=? AND state=? AND received_at>?)" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def read(database: Database, seconds: float, looked: Looked | None = None, *, whole: bool = False) -> datetime:
    """A reading that ends like this; returns from when on it read."""
    with transaction(database) as session:
        held = begin(session, seconds)
        now, stale = later(seconds), later(seconds) - STALE_AFTER
        catching_up.finish(session, held, looked or Looked(), [], now, whole=whole, soon=True)
        unread_chats.give_up(session, "default", looked or Looked(), stale)
        return held.since


def begin(session: Session, seconds: float, *, at_once: bool = True) -> Reading:
    with_lease = catching_up.begin(session, "default", later(seconds), at_once=at_once)
    assert with_lease is not None
    return with_lease


def unread(database: Database, seconds: float, *, at_once: bool = True) -> dict[str, Unread]:
    with reading(database) as session:
        return unread_chats.of_session(session, "default", later(seconds), at_once=at_once)


def looked(*, read: Iterable[str] = (), failed: Iterable[str] = (), listed: Iterable[str] = ()) -> Looked:
    return Looked({*listed, *read, *failed}, set(read), set(failed))


BAD = looked(read=[BOB], failed=[ALICE])


def test_what_was_never_read_is_not_passed_over_however_long_waha_is_away(database: Database) -> None:
    read(database, 0, whole=True)
    since = [read(database, 60 + 16 * attempt) for attempt in range(75)]
    assert set(since) == {NOON}
    assert read(database, 1_300, whole=True) == NOON
    assert read(database, 1_400) == later(1_300) - catching_up.OVERLAP


def test_a_chat_that_cannot_be_read_is_remembered_from_when_it_was_not(database: Database) -> None:
    read(database, 0, whole=True)
    for attempt in range(30):
        read(database, 1_000 + 60 * attempt, BAD, whole=True)
    assert unread(database, 9_000) == {ALICE: Unread(NOON, is_due=True)}
    assert read(database, 9_000, looked(read=[ALICE]), whole=True) == later(1_000 + 60 * 29) - catching_up.OVERLAP
    assert unread(database, 9_001) == {}


def test_it_is_tried_again_ever_more_seldom_and_at_once_by_a_process_that_starts(database: Database) -> None:
    pauses = []
    for attempt in range(7):
        at = 10_000.0 * attempt
        read(database, at, BAD, whole=True)
        due = [seconds for seconds in range(700) if unread(database, at + seconds, at_once=False)[ALICE].is_due]
        pauses.append(due[0])
        assert unread(database, at)[ALICE].is_due
    assert pauses == [30, 60, 120, 240, 480, 600, 600]


def test_where_nothing_can_be_read_no_chat_is_held_to_be_the_cause(database: Database) -> None:
    read(database, 0, looked(failed=[ALICE, BOB]))
    assert unread(database, 1) == {}


def test_it_is_given_up_once_all_of_it_would_be_stale_but_not_while_waha_is_away(database: Database) -> None:
    hour = 3_600
    read(database, 0, BAD, whole=True)
    read(database, 5 * hour, BAD, whole=True)
    read(database, 5 * hour + 1, looked(listed=[ALICE], read=[BOB]))  # it said more, and is not due
    read(database, 11 * hour, BAD, whole=True)
    for at in (18 * hour, 19 * hour):
        read(database, at, Looked(failed={ALICE}))
    assert unread(database, 19 * hour).keys() == {ALICE}
    read(database, 19 * hour, Looked(read={BOB}, failed={ALICE}), whole=True)
    assert unread(database, 20 * hour) == {}


def test_a_chat_that_was_read_in_part_is_read_from_there_on_at_once(database: Database) -> None:
    read(database, 0, whole=True)
    for read_to, at in ((later(30), 1_000.0), (later(60), 1_015.0)):
        read(database, at, Looked({ALICE}, {ALICE, BOB}, set(), {ALICE: read_to}), whole=True)
        assert unread(database, at, at_once=False) == {ALICE: Unread(read_to, is_due=True)}
    read(database, 1_030, looked(read=[ALICE]), whole=True)
    assert unread(database, 1_031) == {}


def test_who_lost_the_session_writes_nothing_of_its_chats(database: Database) -> None:
    read(database, 0, BAD, whole=True)
    with transaction(database) as session:
        lost = begin(session, 100)
    with transaction(database) as session:
        held = begin(session, 200)
        catching_up.finish(session, held, Looked(), [], later(201), whole=True, soon=False)
    for outcome in (looked(read=[ALICE]), looked(read=[ALICE], failed=[BOB])):
        with pytest.raises(LeaseLost), transaction(database) as session:
            catching_up.finish(session, lost, outcome, [], later(202), whole=True, soon=False)
    assert unread(database, 203).keys() == {ALICE}


def test_the_unread_chats_of_a_session_are_counted(database: Database) -> None:
    read(database, 0, looked(read=[BOB], failed=[ALICE, "x@lid"]), whole=True)
    with transaction(database) as session:
        assert unread_chats.backlogs(session, ["default", "other"]) == {"default": Backlog(2, NOON)}
        assert unread_chats.backlogs(session, ["other"]) == {}
