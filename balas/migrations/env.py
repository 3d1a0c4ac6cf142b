"""Alembic's entry: the caller hands over an open connection, see `balas.database.schema`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import BigInteger, LargeBinary, String, Text

from balas.models import Base
from balas.models.base import UtcDateTime


def render(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column types by their names in `balas.models.base`."""
    if kind != "type":
        return False
    name = _name(item)
    if name is None:
        return False
    autogen.imports.add("from balas.models import base as kept")
    return f"kept.{name}"


def _name(item: Any) -> str | None:
    if isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if "mysql" not in getattr(item, "_variant_mapping", {}):
        return "big_id" if isinstance(item, BigInteger) else None
    if isinstance(item, Text):
        return "long_text"
    if isinstance(item, LargeBinary):
        return "blob"
    return f"exact({item.length})" if isinstance(item, String) else None


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render,
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
