from __future__ import annotations

from datetime import datetime

from balas.conversations import catching_up, inbox
from balas.database.engine import Database
from balas.database.session import transaction
from tests.unit.conversations.writing import NOON, later, letter, message


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


def read(database: Database, seconds: float, **came: bool) -> datetime:
    """A reading that ends like this; returns from when on it read."""
    with transaction(database) as session:
        reading = catching_up.begin(session, "default", later(seconds), at_once=True)
        assert reading is not None
        outcome = {"whole": False, "soon": True} | came
        catching_up.finish(session, reading, [], later(seconds), **outcome)
        return reading.since


def test_what_was_never_read_is_not_passed_over_however_long_waha_is_away(database: Database) -> None:
    read(database, 0, whole=True)
    since = [read(database, 60 + 16 * attempt) for attempt in range(75)]
    assert set(since) == {NOON}
    assert read(database, 1_300, whole=True) == NOON
    assert read(database, 1_400) == later(1_300) - catching_up.OVERLAP


def test_a_chat_that_cannot_be_read_holds_up_the_others_for_ten_rounds(database: Database) -> None:
    read(database, 0, whole=True)
    for attempt in range(9):
        assert read(database, 1_000 + attempt, bad_chat=True) == NOON
    read(database, 1_010)  # WAHA away: the ten begin anew, for none of the chats was read since
    for attempt in range(10):
        assert read(database, 2_000 + attempt, bad_chat=True) == NOON
    assert read(database, 2_010, bad_chat=True) == later(2_009) - catching_up.OVERLAP


def test_a_reading_that_ended_with_its_process_has_not_met_a_bad_chat(database: Database) -> None:
    read(database, 0, whole=True)
    for attempt in range(20):
        with transaction(database) as session:
            assert catching_up.begin(session, "default", later(1_000 + 30 * attempt), at_once=True) is not None
    assert read(database, 2_000, bad_chat=True) == NOON
    assert read(database, 2_001, bad_chat=True) == NOON
