"""What operators did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("done_at", kept.UtcDateTime(), nullable=False),
        sa.Column("who", kept.exact(16), nullable=False),
        sa.Column("address", kept.exact(16), nullable=True),
        sa.Column("action", kept.exact(32), nullable=False),
        sa.Column("target", kept.exact(64), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("result", kept.exact(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entries_done_at", "audit_entries", ["done_at"])
    op.create_index("ix_audit_entries_target", "audit_entries", ["target", "id"])


def downgrade() -> None:
    op.drop_table("audit_entries")
