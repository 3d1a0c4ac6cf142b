"""Insert what is new, and leave what is there: one code path on SQLite and MySQL."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Connection, Dialect, Insert, Table, func
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from balas.database.statements import connection_of, run, table_of

_SQLITE_ROWS = 32


def insert_once(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> range | None:
    """Insert the rows whose unique keys are new; all name the same columns. Other errors fail the whole statement.

    Return the ids that the database gave, or None: a row was there already, or it is MySQL, which tells too little.
    """
    if not rows:
        return range(0)
    session.flush()
    connection = connection_of(session)
    insertion = _insertion(table_of(model), connection.dialect, tuple(rows[0]))
    parameters = [insertion.parameters(row) for row in rows]
    if insertion.is_positional:
        return _insert_positional(connection, insertion, parameters)
    many = len(rows) > 1  # PyMySQL sends them as one statement
    run(connection, insertion.sql, parameters if many else parameters[0], many=many)
    return None


def _insert_positional(
    connection: Connection, insertion: _Insertion, parameters: Sequence[tuple[Any, ...]]
) -> range | None:
    """Powers of two at a time: few statements to prepare, and SQLite gives up the interpreter's lock for each one."""
    new = at = last = 0
    while at < len(parameters):
        size = min(_SQLITE_ROWS, 1 << ((len(parameters) - at).bit_length() - 1))
        rows = parameters[at : at + size]
        statement = _of_rows(insertion.sql, len(insertion.names), size)
        done = run(connection, statement, tuple(itertools.chain.from_iterable(rows)))
        new, last, at = new + done.rowcount, done.lastrowid, at + size
    # Within one transaction SQLite counts ids up by one.
    return range(last - new + 1, last + 1) if new == len(parameters) else None


def insert_or_find(session: Session, model: type[Any], row: Mapping[str, Any]) -> int:
    """Insert one row, or lock the one that has its unique key; return its id.

    One round trip where `insert_once` needs a look afterwards. A plain INSERT would do too where rows are mostly new,
    but on MySQL two that come second then share a lock that both want alone: a deadlock.
    """
    session.flush()
    connection = connection_of(session)
    insertion = _insertion(table_of(model), connection.dialect, tuple(row), finding=True)
    done = run(connection, insertion.sql, insertion.parameters(row))
    row_id: int = done.rows[0][0] if insertion.is_positional else done.lastrowid
    return row_id


@lru_cache(maxsize=256)
def _of_rows(sql: str, columns: int, rows: int) -> str:
    one = f"({', '.join('?' * columns)})"
    return sql.replace(one, ", ".join([one] * rows), 1)


@dataclass(frozen=True, slots=True)
class _Insertion:
    """The driver's own statement: through SQLAlchemy a row's parameters take longer than its insert."""

    sql: str
    names: tuple[str, ...]  # in the statement's order
    binds: tuple[tuple[int, Callable[[Any], Any]], ...]  # where a value is not taken as it is
    defaults: Mapping[str, Any]  # of columns that the rows do not name
    is_positional: bool

    def parameters(self, row: Mapping[str, Any]) -> Any:
        if self.defaults:
            row = {**self.defaults, **row}
        values = [row[name] for name in self.names]
        for at, bind in self.binds:
            values[at] = bind(values[at])
        return tuple(values) if self.is_positional else dict(zip(self.names, values, strict=True))


@lru_cache(maxsize=256)
def _insertion(table: Table, dialect: Dialect, names: tuple[str, ...], *, finding: bool = False) -> _Insertion:
    statement = _insert_or_find(table, dialect.name) if finding else _insert(table, dialect.name)
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    ordered = compiled.positiontup or list(compiled.params)
    binds = ((at, _bind(table.c[name].type, dialect)) for at, name in enumerate(ordered))
    needed = tuple((at, bind) for at, bind in binds if bind is not None)
    left_out = {name: table.c[name].default for name in ordered if name not in names}
    defaults = {name: one.arg for name, one in left_out.items() if isinstance(one, ScalarElementColumnDefault)}
    return _Insertion(str(compiled), tuple(ordered), needed, defaults, compiled.positional)


def _bind(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    # Both drivers take a bool as it is; SQLAlchemy looks at each whether it is one.
    return None if isinstance(kind, Boolean) else kind.dialect_impl(dialect).bind_processor(dialect)


def _insert(table: Table, dialect: str) -> Insert:
    """MySQL's INSERT IGNORE is refused: it also swallows truncation and foreign keys."""
    if dialect == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    # A column set to itself changes nothing. Not the id: MySQL refuses that within one statement (error 1869).
    same = next((column for column in table.columns if not column.primary_key), next(iter(table.primary_key)))
    return mysql.insert(table).on_duplicate_key_update({same.name: same})


def _insert_or_find(table: Table, dialect: str) -> Insert:
    if dialect == "sqlite":
        unchanged = sqlite.insert(table).on_conflict_do_update(set_={"id": table.c.id})
        return unchanged.returning(table.c.id)
    return mysql.insert(table).on_duplicate_key_update(id=func.last_insert_id(table.c.id))
