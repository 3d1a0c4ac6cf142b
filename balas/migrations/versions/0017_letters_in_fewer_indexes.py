"""On SQLite the indexes of the inbox hold those letters alone that are looked for by them.

MySQL knows no such index and keeps what it has.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_inbox_pending": (["pending", "chat_id", "id"], "pending = 1"),
    "ix_inbox_pending_phone": (["pending", "phone", "id"], "pending = 1 AND chat_id != phone || '@c.us'"),
    "ix_inbox_turn_id": (["turn_id"], "turn_id IS NOT NULL"),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, (columns, condition) in _INDEXES.items():
            op.drop_index(name, table_name="inbox")
            op.create_index(name, "inbox", columns, sqlite_where=sa.text(condition))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, (columns, _) in _INDEXES.items():
            op.drop_index(name, table_name="inbox")
            op.create_index(name, "inbox", columns)
