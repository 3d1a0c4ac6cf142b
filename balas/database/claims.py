"""Claim by conditional UPDATE: one code path on SQLite and MySQL, without SKIP LOCKED.

`model` is a mapped class with the columns of `balas.models.base.Leased`.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Table, Update, bindparam, or_, update
from sqlalchemy.orm import Session

from balas.database.statements import execute, table_of
from balas.errors import LeaseLost

LEASE_SECONDS = 20.0
NOW: ColumnElement[datetime] = bindparam("claimed_at")  # for the conditions of a claim


def by_id(statement: Update) -> Update:
    """An UPDATE that names the row's id. On a small table MySQL may prefer another index, and would then wait for rows
    of that index which another process has not committed yet: a process that is frozen there would hold up all others.
    """
    for dialect in ("mysql", "mariadb"):
        statement = statement.with_hint("USE INDEX (PRIMARY)", dialect_name=dialect)
    return statement


def claiming(model: type[Any], *conditions: ColumnElement[bool], **changes: Any) -> Update:
    """The statement of a claim, to be built once: takes the lease if the conditions hold and nobody else has it."""
    return (
        by_id(update(table_of(model)))
        .where(
            model.id == bindparam("claimed_id"),
            or_(model.lease_until.is_(None), model.lease_until < NOW),
            *conditions,
        )
        .values(
            lease_token=bindparam("claimed_token"),
            lease_until=bindparam("claimed_until"),
            attempts=model.attempts + 1,
            **changes,
        )
    )


def take(
    session: Session,
    statement: Update,
    row_id: int,
    now: datetime,
    *,
    lease_seconds: float = LEASE_SECONDS,
    **parameters: Any,
) -> str | None:
    """Claim a row with a statement of `claiming`; return the fencing token, or None."""
    token = secrets.token_hex(8)
    times = {"claimed_at": now, "claimed_until": now + timedelta(seconds=lease_seconds)}
    taken = execute(session, statement, {"claimed_id": row_id, "claimed_token": token} | times | parameters)
    return token if taken.rowcount == 1 else None


def claim(
    session: Session,
    model: type[Any],
    row_id: int,
    now: datetime,
    *conditions: ColumnElement[bool],
    **changes: Any,
) -> str | None:
    """Take the row's lease if the conditions hold and nobody else has it; return the fencing token, or None."""
    return take(session, claiming(model, *conditions, **changes), row_id, now)


def change(session: Session, model: type[Any], row_id: int, token: str, **changes: Any) -> None:
    """Write under the lease; raise `LeaseLost` when somebody else holds the row by now."""
    reckoned = {name: value for name, value in changes.items() if isinstance(value, ColumnElement)}
    given = {f"new_{name}": value for name, value in changes.items() if name not in reckoned}
    statement = _change(table_of(model), tuple(name for name in changes if name not in reckoned))
    if reckoned:  # by the database itself, out of what is there
        statement = statement.values(reckoned)
    written = execute(session, statement, {"changed_id": row_id, "changed_token": token} | given)
    if written.rowcount != 1:
        raise LeaseLost(f"{model.__tablename__} {row_id} is held by another worker")


@lru_cache(maxsize=256)
def _change(table: Table, names: tuple[str, ...]) -> Update:
    ours = (table.c.id == bindparam("changed_id"), table.c.lease_token == bindparam("changed_token"))
    # Prefixed: SQLAlchemy keeps a column's own name for itself.
    return update(table).where(*ours).values({name: bindparam(f"new_{name}") for name in names})


def renew(session: Session, model: type[Any], row_id: int, token: str, now: datetime) -> None:
    change(session, model, row_id, token, lease_until=now + timedelta(seconds=LEASE_SECONDS))


def write_row(session: Session, model: type[Any], row_id: int, **values: Any) -> None:
    """Set columns of one row, whoever holds it, by a statement that is built once for these columns."""
    given = {f"new_{name}": value for name, value in values.items()}
    execute(session, _write(table_of(model), tuple(values)), {"written_id": row_id} | given)


@lru_cache(maxsize=256)
def _write(table: Table, names: tuple[str, ...]) -> Update:
    written = update(table).where(table.c.id == bindparam("written_id"))
    return written.values({name: bindparam(f"new_{name}") for name in names})


def update_where(session: Session, model: type[Any], *conditions: ColumnElement[bool], **changes: Any) -> int:
    """A conditional UPDATE; return the number of rows it changed."""
    statement = update(model).where(*conditions).values(**changes).execution_options(synchronize_session=False)
    written = session.execute(statement)
    assert isinstance(written, CursorResult)  # noqa: S101 narrows the type
    return written.rowcount
