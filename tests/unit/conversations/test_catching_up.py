from __future__ import annotations

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
