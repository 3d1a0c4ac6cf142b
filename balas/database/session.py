"""The only place that commits."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from balas.database.engine import Database
from balas.errors import DatabaseUnavailable
from balas.ports import inside_transaction

NO_SUCH_TABLE = 1146
REPEAT_AFTER_SECONDS = (0.05, 0.2, 0.8, 2.0, 4.0)  # together well below a lease

Result = TypeVar("Result")


@contextmanager
def transaction(database: Database) -> Iterator[Session]:
    """A write transaction: commits at the end, rolls back on any error.

    Raises `DatabaseUnavailable` when the database is away, locked, full or chose this transaction as a deadlock's
    victim: nothing was written, or the commit's answer was lost, and repeating is safe for rows with a unique key.
    """
    # The connection's own transaction: a session's costs as much again as the statements of a short one.
    with _guarded(), database.writer.connect() as connection, connection.begin():
        session = Session(connection, expire_on_commit=False)
        try:
            yield session
            session.flush()
        finally:
            _close(session)


def persist(database: Database, write: Callable[[Session], Result]) -> Result:
    """Run `write` in a transaction, again when the database was away or chose it as a deadlock's victim.

    For writing down what was already done elsewhere, like a model's answer or a send, which would otherwise be done
    again. `write` must be safe to repeat, since the answer to a commit can be lost.
    """
    for pause in REPEAT_AFTER_SECONDS:
        try:
            with transaction(database) as session:
                return write(session)
        except DatabaseUnavailable:
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 jitter
    with transaction(database) as session:
        return write(session)


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """For reading alone: on SQLite one snapshot, on MySQL one for each statement."""
    with _guarded(), database.reader.connect() as connection:
        connection.begin()
        session = Session(connection, expire_on_commit=False, autoflush=False)
        try:
            yield session
        finally:
            _close(session)


def _close(session: Session) -> None:
    """One that never began has no objects to let go of: those of a turn run finished statements alone."""
    if session.in_transaction():
        session.close()


@contextmanager
def _guarded() -> Iterator[None]:
    """Inside, the network is refused, and errors of an unreachable database become `DatabaseUnavailable`."""
    token = inside_transaction.set(True)
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        raise DatabaseUnavailable(describe(error)) from error
    except DBAPIError as error:
        if is_unusable(error):
            raise DatabaseUnavailable(describe(error)) from error
        raise
    finally:
        inside_transaction.reset(token)


def is_unusable(error: DBAPIError) -> bool:
    """The connection is gone, the file is damaged (SQLite's broadest error), or MySQL has our tables not yet."""
    original = error.orig
    no_table = isinstance(error, ProgrammingError) and getattr(original, "args", ())[:1] == (NO_SUCH_TABLE,)
    return error.connection_invalidated or type(original) is sqlite3.DatabaseError or no_table


def describe(error: Exception) -> str:
    """The driver's own words without the statement and its parameters, which hold what people wrote."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return f"the database did not answer: {type(original).__name__} {str(original)[:200]}"
