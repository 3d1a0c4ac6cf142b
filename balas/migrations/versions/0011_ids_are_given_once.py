"""On SQLite, too, the id of a row that is gone is given to no other. MySQL never did otherwise."""

from __future__ import annotations

from alembic import op
from sqlalchemy import column, func, insert, select, table, text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

REUSED = "PRIMARY KEY (id)"
GIVEN_ONCE = "PRIMARY KEY (id AUTOINCREMENT)"

_sequence = table("sqlite_sequence", column("name"), column("seq"))
_REWRITE = text(
    "UPDATE sqlite_master SET sql = replace(sql, :before, :after) "
    "WHERE type = 'table' AND instr(sql, :before) > 0 RETURNING name"
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for name in _rewrite(REUSED, GIVEN_ONCE):
        # Else a row that is deleted before the next one comes would give its id away once more.
        highest = select(func.max(column("id")).label("id")).select_from(table(name)).subquery()
        counted = select(text(f"'{name}'"), highest.c.id).where(highest.c.id.is_not(None))
        op.execute(insert(_sequence).from_select(["name", "seq"], counted))


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    _rewrite(GIVEN_ONCE, REUSED)
    op.execute("DELETE FROM sqlite_sequence")


def _rewrite(before: str, after: str) -> list[str]:
    """Change the stored schema alone: rows are kept the same way with the word and without it.

    Alembic's way, to copy each table and drop the old one, takes the space twice, as much memory as the largest table
    (`secure_delete` journals what it clears), and foreign keys that are off before the transaction begins.
    """
    # Brings SQLite's own table of the highest ids, and tells other connections to read the schema anew.
    op.execute("CREATE TABLE ids (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    op.execute("DROP TABLE ids")
    op.execute("PRAGMA writable_schema=ON")
    names = op.get_bind().execute(_REWRITE, {"before": before, "after": after}).scalars().all()
    op.execute("PRAGMA writable_schema=RESET")  # off, and read anew here
    return sorted(names)
