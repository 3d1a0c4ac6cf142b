"""Statements that are built once and run with parameters.

SQLAlchemy takes ten times as long to build a statement as to run a finished one, and a turn runs some thirty. So what
every message runs stands as a constant in the module that needs it; the rest is built where it is used. A constant is
handed to the driver as the text it was compiled to: to look that up for each run takes longer than the driver itself.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Connection, CursorResult, Dialect, Executable, Table, bindparam
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

Parameters = Mapping[str, Any]
_NAMED = re.compile(r"%\((\w+)\)s")
_PLAIN = re.compile(r"\w*", re.ASCII)
_Converter = Callable[[Any], Any]


class Found:
    """What a finished statement brought, read as a `CursorResult` is."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        if len(self._rows) != 1:
            raise MultipleResultsFound("more than one row") if self._rows else NoResultFound("no row")
        return self._rows[0]

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalars(self) -> Iterator[Any]:
        return (row[0] for row in self._rows)


def execute(session: Session, statement: Executable, parameters: Parameters) -> Found | CursorResult[*tuple[Any, ...]]:
    """Run a statement over tables, without the ORM. Objects of the session that it changes do not notice."""
    if session.in_transaction():  # else it has no objects
        session.flush()
    connection = connection_of(session)
    finished = _finished(statement, connection.dialect)
    if finished is None:
        return connection.execute(statement, parameters)
    done = run(connection, finished.sql, finished.filled(parameters))
    return Found(finished.rows(done.rows) if finished.row is not None else [], done.rowcount)


def connection_of(session: Session) -> Connection:
    """The one its transaction has: to have the session look for it takes as long as the driver for a statement."""
    return session.bind if isinstance(session.bind, Connection) and session.is_active else session.connection()


class Done(NamedTuple):
    rows: Sequence[Any]  # as the driver reads them
    rowcount: int
    lastrowid: Any


def run(connection: Connection, sql: str, parameters: Any, *, many: bool = False) -> Done:
    """By the driver itself; its errors become SQLAlchemy's as usual."""
    cursor = connection.connection.cursor()
    if connection._has_events or connection.engine._has_events:  # asked first, as SQLAlchemy does
        for told in connection.dispatch.before_cursor_execute:
            told(connection, cursor, sql, parameters, None, many)
    try:
        if many:
            cursor.executemany(sql, parameters)
        else:
            cursor.execute(sql, parameters)
        rows = cursor.fetchall() if cursor.description else ()
        done = Done(rows, cursor.rowcount, cursor.lastrowid)
        cursor.close()
    except connection.dialect.loaded_dbapi.Error as error:
        # As SQLAlchemy does it: a connection that is gone is given up, and what people wrote stays out of the error.
        connection._handle_dbapi_exception(error, sql, parameters, cursor, None)
    return done


def places(count: int) -> list[BindParameter[Any]]:
    """For an IN of so many values, see `placed`: one of any length is never finished."""
    return [bindparam(f"place_{place}") for place in range(count)]


def placed(values: Sequence[Any]) -> dict[str, Any]:
    return {f"place_{place}": value for place, value in enumerate(values)}


def table_of(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table


@dataclass(frozen=True, slots=True)
class _Finished:
    """A statement as the driver takes it."""

    sql: str
    binds: tuple[tuple[str, str | None, Any], ...]  # name, which parameter, and how to convert it or what it always is
    is_positional: bool
    row: Callable[[list[Any]], Any] | None  # None: it brings no rows
    converters: tuple[tuple[int, _Converter], ...]

    def filled(self, parameters: Parameters) -> Any:
        if self.is_positional:
            return tuple([_value(parameters, key, how) for _, key, how in self.binds])
        return {name: _value(parameters, key, how) for name, key, how in self.binds}

    def rows(self, found: Any) -> list[Any]:
        assert self.row is not None  # noqa: S101 asked before
        rows = []
        for one in found:
            values = list(one)
            for at, convert in self.converters:
                values[at] = convert(values[at])
            rows.append(self.row(values))
        return rows


def _value(parameters: Parameters, key: str | None, how: Any) -> Any:
    if key is None:
        return how
    return parameters[key] if how is None else how(parameters[key])


# By statement: None for one that was seen once. A statement that is built for one run is never finished for it.
_known: WeakKeyDictionary[Executable, dict[str, _Finished | None] | None] = WeakKeyDictionary()


def _finished(statement: Executable, dialect: Dialect) -> _Finished | None:
    """None where SQLAlchemy has to run it: it comes for the first time, or one of its lists has no fixed length."""
    if statement not in _known:
        _known[statement] = None
        return None
    by_dialect = _known[statement]
    if by_dialect is None:
        by_dialect = _known[statement] = {}
    if dialect.name not in by_dialect:
        by_dialect[dialect.name] = _finish(statement, dialect)
    return by_dialect[dialect.name]


def _finish(statement: Any, dialect: Dialect) -> _Finished | None:
    compiled = statement.compile(dialect=dialect)
    if any(bind.required for bind in compiled.post_compile_params):
        return None
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    constants = compiled.construct_params(_check=False)
    expanded = compiled._process_parameters_for_postcompile(constants)  # lists of constants become their parts
    names = expanded.positiontup if compiled.positional else [name for name in constants if name in binds]
    lists = {part: name for name, parts in expanded.parameter_expansion.items() for part in parts}
    if not compiled.positional:
        names = [name for name in names if name not in expanded.parameter_expansion] + list(lists)
    values = constants | expanded.additional_parameters
    bound = [_bound(name, binds[lists.get(name, name)], values, dialect) for name in names]
    row, converters = _row_of(statement, dialect)
    sql = expanded.statement
    if not compiled.positional:  # PyMySQL writes each value into the text, at each run
        written = {name: _written(value) for name, key, value in bound if key is None}
        sql = _NAMED.sub(lambda found: written.get(found[1]) or found[0], sql)
        bound = [one for one in bound if written.get(one[0]) is None]
    return _Finished(sql, tuple(bound), compiled.positional, row, converters)


def _written(value: Any) -> str | None:
    """A constant as it may stand in the text; None where it would have to be escaped."""
    if isinstance(value, bool | int):
        return str(int(value))
    return f"'{value}'" if isinstance(value, str) and _PLAIN.fullmatch(value) else None


def _bound(name: str, bind: Any, values: Mapping[str, Any], dialect: Dialect) -> tuple[str, str | None, Any]:
    convert = _converter(bind.type, dialect)
    if bind.required:
        return name, bind.key, convert
    return name, None, values[name] if convert is None else convert(values[name])


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _row_of(
    statement: Any, dialect: Dialect
) -> tuple[Callable[[list[Any]], Any] | None, tuple[tuple[int, _Converter], ...]]:
    if not statement.is_select:
        return None, ()
    columns = statement.selected_columns
    kinds = [column.type.dialect_impl(dialect) for column in columns]
    processors = [(at, kind.result_processor(dialect, None)) for at, kind in enumerate(kinds)]
    row = namedtuple("Row", columns.keys(), rename=True)  # type: ignore[misc]  # its names come from the statement
    return row._make, tuple((at, convert) for at, convert in processors if convert is not None)
