"""On SQLite, too, the id of a row that is gone is given to no other. MySQL never did otherwise."""

from __future__ import annotations

import re

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

REUSED = "PRIMARY KEY (id)"
GIVEN_ONCE = "PRIMARY KEY (id AUTOINCREMENT)"

_TABLES = text("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND instr(sql, :before) > 0")
_INDEXES = text("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :name AND sql IS NOT NULL")


def upgrade() -> None:
    _rebuild(REUSED, GIVEN_ONCE)


def downgrade() -> None:
    _rebuild(GIVEN_ONCE, REUSED)


def _rebuild(before: str, after: str) -> None:
    """SQLite's own way: a table cannot be changed so, only copied.

    Foreign keys are off (see `balas.database.schema`), else the old table would take the rows along that point to it.
    The stored schema is not written to directly: the SQLite of some systems forbids that.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for name, made in connection.execute(_TABLES, {"before": before}).all():
        indexes = connection.execute(_INDEXES, {"name": name}).scalars().all()
        copy = re.sub(r"^CREATE TABLE\s+\S+", "CREATE TABLE rebuilt", made, count=1).replace(before, after)
        # As they stand: a colon in them would be a parameter.
        connection.exec_driver_sql(copy)
        connection.exec_driver_sql(" ".join(("INSERT INTO rebuilt SELECT * FROM", name)))
        connection.exec_driver_sql(f"DROP TABLE {name}")
        connection.exec_driver_sql(f"ALTER TABLE rebuilt RENAME TO {name}")
        for index in indexes:
            connection.exec_driver_sql(index)
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    assert not broken, f"rows point to rows that are gone: {sorted({row[0] for row in broken})}"  # noqa: S101
