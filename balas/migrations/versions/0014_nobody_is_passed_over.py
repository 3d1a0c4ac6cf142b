"""Waiting letters are found by number as well; a chat that WAHA does not show is remembered until it does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_inbox_pending_phone", "inbox", ["pending", "phone", "id"])
    op.create_table(
        "unread_chats",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("waha_session", kept.exact(64), nullable=False),
        sa.Column("chat_id", kept.exact(128), nullable=False),
        sa.Column("since", kept.UtcDateTime(), nullable=False),
        sa.Column("until", kept.UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", kept.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unread_chats")),
        sa.UniqueConstraint("waha_session", "chat_id", name=op.f("uq_unread_chats_waha_session_chat_id")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("unread_chats")
    op.drop_index("ix_inbox_pending_phone", table_name="inbox")
