"""The only place that commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from balas.database.engine import Database
from balas.errors import DatabaseUnavailable
from balas.ports import inside_transaction

NO_SUCH_TABLE = 1146


@contextmanager
def transaction(database: Database) -> Iterator[Session]:
    """A write transaction: commits at the end, rolls back on any error.

    Raises `DatabaseUnavailable` when the database is away, locked, full or chose this transaction as a deadlock's
    victim: nothing was written, or the commit's answer was lost, and repeating is safe for rows with a unique key.
    """
    token = inside_transaction.set(True)
    try:
        with Session(database.writer, expire_on_commit=False) as session, session.begin():
            yield session
    except (OperationalError, PoolTimeout) as error:
        raise DatabaseUnavailable(describe(error)) from error
    except DBAPIError as error:
        if is_unusable(error):
            raise DatabaseUnavailable(describe(error)) from error
        raise
    finally:
        inside_transaction.reset(token)


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """A read-only snapshot, rolled back at the end."""
    token = inside_transaction.set(True)
    try:
        with Session(database.reader, expire_on_commit=False, autoflush=False) as session:
            yield session
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
