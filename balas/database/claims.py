"""Insert once, and claim by conditional UPDATE: one code path on SQLite and MySQL, without SKIP LOCKED.

`model` is a mapped class with the columns of `balas.models.base.Leased`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Table, or_, update
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Session

from balas.errors import LeaseLost

LEASE_SECONDS = 20.0


def insert_once(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose unique keys are new. Any other error fails the whole statement.

    MySQL's INSERT IGNORE is refused: it also swallows truncation and foreign keys.
    """
    table: Table = model.__table__
    if session.get_bind().dialect.name == "sqlite":
        statement: Any = sqlite.insert(table).on_conflict_do_nothing()
    else:
        # A column set to itself changes nothing. Not the id: MySQL refuses that within one statement (error 1869).
        same = next((column for column in table.columns if not column.primary_key), next(iter(table.primary_key)))
        statement = mysql.insert(table).on_duplicate_key_update({same.name: same})
    # Rows as parameters, not as .values(): that is compiled anew for each number of rows, which costs more than the
    # insert itself. PyMySQL sends them as one statement all the same.
    session.execute(statement, list(rows))


def claim(
    session: Session,
    model: type[Any],
    row_id: int,
    now: datetime,
    *conditions: ColumnElement[bool],
    lease_seconds: float = LEASE_SECONDS,
    **changes: Any,
) -> str | None:
    """Take the row's lease if the conditions hold and nobody else has it; return the fencing token, or None."""
    token = secrets.token_hex(8)
    taken = session.execute(
        update(model)
        .where(
            model.id == row_id,
            or_(model.lease_until.is_(None), model.lease_until < now),
            *conditions,
        )
        .values(
            lease_token=token,
            lease_until=now + timedelta(seconds=lease_seconds),
            attempts=model.attempts + 1,
            **changes,
        )
        .execution_options(synchronize_session=False)
    )
    return token if _rowcount(taken) == 1 else None


def change(session: Session, model: type[Any], row_id: int, token: str, **changes: Any) -> None:
    """Write under the lease; raise `LeaseLost` when somebody else holds the row by now."""
    written = session.execute(
        update(model)
        .where(model.id == row_id, model.lease_token == token)
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    if _rowcount(written) != 1:
        raise LeaseLost(f"{model.__tablename__} {row_id} is held by another worker")


def renew(session: Session, model: type[Any], row_id: int, token: str, now: datetime) -> None:
    change(session, model, row_id, token, lease_until=now + timedelta(seconds=LEASE_SECONDS))


def update_where(session: Session, model: type[Any], *conditions: ColumnElement[bool], **changes: Any) -> int:
    """A conditional UPDATE; return the number of rows it changed."""
    statement = update(model).where(*conditions).values(**changes).execution_options(synchronize_session=False)
    return _rowcount(session.execute(statement))


def _rowcount(result: Any) -> int:
    assert isinstance(result, CursorResult)  # noqa: S101 narrows the type
    return result.rowcount
