"""Statements that are built once and run with parameters.

SQLAlchemy takes ten times as long to build a statement as to run a finished one, and a turn runs some forty. So what
every message runs stands as a constant in the module that needs it; the rest is built where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Executable, Table
from sqlalchemy.orm import Session

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def execute(session: Session, statement: Executable, parameters: Parameters) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement over tables, without the ORM. Objects of the session that it changes do not notice."""
    session.flush()
    return session.connection().execute(statement, parameters)


def table_of(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
