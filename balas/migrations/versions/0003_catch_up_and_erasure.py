"""How far WAHA was read back, and whom to forget."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from balas.models import base as kept

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catch_ups",
        sa.Column("waha_session", kept.exact(64), nullable=False),
        sa.Column("began_at", kept.UtcDateTime(), nullable=False),
        sa.Column("read_until", kept.UtcDateTime(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("deaf_since", kept.UtcDateTime(), nullable=True),
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("lease_token", kept.exact(16), nullable=True),
        sa.Column("lease_until", kept.UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", kept.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catch_ups")),
        sa.UniqueConstraint("waha_session", name=op.f("uq_catch_ups_waha_session")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )
    op.create_table(
        "tombstones",
        sa.Column("id", kept.big_id, autoincrement=True, nullable=False),
        sa.Column("address_hash", kept.exact(64), nullable=False),
        sa.Column("receipt_id", kept.exact(32), nullable=False),
        sa.Column("erased_at", kept.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("address_hash", name=op.f("uq_tombstones_address_hash")),
        mysql_charset="utf8mb4",
        mysql_engine="InnoDB",
    )


def downgrade() -> None:
    op.drop_table("tombstones")
    op.drop_table("catch_ups")
