"""What requests with an Idempotency-Key were answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_replies",
        sa.Column("key_hash", kept.exact(64), nullable=False),
        sa.Column("body_hash", kept.exact(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("content", kept.blob, nullable=True),
        sa.Column("created_at", kept.UtcDateTime(), nullable=False),
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("lease_token", kept.exact(16), nullable=True),
        sa.Column("lease_until", kept.UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", kept.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_replies")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_kept_replies_key_hash")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_index("ix_kept_replies_created_at", "kept_replies", ["created_at"])


def downgrade() -> None:
    op.drop_table("kept_replies")
