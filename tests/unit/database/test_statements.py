"""A statement that is handed to the driver as text brings what SQLAlchemy would bring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Select, String, Table, bindparam, exists, or_, select, text, update
from sqlalchemy.exc import DBAPIError, NoResultFound

from balas.database.engine import Database
from balas.database.session import transaction
from balas.database.statements import Found, execute, run, table_of
from balas.errors import DatabaseUnavailable
from balas.models import InboxMessage, ModelSpend, Turn, TurnState
from tests.unit.conversations.writing import NOON, join, later, message

_TURN = (
    select(
        Turn.id,
        InboxMessage.id,  # the same name twice
        Turn.created_at,
        Turn.finished_at,
        Turn.answer,
        InboxMessage.counted,
        InboxMessage.text,
        exists().where(Turn.state == TurnState.DEAD).label("has_dead"),
    )
    .join(InboxMessage, InboxMessage.turn_id == Turn.id)
    .where(
        Turn.state.in_((TurnState.GATHERING, TurnState.GENERATING)),
        or_(Turn.created_at <= bindparam("moment"), Turn.reason == "50 % of 'it'"),
        InboxMessage.text.like("%\\%s%", escape="\\"),
    )
    .limit(bindparam("most"))
)
_SAY = update(table_of(Turn)).where(Turn.id == bindparam("turn_id"), Turn.state == TurnState.GATHERING)
_SAY = _SAY.values(answer=bindparam("new_answer"), reason=bindparam("new_reason"))
_SPENT = select(ModelSpend.day, ModelSpend.cost).where(ModelSpend.spender.in_(bindparam("names", expanding=True)))


def brought(database: Database, statement: Select[Any], parameters: dict[str, Any]) -> list[Any]:
    """Run three times: by SQLAlchemy the first time, by the driver from then on."""
    with transaction(database) as session:
        by_sqlalchemy = [tuple(row) for row in session.connection().execute(statement, parameters)]
        for _ in range(3):
            rows = execute(session, statement, parameters).all()
            assert [tuple(row) for row in rows] == by_sqlalchemy
        return rows


def test_every_kind_of_column_and_of_constant(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message(text="100 %s 'now' \\ 🙏"))
        for number in range(3):
            said = {"turn_id": turn.id, "new_answer": {"n": number, "a": [None, 'ü"']}, "new_reason": "it's 5 %"}
            done = execute(session, _SAY, said)
            assert done.rowcount == 1
        assert isinstance(done, Found)
        assert execute(session, _SAY, said | {"turn_id": 99}).rowcount == 0
    (row,) = brought(database, _TURN, {"moment": later(5), "most": 7})
    assert (row.id, row[1], row.created_at, row.finished_at) == (turn.id, 1, NOON, None)
    assert (row.answer, row.counted, row.has_dead) == ({"n": 2, "a": [None, 'ü"']}, True, False)
    assert row.created_at.utcoffset() == timedelta(0)
    assert brought(database, _TURN, {"moment": NOON - timedelta(days=1), "most": 7}) == []


def test_a_list_of_any_length(database: Database) -> None:
    with transaction(database) as session:
        session.add_all([ModelSpend(day=NOON.date(), spender=name, cost=1.5) for name in "abc"])
    assert len(brought(database, _SPENT, {"names": ["a", "b"]})) == 2
    assert len(brought(database, _SPENT, {"names": ["c"]})) == 1


def test_one_row_is_asked_for_and_there_is_none(database: Database) -> None:
    nothing = select(Turn.id).where(Turn.id == bindparam("turn_id"))
    with transaction(database) as session:
        for _ in range(2):
            found = execute(session, nothing, {"turn_id": 1})
        assert (found.first(), found.scalar(), list(found.scalars())) == (None, None, [])
        with pytest.raises(NoResultFound):
            found.one()


def test_an_error_is_sqlalchemys_and_holds_no_words(database: Database) -> None:
    nowhere = Table("nowhere", MetaData(), Column("id", Integer), Column("said", String(20)))
    statement = update(nowhere).where(nowhere.c.id == bindparam("row_id")).values(said=bindparam("new_said"))
    told = []
    for _ in range(2):  # by SQLAlchemy the first time
        with transaction(database) as session, pytest.raises(DBAPIError) as raised:
            execute(session, statement, {"row_id": 1, "new_said": "a secret"})
        told.append(raised.value)
    assert type(told[0]) is type(told[1])
    assert "nowhere" in str(told[1])
    assert "a secret" not in str(told[1])


@pytest.mark.mysql
def test_what_people_write_arrives_as_it_is(mysql: Database) -> None:
    said = [
        "".join(map(chr, range(0x250))),
        "\\",
        "\\'",
        "'",
        "''",
        "\\\\'\\",
        "' OR 1=1 -- ",
        '"',
        "%s %(a)s %",
        "\0\x1a\r\n",
        "🙏",
    ]
    with transaction(mysql) as session:
        connection = session.connection()
        for text_said in said:
            assert run(connection, "SELECT %s, HEX(%s)", (text_said, text_said)).rows == (
                (text_said, text_said.encode().hex().upper()),
            )
        for moment in (NOON, NOON.replace(tzinfo=None), later(0.000001).replace(tzinfo=None)):
            told = run(connection, "SELECT CAST(%s AS DATETIME(6)), %s", (moment, None)).rows
            assert told == ((moment.replace(tzinfo=None), None),)


@pytest.mark.mysql
def test_a_connection_that_is_gone_is_not_used_again(mysql: Database) -> None:
    wanted = select(Turn.id).where(Turn.id == bindparam("turn_id"))
    with transaction(mysql) as session:
        for _ in range(2):
            execute(session, wanted, {"turn_id": 1})
        own = session.scalar(text("SELECT CONNECTION_ID()"))

    def killed() -> None:
        with transaction(mysql) as session, mysql.reader.connect() as other:
            assert session.scalar(text("SELECT CONNECTION_ID()")) == own
            other.execute(text(f"KILL {own}"))
            execute(session, wanted, {"turn_id": 1})

    with pytest.raises(DatabaseUnavailable):
        killed()
    with transaction(mysql) as session:
        assert execute(session, wanted, {"turn_id": 1}).all() == []
        assert session.scalar(text("SELECT CONNECTION_ID()")) != own
